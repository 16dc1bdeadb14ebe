import type { Job } from '../model/job.ts';
import type { Node } from '../model/node.ts';
import type { StopPlan } from '../model/stop.ts';
import { NotFound } from './rest.ts';
import { type Connection, SourceError } from './source.ts';

/** How one provider's machines are stopped. */
export interface Stopping<Machine> {
  /** The machine as it is now, by a job's native id. Rejects with a NotFound where it is gone. */
  get(id: string, signal: AbortSignal): Promise<Machine>;
  nodeOf(machine: Machine): Pick<Node, 'name' | 'source' | 'state' | 'mine'> | undefined;
  /** What a stop of it would do. Throws where the provider would not allow it. */
  planOf(job: Job, machine: Machine): StopPlan;
  /** Does what `planOf` says. */
  send(machine: Machine, signal: AbortSignal): Promise<void>;
}

/** A plan and a stop of jobs that are a machine each; never of what is not the user's. */
export function stoppingOf<Machine>(
  stopping: Stopping<Machine>,
): Required<Pick<Connection, 'planStop' | 'stop'>> {
  /** The job's machine where it is yet to be stopped. */
  async function live(job: Job, signal: AbortSignal): Promise<Machine | undefined> {
    const machine = await unlessGone(stopping.get(job.nativeId, signal));
    const node = machine && stopping.nodeOf(machine);
    if (node?.state !== 'running' && node?.state !== 'starting') return undefined;
    if (!job.mine || !node.mine) throw notYours(job, node);
    return machine;
  }

  return {
    async planStop(job, signal) {
      const machine = await live(job, signal);
      return machine ? stopping.planOf(job, machine) : nothingToStop(job);
    },
    async stop(job, plan, signal) {
      const machine = await live(job, signal);
      if (!machine) return;
      refuseChanged(plan, stopping.planOf(job, machine), job.account);
      await unlessGone(stopping.send(machine, signal));
    },
  };
}

/** What has gone since it was looked at is no error: it has ended. */
export async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

function notYours(job: Job, { name, source }: Pick<Node, 'name' | 'source'>): SourceError {
  return new SourceError('denied', {
    account: job.account,
    message: `${name} is not yours, by sources.${source}.mine in burnrate.yaml`,
    remedy: `If it is, add the beginning of its name to sources.${source}.mine.`,
  });
}

/** Refuses to do anything but what the person has agreed to. */
export function refuseChanged(promised: StopPlan, now: StopPlan, account: string): void {
  const beyond = now.loses.filter((loss) => !promised.loses.includes(loss));
  if (promised.action === now.action && beyond.length === 0) return;
  throw new SourceError('denied', {
    account,
    message: `Nothing was stopped, since things have changed since you were asked. It would now be: ${[now.action, ...beyond].join('; ')}`,
    remedy: 'Stop the job again: you are asked anew, with what is true now.',
  });
}

/** The plan for what has already ended. */
export function nothingToStop(job: Job): StopPlan {
  return {
    jobId: job.id,
    action: `Nothing: ${job.name} has already ended`,
    equivalent: 'true',
    loses: [],
    keeps: [],
    reversible: true,
  };
}
