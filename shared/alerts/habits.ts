import { type Instant, MINUTE, SECOND } from '../model/time.ts';
import { type Moment, medianOf } from './course.ts';

/** A time of little work between two times of work. */
interface Dip {
  from: Instant;
  to: Instant;
  /** It began with a burst from GPU to host: a checkpoint being written. */
  written: boolean;
}

/** How many dips of a job are remembered. */
const MAX_DIPS = 40;

/** A burst is this many times the usual traffic, and at least so many bytes per second a GPU. */
const BURST_FACTOR = 3;
const BURST_BYTES = 100e6;
/** The reading just before the dip may hold the burst: it is a mean over the time until it. */
const BURST_NEAR_MS = 20 * SECOND;

/** A checkpoint whose like was never seen is given this long. */
const UNSEEN_CHECKPOINT_MS = 150 * SECOND;
/** Dips up to this length are a habit from the first on; longer ones from the second. */
const SHORT_DIP_MS = 3 * MINUTE;
const ALIKE = 1.4;
/** No habit excuses more than this. */
const LONGEST_EXCUSE_MS = 15 * MINUTE;
/** How much longer than ever before a dip may last: a third, and a reading. */
const STRETCH = 1.33;
const SLACK_MS = 15 * SECOND;

/** Whether a job does little work at a moment. */
export type IsLow = (moment: Moment) => boolean;

/**
 * What dips are usual for each job, learned as they end: checkpoints and evaluations come back,
 * and what has always passed by itself within a minute is no alert the next time.
 */
export class Habits {
  readonly #byJob = new Map<string, Dip[]>();

  /** Learns the dips that have ended since the last time. Call with every new reading. */
  learn(jobId: string, course: readonly Moment[], isLow: IsLow): void {
    const known = this.#byJob.get(jobId) ?? [];
    const dip = endedBy(course, isLow);
    if (!dip || dip.to <= (known.at(-1)?.to ?? Number.NEGATIVE_INFINITY)) return;
    this.#byJob.set(jobId, [...known, dip].slice(-MAX_DIPS));
  }

  /**
   * How long a dip that began at `since` may last before it is out of the ordinary: `plainMs` for
   * a job of which nothing is known.
   */
  allowance(
    jobId: string,
    course: readonly Moment[],
    since: Instant,
    isLow: IsLow,
    plainMs: number,
  ): number {
    const before = (this.#byJob.get(jobId) ?? []).filter(({ to }) => to <= since);
    const written = isWritten(course, since, isLow);
    const like = before.filter((dip) => dip.written === written).map(({ from, to }) => to - from);
    const usual = like.filter(
      (length) =>
        length <= SHORT_DIP_MS ||
        like.filter((other) => other > length / ALIKE && other < length * ALIKE).length > 1,
    );
    const longest = usual.length > 0 ? Math.max(...usual) * STRETCH + SLACK_MS : 0;
    const unseen = written && usual.length < 3 ? UNSEEN_CHECKPOINT_MS : 0;
    return Math.min(LONGEST_EXCUSE_MS, Math.max(plainMs, longest, unseen));
  }

  /** Forgets the jobs that are no longer there. */
  keep(jobIds: ReadonlySet<string>): void {
    for (const id of this.#byJob.keys()) if (!jobIds.has(id)) this.#byJob.delete(id);
  }
}

/** The dip that the newest moment has ended: begun after work, and now there is work again. */
function endedBy(course: readonly Moment[], isLow: IsLow): Dip | undefined {
  const last = course.at(-1);
  const before = course.at(-2);
  if (!last || !before || isLow(last) || !isLow(before)) return undefined;
  const worked = course.findLastIndex(
    (moment, index) => index < course.length - 1 && !isLow(moment),
  );
  const from = course[worked + 1]?.at;
  if (worked < 0 || from === undefined) return undefined;
  return { from, to: last.at, written: isWritten(course, from, isLow) };
}

/** Whether a burst from GPU to host marks the beginning of a dip. */
export function isWritten(course: readonly Moment[], since: Instant, isLow: IsLow): boolean {
  const near = course.filter(({ at }) => Math.abs(at - since) <= BURST_NEAR_MS);
  const most = Math.max(0, ...near.map(({ pcieOut = 0 }) => pcieOut));
  if (most < BURST_BYTES) return false;
  const working = course.filter((moment) => moment.at < since && !isLow(moment));
  const usual = medianOf(working, ({ pcieOut }) => pcieOut);
  return usual !== undefined && most >= usual * BURST_FACTOR;
}
