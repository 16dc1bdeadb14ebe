import { accrued, type Micros } from '../model/money.ts';
import type { Counter } from '../model/progress.ts';
import { DAY, HOUR, type Instant, type Interval, MINUTE } from '../model/time.ts';
import { UNITS } from '../model/unit.ts';
import type { UnitCost } from '../model/work.ts';

/** What was counted in one minute, and what the job cost in it as it was metered then. */
export interface CountedMinute {
  /** The minute's beginning. */
  at: Instant;
  amount: number;
  micros: Micros;
}

/** One counter of one job over the last day. */
export interface CounterCourse {
  readonly counter: Counter;
  /** Oldest first, those of hours ago as blocks. Those in which nobody looked are not there. */
  readonly minutes: readonly CountedMinute[];
  /** All that was ever counted. */
  readonly total: number;
  /** When the counter was last read, and when it last grew. */
  readonly heardAt: Instant;
  readonly advancedAt: Instant;
  /** The times between one growth and the next, of late. */
  readonly gaps: readonly number[];
}

const REMEMBER_MS = DAY;
/** What is older is remembered in blocks: a thousand jobs that count must fit into memory. */
const MINUTELY_MS = 2 * HOUR;
/** No reading comes later than so, but for senders whose clocks are wrong. */
const LATEST_MS = HOUR;
const REMEMBERED_GAPS = 200;
/** A tick that is later than this comes after a sleep: the time between was not watched. */
const WATCHED_MS = 2 * MINUTE;

/** What things cost lately: long enough for exporters that speak once a minute. */
const LATELY_MS = 10 * MINUTE;
const LEAST_MS = 2 * MINUTE;
/** The past that a present is compared with is told in steps of this length. */
export const BLOCK_MS = 5 * MINUTE;

/** A minute to be kept. */
export interface ChangedMinute extends CountedMinute {
  jobId: string;
  counter: Counter;
}

interface Growing extends CounterCourse {
  minutes: CountedMinute[];
  total: number;
  heardAt: Instant;
  advancedAt: Instant;
  gaps: number[];
}

/** The counters of all jobs, minute by minute: what rules, views and the store need of them. */
export class CounterCourses {
  readonly #byJob = new Map<string, Map<Counter, Growing>>();
  readonly #changed = new Map<CountedMinute, Pick<ChangedMinute, 'jobId' | 'counter'>>();
  #passedAt: Instant | undefined;

  /** Takes up what an earlier run had counted. */
  restore(jobId: string, counter: Counter, total: number, minutes: readonly CountedMinute[]): void {
    const [first, last] = [minutes[0], minutes.at(-1)];
    if (!first || !last) return;
    const grew = minutes.filter(({ amount }) => amount > 0).map(({ at }) => at);
    const gaps = grew.slice(1).map((at, index) => at - (grew[index] ?? at));
    this.#courses(jobId).set(counter, {
      counter,
      minutes: minutes.map((minute) => ({ ...minute })),
      total,
      heardAt: last.at,
      advancedAt: grew.at(-1) ?? first.at,
      gaps: gaps.slice(-REMEMBERED_GAPS),
    });
  }

  /** Notes what a counter has gained, which may be nothing. */
  add(jobId: string, counter: Counter, readAt: Instant, amount: number): void {
    const courses = this.#courses(jobId);
    const course = courses.get(counter) ?? {
      counter,
      minutes: [],
      total: 0,
      heardAt: readAt,
      advancedAt: readAt,
      gaps: [],
    };
    // What a sender whose clock is wrong tells of long ago would change what is settled.
    const at = Math.max(readAt, course.heardAt - LATEST_MS);
    courses.set(counter, course);
    course.heardAt = Math.max(course.heardAt, at);
    const minute = this.#minute(jobId, course, at);
    if (amount <= 0) return;
    minute.amount += amount;
    course.total += amount;
    if (at <= course.advancedAt) return;
    if (course.total > amount) course.gaps.push(at - course.advancedAt);
    if (course.gaps.length > REMEMBERED_GAPS) course.gaps.shift();
    course.advancedAt = at;
  }

  /** Lets time pass: the minutes of counters that are still read cost what their jobs cost. */
  pass(now: Instant, rateOf: (jobId: string) => Micros): void {
    const from = this.#passedAt ?? now;
    this.#passedAt = now;
    if (now < from || now - from > WATCHED_MS) return;
    for (const [jobId, courses] of this.#byJob) {
      const rate = Math.max(0, rateOf(jobId));
      for (const course of courses.values()) {
        if (now - course.heardAt > WATCHED_MS * 2) continue;
        for (let at = from; at < now; at = Math.floor(at / MINUTE) * MINUTE + MINUTE) {
          const end = Math.min(now, Math.floor(at / MINUTE) * MINUTE + MINUTE);
          this.#minute(jobId, course, at).micros += accrued(rate, at, end);
        }
      }
    }
  }

  of(jobId: string): readonly CounterCourse[] {
    return [...(this.#byJob.get(jobId)?.values() ?? [])];
  }

  /** The minutes that have changed since they were last kept. */
  changes(): readonly ChangedMinute[] {
    return [...this.#changed].map(([minute, of]) => ({ ...of, ...minute }));
  }

  kept(): void {
    this.#changed.clear();
  }

  forget(now: Instant): void {
    for (const [jobId, courses] of this.#byJob) {
      for (const [counter, course] of courses) {
        const first = course.minutes.findIndex(({ at }) => at >= now - REMEMBER_MS);
        if (first > 0) course.minutes.splice(0, first);
        merge(course.minutes, Math.floor((now - MINUTELY_MS) / BLOCK_MS) * BLOCK_MS);
        if (course.heardAt < now - REMEMBER_MS) courses.delete(counter);
      }
      if (courses.size === 0) this.#byJob.delete(jobId);
    }
  }

  #courses(jobId: string): Map<Counter, Growing> {
    const courses = this.#byJob.get(jobId) ?? new Map<Counter, Growing>();
    this.#byJob.set(jobId, courses);
    return courses;
  }

  #minute(jobId: string, course: Growing, at: Instant): CountedMinute {
    const start = Math.floor(at / MINUTE) * MINUTE;
    let index = course.minutes.length;
    while (index > 0 && (course.minutes[index - 1]?.at ?? 0) > start) index -= 1;
    let minute = course.minutes[index - 1];
    if (minute?.at !== start) {
      minute = { at: start, amount: 0, micros: 0 };
      course.minutes.splice(index, 0, minute);
    }
    this.#changed.set(minute, { jobId, counter: course.counter });
    return minute;
  }
}

