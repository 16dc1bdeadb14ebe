import { Counter, type Progress } from '../model/progress.ts';
import { type Instant, MINUTE } from '../model/time.ts';

/** What is known of one series of a job's counter: enough to go on from after a restart. */
export interface SeriesState {
  jobId: string;
  counter: Counter;
  /** With the account that told it, before a blank. */
  series: string;
  value: number;
  /** How far the series has come since it was first seen; for steps, from where the job was then. */
  ahead: number;
  at: Instant;
}

/** So long must the account that told of a counter be silent before another's word counts. */
const SILENT_MS = 3 * MINUTE;
/** A count that is this young when first seen is new as a whole. */
const YOUNG_MS = 2 * MINUTE;

interface Known {
  account: string;
  heardAt: Instant;
  /** The furthest of the series: how far the job is, where all count the same. */
  furthest: number;
  series: Map<string, SeriesState>;
}

/**
 * Turns readings of counters into what has been done since the reading before. Tokens and samples
 * are counted by each process for itself and add up; steps are counted by all processes alike, so
 * that the furthest counts. One account's word counts for each counter of a job: an endpoint may be
 * read directly and by a Prometheus, and its tokens would count twice.
 */
export class Counting {
  readonly #known = new Map<string, Known>();
  readonly #changed = new Set<SeriesState>();

  restore(states: readonly SeriesState[]): void {
    for (const state of states.toSorted((a, b) => a.at - b.at)) {
      const account = state.series.split(' ', 1)[0] ?? '';
      const known = this.#of(state.jobId, state.counter, account, state.at);
      known.series.set(state.series, { ...state });
      known.furthest = Math.max(known.furthest, state.ahead);
    }
  }

  /** What the reading adds to its job; undefined where it is not heard. */
  take(jobId: string, account: string, reading: Progress): number | undefined {
    const { counter, at, value } = reading;
    const known = this.#of(jobId, counter, account, at);
    if (known.account !== account) {
      if (at - known.heardAt < SILENT_MS) return undefined;
      known.account = account;
    }
    const name = `${account} ${reading.series}`;
    const before = known.series.get(name);
    // Sent again, or late: what it says was heard already.
    if (before && at <= before.at) return undefined;
    known.heardAt = at;
    const isSteps = counter === 'steps';
    const state = before ?? {
      jobId,
      counter,
      series: name,
      value,
      ahead: isSteps ? known.furthest : 0,
      at,
    };
    const gain = before ? gainOf(before, reading) : beginningOf(reading);
    state.value = value;
    state.ahead += gain;
    state.at = at;
    known.series.set(name, state);
    this.#changed.add(state);
    if (!isSteps) return gain;
    const gained = Math.max(0, state.ahead - known.furthest);
    known.furthest += gained;
    return gained;
  }

  /** What has changed since it was last kept. */
  changes(): readonly SeriesState[] {
    return [...this.#changed];
  }

  kept(): void {
    this.#changed.clear();
  }

  /** Forgets series that were not heard of since. */
  forget(before: Instant): void {
    for (const [key, { series, heardAt }] of this.#known) {
      for (const [name, { at }] of series) if (at < before) series.delete(name);
      if (heardAt < before) this.#known.delete(key);
    }
  }

  #of(jobId: string, counter: Counter, account: string, at: Instant): Known {
    const key = `${Counter.options.indexOf(counter)} ${jobId}`;
    const known = this.#known.get(key) ?? {
      account,
      heardAt: at,
      furthest: 0,
      series: new Map<string, SeriesState>(),
    };
    this.#known.set(key, known);
    return known;
  }
}

function gainOf(before: SeriesState, { value, fromZero }: Progress): number {
  if (value >= before.value) return value - before.value;
  return fromZero ? value : 0;
}

/** What was counted before anybody looked has no time that it could be given to. */
function beginningOf({ at, since, value, fromZero }: Progress): number {
  return fromZero && since !== undefined && at - since <= YOUNG_MS ? value : 0;
}
