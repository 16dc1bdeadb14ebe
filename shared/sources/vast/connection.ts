import type { Account } from '../../model/account.ts';
import { connectRental } from '../rental.ts';
import type { Connection, Surroundings } from '../source.ts';
import { type Instance, openApi } from './api.ts';
import { leftoversOf } from './leftovers.ts';
import { nodesOf, samplesOf } from './nodes.ts';
import type { Settings } from './settings.ts';
import { instanceStopping } from './stop.ts';

/** A Vast.ai account, open. Loaded when it is first used. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): Required<Connection> {
  const { clock } = surroundings;
  const api = openApi(account, surroundings, settings);
  const context = { account: account.id, mine: settings.mine, onStop: settings.onStop };
  const nodes = (instances: readonly Instance[]) =>
    nodesOf(instances, { ...context, now: clock.now() });
  return connectRental(
    {
      account,
      clock,
      read: (signal) => api.list(signal),
      nodesOf: nodes,
      samplesOf: (instances) => samplesOf(instances, nodes(instances), clock.now()),
      leftovers: async (signal) => {
        const instances = await api.list(signal);
        return leftoversOf(instances, nodes(instances), account, settings, clock.now());
      },
      stopUntried: `not tried: it would ${settings.onStop} an instance; the key needs instance_write`,
      close: () => api.close(),
    },
    instanceStopping(api, context),
  );
}