/** Makes blocks of the minutes before an instant; what they sum to stays the same. */
function merge(minutes: CountedMinute[], before: Instant): void {
  const end = minutes.findIndex(({ at }) => at >= before);
  const old = minutes.slice(0, end < 0 ? minutes.length : end);
  const blocks = [...Map.groupBy(old, ({ at }) => Math.floor(at / BLOCK_MS) * BLOCK_MS)];
  if (blocks.length === old.length) return;
  const merged = blocks.map(([at, list]) => ({
    at,
    amount: list.reduce((sum, { amount }) => sum + amount, 0),
    micros: list.reduce((sum, { micros }) => sum + micros, 0),
  }));
  minutes.splice(0, old.length, ...merged);
}

/** What a unit cost over some minutes; undefined where nothing was counted in them. */
export function costPerUnit(
  counter: Counter,
  minutes: readonly Pick<CountedMinute, 'amount' | 'micros'>[],
): Micros | undefined {
  const amount = minutes.reduce((sum, minute) => sum + minute.amount, 0);
  const micros = minutes.reduce((sum, minute) => sum + minute.micros, 0);
  return amount > 0 ? (micros / amount) * UNITS[counter].of : undefined;
}

/** The minutes of a course in an interval. */
export function minutesIn(
  { minutes }: Pick<CounterCourse, 'minutes'>,
  { from, to }: Interval,
): CountedMinute[] {
  return minutes.filter(({ at }) => at >= from && at < to);
}

/** A counter as a face shows it: how much, how fast, and what a unit costs. */
export function unitCostOf(course: CounterCourse, now: Instant): UnitCost {
  const { counter, total, advancedAt } = course;
  // The youngest minute is not complete: exporters speak when it is over.
  const to = Math.floor(now / MINUTE) * MINUTE;
  const lately = minutesIn(course, { from: to - LATELY_MS, to });
  const spanMs = lately.length * MINUTE;
  const amount = lately.reduce((sum, minute) => sum + minute.amount, 0);
  const known = spanMs >= LEAST_MS && amount > 0;
  const micros = known ? costPerUnit(counter, lately) : undefined;
  const day = costPerUnit(counter, course.minutes);
  return {
    counter,
    total,
    advancedAt,
    ...(known && { perHour: (amount * HOUR) / spanMs }),
    ...(micros !== undefined && { micros: Math.round(micros) }),
    ...(day !== undefined && { microsOverDay: Math.round(day) }),
  };
}
