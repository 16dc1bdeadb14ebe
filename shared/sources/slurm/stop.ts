import type { Job } from '../../model/job.ts';
import type { StopPlan } from '../../model/stop.ts';
import { formatDuration, SECOND } from '../../model/time.ts';
import { SourceError } from '../source.ts';
import type { Cluster } from './cluster.ts';
import { type Entry, phaseOf } from './entry.ts';
import { failureOf } from './errors.ts';
import { isMine, nativeIdOf } from './jobs.ts';

/** Slurm's own default, where `scontrol show config` does not tell. */
const KILL_WAIT_S = 30;

/** What a stop of this job would do, by what Slurm knows of it now. Changes nothing. */
export async function planStop(job: Job, cluster: Cluster, signal: AbortSignal): Promise<StopPlan> {
  const entries = await cluster.queue.read(signal);
  const live = present(job, entries, cluster);
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
    equivalent: cluster.commands.line('scancel', argumentsFor(job, live)).command,
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
  const live = present(job, await cluster.queue.read(signal), cluster);
  if (live.length === 0) return;
  const args = argumentsFor(job, live);
  const attempt = cluster.commands.line('scancel', args);
  if (plan.equivalent !== attempt.command)
    throw new SourceError('denied', {
      account: job.account,
      message: `Nothing was stopped, since the job has changed since you were asked: it would now be ${attempt.command}`,
      remedy: 'Stop the job again: you are asked anew, with what is true now.',
    });
  const { code, stderr } = await cluster.commands.try('scancel', args, { signal });
  if (code === 0 || /already complet|Invalid job id/i.test(stderr)) return;
  throw failureOf(stderr, code, attempt);
}

/** What there is of the job and has not ended. Refuses a job that is someone else's. */
function present(job: Job, entries: readonly Entry[], cluster: Cluster): Entry[] {
  const live = entries.filter(
    (entry) =>
      nativeIdOf(entry) === job.nativeId && ['pending', 'running'].includes(phaseOf(entry)),
  );
  const foreign = live.find(({ user }) => !isMine(user, cluster.me));
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

/** The number of an array means all of it; only what still waits is to be cancelled. */
function argumentsFor(job: Job, live: readonly Entry[]): string[] {
  return isWaitingArray(live) ? ['--state=PENDING', job.nativeId] : [job.nativeId];
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

/** `KillWait = 30 sec` */
async function killWaitOf(cluster: Cluster, signal: AbortSignal): Promise<number> {
  const { stdout } = await cluster.commands.try('scontrol', ['show', 'config'], { signal });
  return Number(/^KillWait\s*= (\d+)/m.exec(stdout)?.[1] ?? KILL_WAIT_S);
}
