import type { Job } from '../../model/job.ts';
import type { StopPlan } from '../../model/stop.ts';
import { SourceError, type Surroundings } from '../source.ts';
import { nameOf, nativeIdOf, pidIn } from './jobs.ts';
import type { Machine } from './machine.ts';
import { type Process, type Processes, runOrSay } from './processes.ts';

/**
 * What a stop would do: SIGTERM to the job's first process and to all that it started, each by its
 * own number. SIGKILL is never sent: a program that saves its state on SIGTERM takes as long as it
 * takes, and what ignores the signal is shown as still running.
 */
export async function planStop(
  job: Job,
  machine: Machine,
  processes: Processes,
  surroundings: Pick<Surroundings, 'user'>,
  signal: AbortSignal,
): Promise<StopPlan> {
  const root = await find(job, machine, processes);
  if (!root)
    throw new SourceError('malformed', {
      account: job.account,
      message: `${job.name} has ended: its process is no longer there`,
      remedy: 'There is nothing to stop.',
    });
  refuseOthers(job, root, surroundings.user.uid);
  const tree = await processes.treeOf(root.pid, job.account, signal);
  const listed = tree.slice(0, 20).join(' ');
  return {
    jobId: job.id,
    action: `Send SIGTERM to ${nameOf(root.words)} (process ${root.pid} on ${machine.hostName}) and all that it started`,
    equivalent: `kill -TERM ${listed}${tree.length > 20 ? ' ...' : ''}`,
    loses: [
      "What it has in memory, the GPU's included: all work since its last checkpoint, unless it saves on SIGTERM.",
    ],
    keeps: [
      'The files that it has written.',
      `${machine.hostName} itself, which goes on running and costing.`,
      `Processes that ignore SIGTERM: Burnrate sends no SIGKILL. For those: kill -KILL ${root.pid}`,
    ],
    reversible: false,
  };
}

/** Sends SIGTERM. One that has ended, or whose number is another's by now, is left alone. */
export async function stop(
  job: Job,
  machine: Machine,
  processes: Processes,
  surroundings: Pick<Surroundings, 'run' | 'user'>,
  signal: AbortSignal,
): Promise<void> {
  if (!(await find(job, machine, processes))) return;
  const pid = pidIn(job.nativeId);
  const tree = await processes.treeOf(pid, job.account, signal);
  // Looked at again after the tree was read, which takes a moment.
  const root = await find(job, machine, processes);
  if (!root) return;
  refuseOthers(job, root, surroundings.user.uid);
  const targets = [];
  for (const one of tree) {
    const target = one === globalThis.process.pid ? undefined : await processes.read(one);
    if (target?.uid === root.uid) targets.push(String(one));
  }
  const args = ['LC_ALL=C', 'kill', '-TERM', ...targets];
  const { code, stderr } = await runOrSay(surroundings, job.account, signal, 'env', args);
  const said = stderr.split('\n').filter((line) => line.trim() !== '');
  // Those that ended by themselves in between are none of our business.
  if (code === 0 || (said.length > 0 && said.every((line) => /no such process/i.test(line))))
    return;
  throw new SourceError(/not permitted/i.test(stderr) ? 'denied' : 'unreachable', {
    account: job.account,
    message: `kill failed: ${said[0] ?? `exit code ${code}`}`,
    remedy: `Do it yourself: kill -TERM ${targets.join(' ')}`,
  });
}

/** The job's first process, if it still is that process. */
async function find(
  job: Job,
  machine: Machine,
  processes: Processes,
): Promise<Process | undefined> {
  const process = await processes.read(pidIn(job.nativeId));
  return process && nativeIdOf(process, machine) === job.nativeId ? process : undefined;
}

function refuseOthers(job: Job, { uid }: Process, me: number): void {
  if (uid === me) return;
  throw new SourceError('denied', {
    account: job.account,
    message: `${job.name} belongs to ${job.owner ?? `uid ${uid}`}`,
    remedy: 'Ask its owner to stop it.',
  });
}
