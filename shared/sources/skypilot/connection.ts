import type { Account } from '../../model/account.ts';
import type { Node } from '../../model/node.ts';
import type { Connection, Observation, ObserveRequest, Surroundings } from '../source.ts';
import { diagnose } from './diagnose.ts';
import { jobOf, ownedBy } from './jobs.ts';
import { nodesOf, quotesOf } from './nodes.ts';
import { Reader } from './reading.ts';
import type { Settings } from './settings.ts';
import { planStop, stop } from './stop.ts';

/** SkyPilot, open. Loaded when it is first used. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): Required<Connection> {
  const { clock } = surroundings;
  const reader = new Reader(account, surroundings, settings);
  const context = { account, reader, settings };

  async function observe({ what, signal }: ObserveRequest): Promise<Observation> {
    const { launched, me, failures } = await reader.read(signal);
    const at = clock.now();
    const machines = launched.flatMap((one) => {
      const owned = ownedBy(one, account.id, me);
      return one.machines.map((group) => ({ group, owned }));
    });
    return {
      at,
      ...(what.has('nodes') && {
        nodes: once(machines.flatMap(({ group, owned }) => nodesOf(group, owned, at))),
      }),
      ...(what.has('jobs') && { jobs: launched.map((one) => jobOf(one, account.id, me)) }),
      ...(what.has('prices') && {
        quotes: machines.flatMap(({ group, owned }) => quotesOf(group, owned, at)),
      }),
      ...(failures.length > 0 && { partial: failures }),
    };
  }

  return {
    observe,
    diagnose: (signal) => diagnose(context, signal),
    planStop: (job, signal) => planStop(job, context, signal),
    stop: (job, plan, signal) => stop(job, plan, context, signal),
    close: async () => reader.api.close(),
  };
}

/** A worker of a pool is told of by each job that runs on it. */
function once(nodes: readonly Node[]): Node[] {
  return [...new Map(nodes.map((node) => [node.id, node])).values()];
}
