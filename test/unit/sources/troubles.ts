import type { Account } from '@burnrate/shared/model/account.ts';
import { bareMachine } from './bare.ts';
import type { Harness, Site } from './conformance.ts';
import { type Handler, type Reply, SIGN_IN_PAGE } from './service.ts';

/** What can befall an account of a service with an API key, for the conformance suite. */
export function troublesOf<Settings>(
  source: string,
  site: (handler: Handler) => Promise<Site<Settings>>,
  at: { denied: Reply; throttled: Reply /** Where its own tool keeps the key. */; file: string },
): NonNullable<Harness<Settings>['troubles']> {
  const account: Account = {
    id: `${source}:default`,
    source,
    name: 'default',
    foundIn: at.file,
    options: { file: at.file },
  };
  return {
    unreachable: async () => {
      const place = await site(() => 'hang');
      await place.dispose?.();
      return { ...place, dispose: () => undefined };
    },
    denied: () => site(() => at.denied),
    throttled: () => site(() => at.throttled),
    malformed: () => site(() => SIGN_IN_PAGE),
    'not-configured': () => ({ surroundings: bareMachine(), account }),
    slow: () => site(() => 'hang'),
  };
}
