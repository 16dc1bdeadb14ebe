import type { Job } from '../model/job.ts';
import type { Instant, Interval } from '../model/time.ts';

/** When a job holds anything; undefined while it waits, or where its start is not known. */
export function heldSpan(job: Job): Interval | undefined {
  if (job.state === 'pending' || job.startedAt === undefined) return undefined;
  const from = job.startedAt;
  const to = job.endedAt ?? (job.state === 'ended' ? from : Number.POSITIVE_INFINITY);
  return to > from ? { from, to } : undefined;
}

/** The instants at which what the job holds may change. */
export function edgesOf(job: Job): Instant[] {
  const span = heldSpan(job);
  if (!span) return [];
  const own = job.shares.flatMap(({ from, to }) => [from ?? span.from, to ?? span.to]);
  return [span.from, span.to, ...own];
}

/** The job with just the shares that it holds at an instant; undefined where it holds none. */
export function heldAt(job: Job, at: Instant): Job | undefined {
  const span = heldSpan(job);
  if (!span || span.from > at || span.to <= at) return undefined;
  const shares = job.shares.filter(
    ({ from, to }) => (from ?? span.from) <= at && at < (to ?? span.to),
  );
  if (shares.length === job.shares.length) return job;
  return shares.length > 0 ? { ...job, shares } : undefined;
}
