import { IDLE } from '../model/charge.ts';
import { DAY, HOUR, type Instant, type Interval, MINUTE } from '../model/time.ts';
import type { Activity } from './activity.ts';
import type { Connection } from './connection.ts';
import { cutAtSteps } from './portion.ts';
import type { Rollup } from './rollup.ts';
import { type Lane, type Placing, pack, Steps, unpack } from './steps.ts';

/** Spans of one width that are packed. */
interface Width {
  ms: number;
  /** The length of a step. */
  unit: number;
  /** About so many steps at a time, so that a ledger without any delays no tick for long. */
  atOnce: number;
}
const HOURS: Width = { ms: HOUR, unit: MINUTE, atOnce: 120 };
const DAYS: Width = { ms: DAY, unit: HOUR, atOnce: 31 * 24 };
/** The coarsest first: it answers with the fewest rows. */
const WIDTHS = [DAYS, HOURS];

/** Charts by the minute look back so far. */
const HOURS_KEPT = 25;
/** The page's charts by the hour, and a little for time zones. */
const DAYS_KEPT = 92;
/** A reading of a minute has come in when the minute after it is over. */
const SETTLED_MS = MINUTE;

/**
 * What jobs cost and how busy they were, minute by minute of the last day and hour by hour of the
 * last months, packed so that a chart reads a row and not a charge or a reading at a time. It says
 * nothing that the ledger and the samples do not: what is written later takes it back (see
 * schema/course.ts), and it is packed anew.
 */
export class Course {
  readonly #connection: Connection;
  readonly #rollup: Rollup;
  readonly #activity: Activity;
  #followed: Instant | undefined;

  constructor(connection: Connection, rollup: Rollup, activity: Activity) {
    this.#connection = connection;
    this.#rollup = rollup;
    this.#activity = activity;
  }

  /** Packs the minutes that are over. To be called with each tick: it looks once a minute. */
  follow(now: Instant): void {
    const goal = Math.floor((now - SETTLED_MS) / MINUTE) * MINUTE;
    if (goal === this.#followed) return;
    this.#followed = goal;
    this.#pack(HOURS, goal - HOURS_KEPT * HOUR, goal);
  }

  /** Packs the hours whose activity is summed up, and forgets what no chart looks back to. */
  compact(now: Instant, hoursFrom: Instant): void {
    const days = Math.max(hoursFrom, now - DAYS_KEPT * DAY);
    this.#pack(DAYS, days, Math.min(now, this.#activity.summedThrough()));
    this.#forget(HOURS, now - HOURS_KEPT * HOUR);
    this.#forget(DAYS, days);
  }

  #forget({ ms }: Width, before: Instant): void {
    this.#connection.run('DELETE FROM course WHERE width_ms = ? AND at <= ?', ms, before - ms);
  }

