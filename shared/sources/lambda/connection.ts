import type { Account } from '../../model/account.ts';
import { connectRental } from '../rental.ts';
import type { Connection, Surroundings } from '../source.ts';
import { openApi } from './api.ts';
import { leftoversOf } from './leftovers.ts';
import { nodesOf } from './nodes.ts';
import type { Settings } from './settings.ts';
import { instanceStopping } from './stop.ts';

/** A Lambda Cloud account, open. Loaded when it is first used. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): Required<Connection> {
  const { clock } = surroundings;
  const api = openApi(account, surroundings, settings);
  const context = { account: account.id, mine: settings.mine, url: settings.url };
  return connectRental(
    {
      account,
      clock,
      read: (signal) => api.list(signal),
      nodesOf: (instances) => nodesOf(instances, { ...context, now: clock.now() }),
      leftovers: async (signal) =>
        leftoversOf(await api.filesystems(signal), account, settings, clock.now()),
      stopUntried: 'not tried: it would end an instance for good',
      close: () => api.close(),
    },
    instanceStopping(api, context),
  );
}
