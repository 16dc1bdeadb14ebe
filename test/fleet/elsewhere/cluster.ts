import type { Clock } from '../clock.ts';
import type { Cluster } from '../scenario.ts';
import { Tenure } from './tenure.ts';

/** A cluster as it runs: its jobs, each with its number and what has become of it. */
export interface Running {
  cluster: Cluster;
  jobs: { id: number; job: Cluster['jobs'][number]; indexes: number[]; tenure: Tenure }[];
}

/** Each job has GPUs of its node that no other has, in the order of the scenario. */
export function run(cluster: Cluster, clock: Clock): Running {
  const taken = new Map<string, number>();
  return {
    cluster,
    jobs: cluster.jobs.map((job, number) => {
      const first = taken.get(job.node) ?? 0;
      taken.set(job.node, first + job.gpus);
      const indexes = Array.from({ length: job.gpus }, (_, index) => first + index);
      const tenure = new Tenure(cluster.scheduler, clock, {
        name: job.name,
        dollarsPerHour: cluster.dollarsPerGpuHour * job.gpus,
        begins: job.started,
      });
      return { id: 48_211 + number, job, indexes, tenure };
    }),
  };
}
