import type { Job } from '../../model/job.ts';
import { HOUR, type Instant } from '../../model/time.ts';

/**
 * The jobs whose pods have been deleted: that is how most end, for one that is suspended, scaled to
 * nothing or deleted leaves no trace. They are told as ended for another hour.
 */
export class Memory {
  #live = new Map<string, { job: Job; seenAt: Instant }>();
  readonly #ended = new Map<string, { job: Job; since: Instant }>();

  /** The jobs as they are listed now, and those that are no longer. */
  complete(jobs: readonly Job[], now: Instant): Job[] {
    const listed = new Set(jobs.map(({ nativeId }) => nativeId));
    for (const [id, { job, seenAt }] of this.#live) {
      if (!listed.has(id)) this.#ended.set(id, { job: ended(job, seenAt), since: now });
    }
    for (const [id, { since }] of this.#ended) {
      if (listed.has(id) || since <= now - HOUR) this.#ended.delete(id);
    }
    const live = jobs.filter(({ state }) => state !== 'ended');
    this.#live = new Map(live.map((job) => [job.nativeId, { job, seenAt: now }]));
    return [...jobs, ...[...this.#ended.values()].map(({ job }) => job)];
  }
}

/** It ended some time after it was last seen: no more is charged than what was seen. */
function ended(job: Job, seenAt: Instant): Job {
  const { startedAt } = job;
  return {
    ...job,
    state: 'ended',
    ...(startedAt !== undefined && { endedAt: Math.max(startedAt, seenAt) }),
  };
}
