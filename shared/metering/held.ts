import type { Job, Share } from '../model/job.ts';
import type { Instant, Interval } from '../model/time.ts';

/** From a job's start to its end; undefined while it waits, or where its start is not known. */
export function heldSpan(job: Job): Interval | undefined {
  if (job.state === 'pending' || job.startedAt === undefined) return undefined;
  const from = job.startedAt;
  const to = job.endedAt ?? (job.state === 'ended' ? from : Number.POSITIVE_INFINITY);
  return to > from ? { from, to } : undefined;
}

/** When a job holds one of its shares: in its own time, or in that which the share names. */
export function shareSpan(job: Job, share: Share): Interval | undefined {
  const span = heldSpan(job);
  const from = share.from ?? span?.from;
  const to = share.to ?? span?.to;
  if (from === undefined || to === undefined || to <= from) return undefined;
  return { from, to };
}

/** The instants at which what the job holds may change. */
export function edgesOf(job: Job): Instant[] {
  return job.shares.flatMap((share) => {
    const span = shareSpan(job, share);
    return span ? [span.from, span.to] : [];
  });
}

/** The job with just the shares that it holds at an instant; undefined where it holds none. */
export function heldAt(job: Job, at: Instant): Job | undefined {
  return withShares(job, (share) => {
    const span = shareSpan(job, share);
    return span !== undefined && span.from <= at && at < span.to;
  });
}

/** The shares of a job's latest report, without those that it held before it grew or moved. */
export function latestShares(job: Job): Share[] {
  return job.shares.filter(({ to }) => to === undefined);
}

/** The job with just the shares that it holds by its latest report, if it runs by that. */
export function heldNow(job: Job): Job | undefined {
  if (job.state !== 'running' && job.state !== 'stopping') return undefined;
  return withShares(job, ({ to }) => to === undefined);
}

function withShares(job: Job, keep: (share: Share) => boolean): Job | undefined {
  const shares = job.shares.filter(keep);
  if (shares.length === job.shares.length) return shares.length > 0 ? job : undefined;
  return shares.length > 0 ? { ...job, shares } : undefined;
}
