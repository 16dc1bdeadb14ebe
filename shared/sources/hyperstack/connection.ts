import type { Account } from '../../model/account.ts';
import { connectRental } from '../rental.ts';
import type { Connection, Surroundings } from '../source.ts';
import { openApi } from './api.ts';
import type { Settings } from './index.ts';
import { leftoversOf } from './leftovers.ts';
import { nodesOf } from './machines.ts';
import { planOf } from './plan.ts';

/** A Hyperstack organization, open. Loaded when it is first used. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): Required<Connection> {
  const { clock } = surroundings;
  const { onStop } = settings;
  const api = openApi(account, surroundings, settings.url);
  const context = { account: account.id, mine: settings.mine };
  return connectRental(
    {
      account,
      clock,
      read: (signal) => api.list(signal),
      nodesOf: (seen) => nodesOf(seen, context),
      leftovers: async (signal) => leftoversOf(await api.volumes(signal), account, settings.mine),
      stopUntried: `not tried: it would ${onStop} a machine`,
      close: () => api.close(),
    },
    {
      get: api.get,
      nodeOf: (machine) => nodesOf({ machines: [machine], prices: undefined }, context)[0],
      planOf: (job, machine) => planOf(job, machine, onStop),
      send: ({ id }, signal) => api[onStop](id, signal),
    },
  );
}
