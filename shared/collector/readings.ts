import { activity } from '../model/sample.ts';
import { HOUR, type Instant, SECOND } from '../model/time.ts';
import type { StoredSample } from '../store/store.ts';

/** The rules look back an hour; a job of very many GPUs is remembered for less. */
const KEEP_MS = HOUR;
const MAX_PER_JOB = 20_000;

/** The sparkline: forty steps of half a minute. */
const SPARK_STEP_MS = 30 * SECOND;
const SPARK_STEPS = 40;

/** A reading older than this does not tell how busy a job is now. */
const CURRENT_MS = 90 * SECOND;

/** The recent readings of each job, in memory: the rules look at them with every answer. */
export class Readings {
  readonly #byJob = new Map<string, StoredSample[]>();

  /** Takes up readings of an earlier run, in any order. */
  restore(samples: readonly StoredSample[]): void {
    this.add(samples.toSorted((a, b) => a.at - b.at));
  }

  add(samples: readonly StoredSample[]): void {
    for (const sample of samples) {
      for (const job of sample.jobIds) {
        const list = this.#byJob.get(job);
        if (!list) this.#byJob.set(job, [sample]);
        else insert(list, sample);
      }
    }
  }

  /** Oldest first. */
  since(jobId: string, since: Instant): readonly StoredSample[] {
    const list = this.#byJob.get(jobId) ?? [];
    return list.slice(firstSince(list, since));
  }

  forget(now: Instant): void {
    for (const [job, list] of this.#byJob) {
      const old = list.findIndex((sample) => sample.at >= now - KEEP_MS);
      const drop = Math.max(old < 0 ? list.length : old, list.length - MAX_PER_JOB);
      if (drop >= list.length) this.#byJob.delete(job);
      else if (drop > 0) list.splice(0, drop);
    }
  }

  /** The mean over the job's GPUs of the latest reading of each, and when that was. */
  current(jobId: string, now: Instant): { activity: number; at: Instant } | undefined {
    const latest = new Map<string, { value: number; at: Instant }>();
    const list = this.#byJob.get(jobId) ?? [];
    for (let index = list.length - 1; index >= 0; index -= 1) {
      const sample = list[index];
      if (!sample || sample.at < now - CURRENT_MS) break;
      const value = activity(sample);
      const key = `${sample.nodeId} ${sample.gpu}`;
      if (value !== undefined && !latest.has(key)) latest.set(key, { value, at: sample.at });
    }
    if (latest.size === 0) return undefined;
    const values = [...latest.values()];
    return {
      activity: mean(values.map((one) => one.value)),
      at: Math.max(...values.map((one) => one.at)),
    };
  }

  /** Means of equal steps up to now, oldest first; null where nothing was read. */
  recent(jobId: string, now: Instant): (number | null)[] {
    const from = (Math.floor(now / SPARK_STEP_MS) - SPARK_STEPS + 1) * SPARK_STEP_MS;
    const steps = Array.from({ length: SPARK_STEPS }, () => ({ sum: 0, count: 0 }));
    for (const sample of this.since(jobId, from)) {
      const value = activity(sample);
      const step = steps[Math.floor((sample.at - from) / SPARK_STEP_MS)];
      if (value === undefined || !step) continue;
      step.sum += value;
      step.count += 1;
    }
    const first = steps.findIndex((step) => step.count > 0);
    if (first < 0) return [];
    return steps.slice(first).map(({ sum, count }) => (count > 0 ? sum / count : null));
  }
}

/** Where the readings since an instant begin: what is asked for are the last few of thousands. */
function firstSince(list: readonly StoredSample[], since: Instant): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle]?.at ?? since) < since) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Keeps the order of time: exporters answer late now and then. A reading counts once. */
function insert(list: StoredSample[], sample: StoredSample): void {
  let index = list.length;
  for (; index > 0; index -= 1) {
    const before = list[index - 1];
    if (!before || before.at < sample.at) break;
    const same = before.at === sample.at && before.gpu === sample.gpu;
    if (same && before.nodeId === sample.nodeId) return;
  }
  // Among readings of one moment the order is of no matter; the end is the cheapest place.
  while (index < list.length && list[index]?.at === sample.at) index += 1;
  list.splice(index, 0, sample);
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
