import type { Instant } from '../../model/time.ts';
import type { Gpus } from './tres.ts';

/** One record of Slurm's about a job, an array's element or a heterogeneous job's component. */
export interface Entry {
  /** Slurm's own number, which telemetry carries too (SLURM_JOB_ID). */
  id: string;
  /** Of an array: its number, and which element this is, or which ones still wait (`2-5%2`). */
  array?: { id: string; task?: string; waiting?: string };
  /** Of a heterogeneous job: the number of the whole. */
  hetId?: string;
  name: string;
  /** The user's name, or its number where it has none here. */
  user: string;
  /** `RUNNING`, `COMPLETING`, ...; several where Slurm says so. Upper case. */
  states: string[];
  startedAt?: Instant;
  endsAt?: Instant;
  /** Whether a time limit sets its end. */
  limited: boolean;
  nodes: string[];
  /** What it holds of each of its nodes, in their order, where that is known. */
  held?: { gpus?: Gpus; cores?: number }[];
  /** What it holds of all its nodes together. */
  gpus?: number;
  cores?: number;
  labels: Record<string, string>;
  /** `afterok:12,singleton`, empty where it waits for no other job. */
  dependency: string;
}

/** Ended for good, whatever the reason. https://slurm.schedmd.com/job_state_codes.html */
const FINAL = new Set([
  'BOOT_FAIL',
  'CANCELLED',
  'COMPLETED',
  'DEADLINE',
  'FAILED',
  'LAUNCH_FAILED',
  'NODE_FAIL',
  'OUT_OF_MEMORY',
  'PREEMPTED',
  'RECONFIG_FAIL',
  'REVOKED',
  'TIMEOUT',
]);
/** In the queue, be it again. */
const WAITING = new Set([
  'PENDING',
  'REQUEUED',
  'REQUEUE_FED',
  'REQUEUE_HOLD',
  'RESV_DEL_HOLD',
  'SPECIAL_EXIT',
]);

/** A job that is suspended, or whose nodes are still being booted, holds its nodes all the same. */
export function phaseOf({ states, nodes }: Pick<Entry, 'states' | 'nodes'>) {
  const is = (set: ReadonlySet<string>) => states.some((state) => set.has(state));
  if (states.includes('COMPLETING')) return nodes.length > 0 ? 'stopping' : 'ended';
  if (is(WAITING)) return 'pending';
  if (is(FINAL)) return 'ended';
  return nodes.length > 0 ? 'running' : 'pending';
}

/** Labels without what Slurm leaves empty. */
export function labelsOf(labels: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).flatMap(([name, value]) =>
      value && !['(null)', 'N/A', 'None', 'none'].includes(value) ? [[name, value]] : [],
    ),
  );
}

/** GPUs asked for, where those given are not told: per node, per task, or in all. */
export function gpusAsked(
  asked: { perNode?: Gpus | undefined; perTask?: Gpus | undefined; perJob?: Gpus | undefined },
  counts: { nodes: number; tasks: number },
): number | undefined {
  if (asked.perJob) return asked.perJob.count;
  if (asked.perNode) return asked.perNode.count * counts.nodes;
  return asked.perTask && asked.perTask.count * counts.tasks;
}
