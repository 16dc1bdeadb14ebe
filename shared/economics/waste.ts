import type { Alert } from '../model/alert.ts';
import { accrued, type Micros } from '../model/money.ts';
import type { JobView } from '../model/snapshot.ts';
import { HOUR, type Instant, type Interval, MINUTE } from '../model/time.ts';
import { addWaste, NO_WASTE, type Waste, type WasteCause } from '../model/waste.ts';
import type { WastePart, WorkWatch } from '../store/waste.ts';

/** A job whose first reading came later was not watched at its start: when it began nobody knows. */
const SEEN_FROM_START_MS = 3 * MINUTE;
/** From this share of activity on a job has begun to work. */
const WORKS_FROM = 0.3;
/** Of a longer time without a look (a sleep, a restart) nobody knows whether the job worked. */
const WATCHED_MS = 3 * MINUTE;

/**
 * The money of each job that did no work, minute by minute: while an alert of idleness or of a
 * stall fires, from when the trouble began; and before the job has first worked. No time counts
 * twice, whatever alerts overlap and however often Burnrate is started.
 */
export class WasteLedger {
  readonly #watches = new Map<string, WorkWatch>();
  readonly #sums = new Map<string, Waste>();
  #parts: WastePart[] = [];
  readonly #changed = new Set<WorkWatch>();

  restore(watches: readonly WorkWatch[], sums: ReadonlyMap<string, Waste>): void {
    for (const watch of watches) this.#watches.set(watch.jobId, watch);
    for (const [jobId, waste] of sums) this.#sums.set(jobId, waste);
  }

  /** In all, since Burnrate has watched the job. */
  of(jobId: string): Waste {
    return this.#sums.get(jobId) ?? NO_WASTE;
  }

  step(now: Instant, jobs: readonly JobView[], alerts: readonly Alert[]): void {
    const byJob = Map.groupBy(alerts.filter(isWaste), ({ subject }) => subject);
    for (const job of jobs) {
      const own = byJob.get(job.id) ?? [];
      if (own.length > 0 || isWatched(job)) this.#look(now, job, own);
    }
  }

  /** What is to be kept; call `kept` when it is. */
  changes(): { parts: readonly WastePart[]; watches: readonly WorkWatch[] } {
    return { parts: this.#parts, watches: [...this.#changed] };
  }

  kept(): void {
    this.#parts = [];
    this.#changed.clear();
  }

  /** Forgets jobs that are no longer in sight; the store keeps what they wasted. */
  keep(jobIds: ReadonlySet<string>): void {
    for (const id of this.#watches.keys()) if (!jobIds.has(id)) this.#watches.delete(id);
    for (const id of this.#sums.keys()) if (!jobIds.has(id)) this.#sums.delete(id);
  }

  #look(now: Instant, job: JobView, alerts: readonly Alert[]): void {
    const known = this.#watches.get(job.id);
    const watch = known ?? { jobId: job.id, through: job.startedAt ?? now, worked: false };
    this.#watches.set(job.id, watch);
    if (!known) this.#changed.add(watch);
    if (watch.firstReadAt === undefined && job.activityAt !== undefined) {
      watch.firstReadAt = job.activityAt;
      this.#changed.add(watch);
    }
    if (!watch.worked && (job.activity ?? 0) >= WORKS_FROM) {
      watch.worked = true;
      this.#changed.add(watch);
    }
    for (const alert of alerts.toSorted((a, b) => a.since - b.since)) {
      const to = Math.min(alert.resolvedAt ?? now, job.endedAt ?? now);
      const cause = alert.rule === 'idle' ? 'idle' : 'stalled';
      this.#waste(watch, cause, { from: alert.since, to }, alert.microsPerHour);
    }
    if (alerts.some(({ state }) => state === 'firing') || !this.#isWaiting(job, watch)) return;
    const from = now - watch.through > WATCHED_MS && known?.firstReadAt !== undefined ? now : 0;
    this.#waste(watch, 'waiting', { from, to: now }, job.rate.micros);
  }

  /** Whether it is paid, watched since its start, and has not begun to work. */
  #isWaiting(job: JobView, { worked, firstReadAt }: WorkWatch): boolean {
    if (worked || firstReadAt === undefined || job.startedAt === undefined) return false;
    return job.state === 'running' && firstReadAt - job.startedAt <= SEEN_FROM_START_MS;
  }

  #waste(watch: WorkWatch, cause: WasteCause, time: Interval, microsPerHour: Micros): void {
    const { jobId } = watch;
    const from = Math.max(time.from, watch.through);
    if (time.to <= from) return;
    for (let at = from; at < time.to; at = (Math.floor(at / HOUR) + 1) * HOUR) {
      const end = Math.min(time.to, (Math.floor(at / HOUR) + 1) * HOUR);
      const micros = accrued(Math.max(0, microsPerHour), at, end);
      if (micros === 0) continue;
      this.#parts.push({ jobId, cause, at, micros });
      this.#sums.set(jobId, addWaste(this.of(jobId), { ...NO_WASTE, [cause]: micros }));
    }
    watch.through = time.to;
    this.#changed.add(watch);
  }
}

function isWaste({ rule, firedAt, subjectKind }: Alert): boolean {
  return subjectKind === 'job' && firedAt !== undefined && (rule === 'idle' || rule === 'stalled');
}

function isWatched({ mine, gpus, state }: JobView): boolean {
  return mine && gpus > 0 && state === 'running';
}
