import { formatMoney } from '../model/money.ts';
import type { JobView } from '../model/snapshot.ts';
import { UNITS } from '../model/unit.ts';
import type { UnitCost } from '../model/work.ts';
import { t } from './l10n.ts';

/** `$0.42 per 1M tokens`: what the first of a job's counters costs a unit lately; nothing where none does. */
export function unitText({ units = [] }: Pick<JobView, 'units'>, locale?: string): string {
  const [first] = units.flatMap((unit) => priced(unit.counter, unit.micros, locale) ?? []);
  return first ?? '';
}

/**
 * Each counter in one line: `$0.42 per 1M tokens (a day: $0.40) · 1.3M an hour`, or, where nobody
 * knows what a unit costs, how much was counted.
 */
export function unitLines({ units = [] }: Pick<JobView, 'units'>, locale?: string): string[] {
  const compact = new Intl.NumberFormat(locale ?? 'en-US', {
    notation: 'compact',
    maximumFractionDigits: 1,
  });
  return units.map(({ counter, total, perHour, micros, microsOverDay }) => {
    const cost = priced(counter, micros, locale);
    const day =
      microsOverDay === undefined
        ? ''
        : ` ${t('(over a day: {0})', formatMoney(microsOverDay, locale))}`;
    return [
      ...(cost === undefined ? [] : [`${cost}${day}`]),
      `${compact.format(total)} ${nameOf(counter)}`,
      ...(perHour === undefined ? [] : [t('{0} an hour', compact.format(perHour))]),
    ].join(' · ');
  });
}

function priced(
  counter: UnitCost['counter'],
  micros: number | undefined,
  locale: string | undefined,
): string | undefined {
  if (micros === undefined) return undefined;
  const money = formatMoney(micros, locale);
  switch (UNITS[counter].name) {
    case '1k steps':
      return t('{0} per 1k steps', money);
    case '1M tokens':
      return t('{0} per 1M tokens', money);
    case 'sample':
      return t('{0} per sample', money);
  }
}

function nameOf(counter: UnitCost['counter']): string {
  switch (counter) {
    case 'steps':
      return t('steps');
    case 'tokens':
      return t('tokens');
    case 'samples':
      return t('samples');
  }
}
