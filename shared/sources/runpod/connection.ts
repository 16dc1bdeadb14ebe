import type { Account } from '../../model/account.ts';
import { connectRental } from '../rental.ts';
import type { Connection, Surroundings } from '../source.ts';
import { openApi, type Pod } from './api.ts';
import { readLeftovers } from './leftovers.ts';
import { nodesOf } from './nodes.ts';
import type { Settings } from './settings.ts';
import { podStopping } from './stop.ts';
import { samplesOf } from './telemetry.ts';

/** A RunPod account, open. Loaded when it is first used. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): Required<Connection> {
  const { clock } = surroundings;
  const api = openApi(account, surroundings, settings);
  const context = { account: account.id, mine: settings.mine, onStop: settings.onStop };
  const nodes = (pods: readonly Pod[]) => nodesOf(pods, { ...context, now: clock.now() });
  return connectRental(
    {
      account,
      clock,
      read: (signal) => api.list(signal),
      nodesOf: nodes,
      samplesOf: async (pods, signal) =>
        samplesOf(await api.telemetry(signal), nodes(pods), clock.now()),
      leftovers: (signal) =>
        readLeftovers(api, { account, nodesOf: nodes, now: clock.now() }, settings, signal),
      stopUntried: 'not tried: it would stop a pod; the key must be allowed to write',
      close: () => api.close(),
    },
    podStopping(api, context),
  );
}
