import { activity } from '../model/sample.ts';
import { type Instant, type Interval, MINUTE, SECOND } from '../model/time.ts';
import type { StoredSample } from '../store/store.ts';

/**
 * So long readings stay in memory: a large fleet makes hundreds a second, and what is older is
 * asked for only by rules that begin anew, which read it from the store.
 */
const KEEP_MS = 2 * MINUTE;

/** The sparkline: forty steps of half a minute. */
const SPARK_STEP_MS = 30 * SECOND;
const SPARK_STEPS = 40;

/** A reading older than this does not tell how busy a job is now. */
const CURRENT_MS = 90 * SECOND;

/** The readings of a job in an interval, oldest first, as the store has them. */
export type Past = (jobId: string, interval: Interval) => readonly StoredSample[];

interface OfJob {
  /** The newest, oldest first. */
  list: StoredSample[];
  /** The last of those that are no longer in the list. */
  droppedAt: Instant;
  /** The latest activity of each GPU. */
  latest: Map<string, { value: number; at: Instant }>;
  /** By the number of the step since 1970. */
  steps: Map<number, { sum: number; count: number }>;
}

/** The recent readings of each job, in memory: the rules look at them with every answer. */
export class Readings {
  readonly #byJob = new Map<string, OfJob>();
  readonly #past: Past;

  constructor(past: Past) {
    this.#past = past;
  }

  /** Takes up readings of an earlier run, in any order. */
  restore(samples: readonly StoredSample[]): void {
    this.add(samples.toSorted((a, b) => a.at - b.at));
  }

  add(samples: readonly StoredSample[]): void {
    for (const sample of samples) {
      for (const job of sample.jobIds) {
        const known = this.#byJob.get(job) ?? unknown();
        this.#byJob.set(job, known);
        if (insert(known.list, sample)) count(known, sample);
      }
    }
  }

  /** Oldest first. */
  since(jobId: string, since: Instant): readonly StoredSample[] {
    const { list, droppedAt } = this.#byJob.get(jobId) ?? unknown();
    if (since >= droppedAt) return list.slice(firstSince(list, since));
    return this.#past(jobId, { from: since, to: Number.MAX_SAFE_INTEGER });
  }

  forget(now: Instant): void {
    const firstStep = Math.floor(now / SPARK_STEP_MS) - SPARK_STEPS + 1;
    for (const [job, known] of this.#byJob) {
      const { list, latest, steps } = known;
      const dropped = list.splice(0, firstSince(list, now - KEEP_MS));
      known.droppedAt = dropped.at(-1)?.at ?? known.droppedAt;
      for (const [gpu, { at }] of latest) if (at < now - CURRENT_MS) latest.delete(gpu);
      for (const step of steps.keys()) if (step < firstStep) steps.delete(step);
      if (list.length === 0 && steps.size === 0) this.#byJob.delete(job);
    }
  }

  /** The mean over the job's GPUs of the latest reading of each, and when that was. */
  current(jobId: string, now: Instant): { activity: number; at: Instant } | undefined {
    let [sum, count, last] = [0, 0, 0];
    for (const { value, at } of this.#byJob.get(jobId)?.latest.values() ?? []) {
      if (at < now - CURRENT_MS) continue;
      sum += value;
      count += 1;
      last = Math.max(last, at);
    }
    return count === 0 ? undefined : { activity: sum / count, at: last };
  }

  /** Means of equal steps up to now, oldest first; null where nothing was read. */
  recent(jobId: string, now: Instant): (number | null)[] {
    const { steps } = this.#byJob.get(jobId) ?? unknown();
    const last = Math.floor(now / SPARK_STEP_MS);
    const means: (number | null)[] = [];
    for (let step = last - SPARK_STEPS + 1; step <= last; step += 1) {
      const of = steps.get(step);
      if (of) means.push(of.sum / of.count);
      else if (means.length > 0) means.push(null);
    }
    return means;
  }
}

function unknown(): OfJob {
  return { list: [], droppedAt: Number.NEGATIVE_INFINITY, latest: new Map(), steps: new Map() };
}

/** What is drawn of a job grows with its readings: nothing is gone through again for it. */
function count({ latest, steps }: OfJob, sample: StoredSample): void {
  const value = activity(sample);
  if (value === undefined) return;
  const { at } = sample;
  const gpu = `${sample.nodeId} ${sample.gpu}`;
  const before = latest.get(gpu)?.at ?? at;
  // What is so far ahead was read before the clock was set back.
  if (before <= at || before > at + CURRENT_MS) latest.set(gpu, { value, at });
  const number = Math.floor(at / SPARK_STEP_MS);
  const step = steps.get(number) ?? { sum: 0, count: 0 };
  step.sum += value;
  step.count += 1;
  steps.set(number, step);
}

/** Where the readings since an instant begin: what is asked for are the last few of many. */
function firstSince(list: readonly StoredSample[], since: Instant): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle]?.at ?? since) < since) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Keeps the order of time: exporters answer late now and then. A reading counts once; false where
 * it was there.
 */
function insert(list: StoredSample[], sample: StoredSample): boolean {
  let index = list.length;
  for (; index > 0; index -= 1) {
    const before = list[index - 1];
    if (!before || before.at < sample.at) break;
    const same = before.at === sample.at && before.gpu === sample.gpu;
    if (same && before.nodeId === sample.nodeId) return false;
  }
  // Among readings of one moment the order is of no matter; the end is the cheapest place.
  while (index < list.length && list[index]?.at === sample.at) index += 1;
  list.splice(index, 0, sample);
  return true;
}
