import type { Account } from '../../model/account.ts';
import { Parts } from '../parts.ts';
import type { Connection, Observation, ObserveRequest, Surroundings } from '../source.ts';
import { Cluster } from './cluster.ts';
import { diagnose } from './diagnose.ts';
import { clusterOf, type Settings } from './settings.ts';
import { planStop, stop } from './stop.ts';

/** A Slurm cluster, open. Nothing runs between calls. Loaded when it is first used. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): Required<Connection> {
  const cluster = new Cluster(account, surroundings, clusterOf(account, settings));

  async function observe({ what, signal }: ObserveRequest): Promise<Observation> {
    const observation: Observation = { at: surroundings.clock.now() };
    const parts = new Parts();
    const [read, nodes] = await Promise.all([
      parts.read(what.has('jobs'), () => cluster.jobs(signal)),
      parts.read(what.has('nodes'), () => cluster.nodes(signal)),
    ]);
    if (read) observation.jobs = read.jobs;
    if (nodes) observation.nodes = nodes();
    parts.failures.push(...(read?.failures ?? []));
    return parts.complete(observation);
  }

  return {
    observe,
    diagnose: (signal) => diagnose(cluster, signal),
    planStop: (job, signal) => planStop(job, cluster, signal),
    stop: (job, plan, signal) => stop(job, plan, cluster, signal),
    close: async () => cluster.controller.close(),
  };
}
