import type { Job, Share } from '../../model/job.ts';
import { HOUR, type Instant } from '../../model/time.ts';

/**
 * What Slurm forgets sooner than Burnrate may: which GPUs a job holds, as soon as it is completing,
 * and the job itself a few minutes after its end (MinJobAge).
 */
export class Memory {
  #shares = new Map<string, { startedAt: Instant | undefined; shares: Share[] }>();
  readonly #ended = new Map<string, Job>();

  /** Whether a job that was there, and had not ended, is missing now. */
  misses(listed: ReadonlySet<string>): boolean {
    return [...this.#shares.keys()].some((id) => !listed.has(id));
  }

  /** The jobs as they are listed now, with what is known from before. */
  complete(jobs: readonly Job[], now: Instant): Job[] {
    const completed = jobs.map((job) => this.#withShares(job));
    const held = completed.filter(({ state }) => state === 'running' || state === 'stopping');
    this.#shares = new Map(
      held.map(({ nativeId, startedAt, shares }) => [nativeId, { startedAt, shares }]),
    );
    const listed = new Set(completed.map(({ nativeId }) => nativeId));
    for (const [id, { endedAt }] of this.#ended) {
      if (listed.has(id) || (endedAt ?? 0) <= now - HOUR) this.#ended.delete(id);
    }
    const forgotten = [...this.#ended.values()];
    for (const job of completed) if (job.state === 'ended') this.#ended.set(job.nativeId, job);
    return [...completed, ...forgotten];
  }

  #withShares(job: Job): Job {
    const known = this.#shares.get(job.nativeId) ?? this.#ended.get(job.nativeId);
    const leaving = job.state === 'stopping' || job.state === 'ended';
    if (!leaving || !known || known.startedAt !== job.startedAt) return job;
    return known.shares.length === 0 ? job : { ...job, shares: known.shares };
  }
}
