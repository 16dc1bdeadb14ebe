import type { Account } from '../../model/account.ts';
import {
  type Connection,
  type Observation,
  type ObserveRequest,
  SourceError,
  type Surroundings,
} from '../source.ts';
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
    const failures: SourceError[] = [];
    const attempt = async <T>(part: Promise<T> | undefined): Promise<T | undefined> => {
      try {
        return await part;
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        failures.push(error);
        return undefined;
      }
    };
    // The nodes first: the jobs use what they say of how GPUs are cut.
    const [machines, read] = await Promise.all([
      attempt(what.has('nodes') ? cluster.machines(signal) : undefined),
      attempt(what.has('jobs') ? cluster.jobs(signal) : undefined),
    ]);
    if (machines) observation.nodes = cluster.toNodes(machines);
    if (read) observation.jobs = read.jobs;
    failures.push(...(read?.failures ?? []));
    const [first] = failures;
    if (!first) return observation;
    if (!observation.nodes && !observation.jobs) throw first;
    return { ...observation, partial: failures };
  }

  return {
    observe,
    diagnose: (signal) => diagnose(cluster, signal),
    planStop: (job, signal) => planStop(job, cluster, signal),
    stop: (job, plan, signal) => stop(job, plan, cluster, signal),
    close: async () => cluster.close(),
  };
}
