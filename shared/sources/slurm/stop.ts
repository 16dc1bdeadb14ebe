import type { Job } from '../../model/job.ts';
import type { StopPlan } from '../../model/stop.ts';
import { formatDuration, SECOND } from '../../model/time.ts';
import { SourceError } from '../source.ts';
import type { Cluster } from './cluster.ts';
import type { Order } from './controller.ts';
import { type Entry, phaseOf } from './entry.ts';
import { nativeIdOf } from './jobs.ts';

/** Slurm's own default, where `scontrol show config` does not tell. */
const KILL_WAIT_S = 30;

/** What a stop of this job would do, by what Slurm knows of it now. Changes nothing. */
export async function planStop(job: Job, cluster: Cluster, signal: AbortSignal): Promise<StopPlan> {
  const queue = await cluster.queue(signal);
  const { entries } = queue;
  const live = present(job, queue);
  const running = live.some((entry) => phaseOf(entry) === 'running');
  if (live.length === 0) {
    return {
      jobId: job.id,
      action: `Nothing: job ${job.nativeId} has already ended, or is ending`,
      equivalent: 'true',
      loses: [],
      keeps: [],
      reversible: true,
    };
  }
  const dependents = dependentsOf(job, entries);
  const killWait = running ? await killWaitOf(cluster, signal) : KILL_WAIT_S;
  return {
    jobId: job.id,
    action: `Cancel ${whatOf(job, live)} (Slurm cluster ${cluster.name})`,
    equivalent: cluster.controller.typed(orderFor(job, live)),
    loses: [
      ...(running ? lossesOf(killWait) : ['its place in the queue']),
      ...(dependents.length > 0
        ? [`what waits for it may never start: job ${dependents.slice(0, 10).join(', ')}`]
        : []),
    ],
    keeps: [
      ...(running ? ['files that the job has written, its output among them'] : []),
      ...(running ? ['the nodes, which Slurm hands to the next job'] : []),
      ...(job.nativeId.includes('_') ? ['the other elements of the array'] : []),
      ...(isWaitingArray(live) ? ['the elements of the array that run already'] : []),
    ],
    reversible: false,
  };
}

/**
 * Does what the plan says. Resolves when Slurm has accepted it; a job that has ended meanwhile is
 * left alone.
 */
export async function stop(
  job: Job,
  plan: StopPlan,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<void> {
  const live = present(job, await cluster.queue(signal));
  if (live.length === 0) return;
  const order = orderFor(job, live);
  const equivalent = cluster.controller.typed(order);
  if (plan.equivalent !== equivalent)
    throw new SourceError('denied', {
      account: job.account,
      message: `Nothing was stopped, since the job has changed since you were asked: it would now be ${equivalent}`,
      remedy: 'Stop the job again: you are asked anew, with what is true now.',
    });
  await cluster.controller.cancel(order, signal);
}

type Queue = Awaited<ReturnType<Cluster['queue']>>;

/** What there is of the job and has not ended. Refuses a job that is someone else's. */
function present(job: Job, { entries, isMine }: Queue): Entry[] {
  const live = entries.filter(
    (entry) =>
      nativeIdOf(entry) === job.nativeId && ['pending', 'running'].includes(phaseOf(entry)),
  );
  const foreign = live.find(({ user }) => !isMine(user));
  if (foreign || !job.mine)
    throw new SourceError('denied', {
      account: job.account,
      message: `job ${job.nativeId} is not yours: its owner is ${foreign?.user ?? job.owner ?? 'somebody else'}`,
      remedy: 'If that is you, add the name under sources.slurm.mine in burnrate.yaml.',
    });
  return live;
}

/** Jobs that wait for this one, by their numbers: `afterok:12`, `afterany:12_3:14+5`. */
function dependentsOf(job: Job, entries: readonly Entry[]): string[] {
  const numbers = new RegExp(`[:,]${job.nativeId}(_\\*)?(?![\\d_])`);
  const waiting = entries.filter((entry) => phaseOf(entry) === 'pending');
  return [...new Set(waiting.filter((entry) => numbers.test(entry.dependency)).map(nativeIdOf))];
}

function orderFor(job: Job, live: readonly Entry[]): Order {
  const waiting = live.find(({ array }) => array?.waiting !== undefined)?.array?.waiting;
  return { job: job.nativeId, ...(waiting !== undefined && { waiting }) };
}

function isWaitingArray(live: readonly Entry[]): boolean {
  return live.some(({ array }) => array?.waiting !== undefined);
}

function whatOf(job: Job, live: readonly Entry[]): string {
  if (isWaitingArray(live)) return `the elements of job array ${job.nativeId} that still wait`;
  if (live.some(({ hetId }) => hetId !== undefined))
    return `heterogeneous job ${job.nativeId} with all its parts`;
  return `job ${job.nativeId}`;
}

function lossesOf(killWaitS: number): string[] {
  return [
    `whatever it has not saved: its processes get SIGTERM, and SIGKILL ${formatDuration(killWaitS * SECOND)} later; nothing is saved unless the job heeds that signal`,
    'its allocation: it is not queued again, and a new submission waits its turn',
  ];
}

/** `30 sec` */
async function killWaitOf(cluster: Cluster, signal: AbortSignal): Promise<number> {
  const value = await cluster.controller.configured('KillWait', signal);
  return Number(/^\d+/.exec(value ?? '')?.[0] ?? KILL_WAIT_S);
}
