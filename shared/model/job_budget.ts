import { z } from 'zod';
import type { Job } from './job.ts';
import { matcherOf } from './pattern.ts';

/**
 * A ceiling that a person set for one launch: by `burnrate run`, or on a job in a face. It is tied
 * to the job by what the launching command said, so that it holds before the job is first seen.
 */
export const JobBudget = z.object({
  id: z.string(),
  source: z.string(),
  /** Native ids of the launch, with `*` for any text: an array's elements are many jobs. */
  nativeIds: z.array(z.string().min(1)).min(1).max(1000),
  /** What it may cost in all, and an hour, in micro-dollars. */
  ceiling: z.number().int().positive().optional(),
  ceilingPerHour: z.number().int().positive().optional(),
  /** At the ceiling: only say it, or stop what was launched after a notice. */
  action: z.enum(['notify', 'stop']),
  setAt: z.number().int(),
});
export type JobBudget = z.infer<typeof JobBudget>;

/** Whether a job is one that the budget was set for. */
export function budgetMatcher({
  source,
  nativeIds,
}: Pick<JobBudget, 'source' | 'nativeIds'>): (job: Pick<Job, 'source' | 'nativeId'>) => boolean {
  const matchers = nativeIds.map(matcherOf);
  return (job) => job.source === source && matchers.some((matches) => matches(job.nativeId));
}
