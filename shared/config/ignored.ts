import { isRule, RULES } from './alerts.ts';
import type { Config } from './config.ts';
import type { Wrong } from './mistakes.ts';
import { readSections, type Schemas } from './sections.ts';

/**
 * What is wrong in a configuration and harms nothing else in it: bills that are not read, rules
 * that are not turned off.
 */
export function ignoredIn({ alerts, invoices }: Config, schemas: Schemas): Wrong[] {
  return [
    ...strangeRules(alerts.off, ['alerts', 'off']),
    ...alerts.jobs.flatMap(({ off }, index) => strangeRules(off, ['alerts', 'jobs', index, 'off'])),
    ...readSections('invoices', invoices, schemas).wrong,
  ];
}

function strangeRules(names: readonly string[], path: Wrong['path']): Wrong[] {
  const message = (name: string) => `there is no rule "${name}"; known are ${RULES.join(', ')}`;
  return names.flatMap((name, index): Wrong[] =>
    isRule(name) ? [] : [{ path: [...path, index], message: message(name), wrong: 'value' }],
  );
}
