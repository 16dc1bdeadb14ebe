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

/** A Slurm cluster, open. Nothing runs between calls. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): Connection {
  const cluster = new Cluster(account, surroundings, settings);

  async function observe({ what, signal }: ObserveRequest): Promise<Observation> {
    const observation: Observation = { at: surroundings.clock.now() };
    const failures: SourceError[] = [];
    const attempt = async <T>(wanted: boolean, part: () => Promise<T>): Promise<T | undefined> => {
      if (!wanted) return undefined;
      try {
        return await part();
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        failures.push(error);
        return undefined;
      }
    };
    const [read, machines] = await Promise.all([
      attempt(what.has('jobs'), () => cluster.jobs(signal)),
      attempt(what.has('nodes'), () => cluster.machines(signal)),
    ]);
    if (read) observation.jobs = read.jobs;
    if (machines) observation.nodes = cluster.toNodes(machines);
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
  };
}
