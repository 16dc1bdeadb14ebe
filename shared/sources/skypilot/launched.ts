import type { Job } from '../../model/job.ts';
import type { Micros } from '../../model/money.ts';
import type { Node } from '../../model/node.ts';
import type { Instant } from '../../model/time.ts';

/** Machines of one kind that SkyPilot has launched together, by whatever way it is read. */
export interface Machines {
  /** What tells them from all others, also from those of an earlier cluster of the same name. */
  id: string;
  /** The cluster's name as the cloud knows it: `train-1a2b`. */
  nameOnCloud: string;
  count: number;
  /** As SkyPilot writes it, in lower case: `aws`, `kubernetes`. */
  cloud?: string;
  region?: string;
  zone?: string;
  instanceType?: string;
  spot: boolean;
  gpus: Node['gpus'];
  cores?: number;
  /** The cloud's names of them, the head first. Workers of one cluster may all have one name. */
  names: readonly string[];
  /** Their addresses, the head first. */
  addresses: readonly (readonly string[])[];
  /** What one costs an hour by SkyPilot's catalogue. */
  microsPerHour?: Micros;
  state: Node['state'];
  launchedAt?: Instant;
  endedAt?: Instant;
}

/** What somebody launched: a cluster, or a managed job or a service with clusters of its own. */
export interface Launched {
  kind: 'cluster' | 'job' | 'service';
  /** A cluster's name, `job/12`, or `serve/chat`. */
  nativeId: string;
  name: string;
  state: Job['state'];
  startedAt?: Instant;
  endedAt?: Instant;
  user: { hash?: string; name?: string };
  machines: Machines[];
  /** Tells this cluster from another of its name. */
  hash?: string;
  labels: Record<string, string>;
}

/** Clusters that run SkyPilot's own managers of jobs and services. sky/utils/controller_utils.py */
export function isController({ kind, name }: Pick<Launched, 'kind' | 'name'>): boolean {
  return kind === 'cluster' && /^sky-(jobs|serve)-controller-/.test(name);
}

/** Whether it is the cluster that runs SkyPilot's manager of services. */
export function runsServices({ name }: { name: string }): boolean {
  return name.startsWith('sky-serve-controller-');
}
