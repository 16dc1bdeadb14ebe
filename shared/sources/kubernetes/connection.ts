import type { Account } from '../../model/account.ts';
import { Parts } from '../parts.ts';
import type { Connection, Observation, ObserveRequest, Surroundings } from '../source.ts';
import { Cluster } from './cluster.ts';
import { diagnose } from './diagnose.ts';
import type { Settings } from './settings.ts';
import { planStop, stop } from './stop.ts';

/** A cluster, open. Connections to it stay open between readings. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): Required<Connection> {
  const cluster = new Cluster(account, surroundings, settings);

  async function observe({ what, signal }: ObserveRequest): Promise<Observation> {
    const observation: Observation = { at: surroundings.clock.now() };
    const parts = new Parts();
    // The nodes first: the jobs use what they say of how GPUs are cut.
    const [machines, read] = await Promise.all([
      parts.read(what.has('nodes'), () => cluster.machines(signal)),
      parts.read(what.has('jobs'), () => cluster.jobs(signal)),
    ]);
    // After the jobs, which tell where mine run.
    const told = await parts.read(what.has('telemetry'), () => cluster.readTelemetry(signal));
    if (told) observation.samples = [...told.samples, ...told.cpus.samples];
    if (read) observation.jobs = read.jobs;
    if (machines) observation.nodes = cluster.toNodes(machines);
    parts.failures.push(...(read?.failures ?? []), ...(told?.failures ?? []));
    return parts.complete(observation);
  }

  return {
    observe,
    diagnose: (signal) => diagnose(cluster, signal),
    planStop: (job, signal) => planStop(job, cluster, signal),
    stop: (job, plan, signal) => stop(job, plan, cluster, signal),
    close: async () => cluster.close(),
  };
}
