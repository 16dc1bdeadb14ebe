import type { Job } from '../../model/job.ts';
import type { StopPlan } from '../../model/stop.ts';
import { SourceError } from '../source.ts';
import type { Ownership } from './owners.ts';

/** The plan for a job that has ended. */
export function nothingToStop({ id, name }: Pick<Job, 'id' | 'name'>): StopPlan {
  return {
    jobId: id,
    action: `Nothing: ${name} has already ended`,
    equivalent: 'true',
    loses: [],
    keeps: [],
    reversible: true,
  };
}

/** Refuses a job that is someone else's, by what is true of it now. */
export function refuseOthers(job: Job, now: Ownership | undefined): void {
  if (job.mine && (now?.mine ?? true)) return;
  const owner = now?.owner ?? job.owner;
  throw new SourceError('denied', {
    account: job.account,
    message: `${job.name} is not yours${owner ? `: its owner is ${owner}` : ''}`,
    remedy: 'If it is, add the name in its owner tag under sources.aws.mine in burnrate.yaml.',
  });
}

/** Refuses where the same stop would now do something else, or lose more, than a plan has said. */
export function refuseChanged(job: Job, promised: StopPlan, now: StopPlan): void {
  const more = now.loses.filter((loss) => !promised.loses.includes(loss));
  if (promised.equivalent === now.equivalent && more.length === 0) return;
  throw new SourceError('denied', {
    account: job.account,
    message: `Nothing was stopped, since the job has changed since you were asked: it would now be ${now.equivalent}${more.length > 0 ? `, and lose ${more.join('; ')}` : ''}`,
    remedy: 'Stop the job again: you are asked anew, with what is true now.',
  });
}