  /** Readings came in for these instants: what is packed of them no longer holds. */
  kept(instants: Iterable<Instant>): void {
    for (const width of WIDTHS) {
      const earliest = new Map<Instant, Instant>();
      for (const at of instants) {
        const span = floor(at, width.ms);
        const step = floor(at, width.unit);
        earliest.set(span, Math.min(step, earliest.get(span) ?? step));
      }
      for (const [span, through] of earliest) {
        this.#connection.run(
          'UPDATE course SET through = ?3 WHERE width_ms = ?1 AND at = ?2 AND through > ?3',
          width.ms,
          span,
          through,
        );
      }
    }
  }

  /**
   * Gives `take` each lane that is packed of the interval, where its steps fit into those of
   * `stepMs` from the interval's start on, and says where they lie there. Answers what of the
   * interval is left.
   */
  read(
    interval: Interval,
    stepMs: number,
    take: (lane: Lane, placing: Placing) => void,
  ): Interval[] {
    let rest = [interval];
    for (const width of WIDTHS) {
      const { unit } = width;
      if (stepMs % unit !== 0 || interval.from % unit !== 0) continue;
      const every = stepMs / unit;
      rest = rest.flatMap((gap) =>
        this.#readSpans(gap, width, (part, at, lanes) => {
          const ahead = (part.from - interval.from) / unit;
          const placing = {
            first: (part.from - at) / unit,
            end: (part.to - at) / unit,
            place: Math.floor(ahead / every),
            every,
            skipped: ahead % every,
          };
          for (const lane of lanes) take(lane, placing);
        }),
      );
    }
    return rest;
  }

  #readSpans(
    gap: Interval,
    { ms, unit }: Width,
    take: (part: Interval, at: Instant, lanes: readonly Lane[]) => void,
  ): Interval[] {
    const left: Interval[] = [];
    let { from } = gap;
    const rows = this.#connection.all<Row>(
      `SELECT at, through, lanes FROM course
       WHERE width_ms = ?1 AND at > ?2 - ?1 AND at < ?3 AND through > ?2 ORDER BY at`,
      ms,
      gap.from,
      gap.to,
    );
    for (const { at, through, lanes } of rows) {
      const part = {
        from: Math.ceil(Math.max(at, gap.from) / unit) * unit,
        to: floor(Math.min(through, gap.to), unit),
      };
      if (part.to <= part.from) continue;
      if (part.from > from) left.push({ from, to: part.from });
      take(part, at, unpack(lanes, ms / unit));
      from = part.to;
    }
    if (gap.to > from) left.push({ from, to: gap.to });
    return left;
  }

  /** Brings the spans of the interval up to `to`, the latest first. */
  #pack(width: Width, from: Instant, to: Instant): void {
    const rows = this.#connection.all<{ at: number; through: number }>(
      'SELECT at, through FROM course WHERE width_ms = ? AND at >= ? AND at <= ?',
      width.ms,
      floor(from, width.ms),
      to,
    );
    const packed = new Map(rows.map(({ at, through }) => [at, through]));
    let left = width.atOnce;
    for (let at = floor(to, width.ms); at >= from && left > 0; at -= width.ms) {
      const through = packed.get(at) ?? at;
      const goal = Math.min(at + width.ms, floor(to, width.unit));
      if (through >= goal) continue;
      this.#extend(width, at, { from: through, to: goal });
      left -= (goal - through) / width.unit;
    }
  }

  #extend({ ms, unit }: Width, at: Instant, part: Interval): void {
    const first = (part.from - at) / unit;
    const kept = this.#connection.get<Row>(
      'SELECT at, through, lanes FROM course WHERE width_ms = ? AND at = ?',
      ms,
      at,
    );
    const lanes = kept ? unpack(kept.lanes, ms / unit) : [];
    for (const { steps } of lanes) steps.clear(first);
    const known = new Map(lanes.map((lane) => [`${lane.job} ${lane.node}`, lane]));
    const stepsOf = (job: number, node: number): Steps => {
      const key = `${job} ${node}`;
      const lane = known.get(key) ?? { job, node, steps: new Steps(ms / unit) };
      known.set(key, lane);
      return lane.steps;
    };
    const idle = this.#connection.findId(IDLE);
    for (const amount of this.#rollup.amounts(part, unit === HOUR ? HOUR : 0)) {
      const steps = stepsOf(amount.job, amount.job === idle ? amount.node : 0);
      for (const { step, micros } of cutAtSteps(amount, at, unit)) steps.charge(step, micros);
    }
    for (const { job, step, total, readings } of this.#activity.sums(part, unit)) {
      stepsOf(job, 0).work(first + step, total, readings);
    }
    this.#connection.run(
      'INSERT OR REPLACE INTO course VALUES (?, ?, ?, ?)',
      ms,
      at,
      part.to,
      pack([...known.values()], ms / unit),
    );
  }
}

interface Row {
  at: number;
  through: number;
  lanes: Buffer;
}

function floor(at: Instant, width: number): Instant {
  return Math.floor(at / width) * width;
}
