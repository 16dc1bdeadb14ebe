import { IDLE } from '../model/charge.ts';
import { DAY, HOUR, type Instant, type Interval, MINUTE } from '../model/time.ts';
import type { Activity } from './activity.ts';
import type { Connection } from './connection.ts';
import { cutAtSteps } from './portion.ts';
import type { Rollup } from './rollup.ts';
import { Steps } from './steps.ts';

/** Spans of one width that are packed. */
interface Width {
  ms: number;
  /** The length of a step. */
  unit: number;
  /** So many spans at a time, so that a ledger without any delays no tick for long. */
  atOnce: number;
}
const HOURS: Width = { ms: HOUR, unit: MINUTE, atOnce: 2 };
const DAYS: Width = { ms: DAY, unit: HOUR, atOnce: 31 };
/** The coarsest first: it answers with the fewest rows. */
const WIDTHS = [DAYS, HOURS];

/** Charts by the minute look back so far. */
const HOURS_KEPT = 25;
/** The page's charts by the hour, and a little for time zones. */
const DAYS_KEPT = 92;
/** A reading of a minute has come in when the minute after it is over. */
const SETTLED_MS = MINUTE;

/** One job's steps within a span, or one node's where the job is `idle`. */
interface Row {
  at: number;
  job: number;
  node: number;
  steps: Buffer;
}

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
    for (const table of ['course', 'course_packed']) {
      this.#connection.run(`DELETE FROM ${table} WHERE width_ms = ? AND at <= ?`, ms, before - ms);
    }
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
          'UPDATE course_packed SET through = ?3 WHERE width_ms = ?1 AND at = ?2 AND through > ?3',
          width.ms,
          span,
          through,
        );
      }
    }
  }

  /**
   * Tells `take` the packed steps of the interval, where these fit into its own of `stepMs`, and
   * answers what of the interval is left. `take` is given the steps of one job or idle node, the
   * first of them to read, the first not to, and the length of each.
   */
  read(interval: Interval, stepMs: number, job: number | null, take: Take): Interval[] {
    let rest = [interval];
    for (const width of WIDTHS) {
      const { unit } = width;
      if (stepMs % unit !== 0 || interval.from % unit !== 0) continue;
      rest = rest.flatMap((gap) => this.#readSpans(gap, width, job, take));
    }
    return rest;
  }

  #readSpans(gap: Interval, width: Width, job: number | null, take: Take): Interval[] {
    const { unit } = width;
    const parts = new Map<Instant, Interval>();
    const left: Interval[] = [];
    let from = gap.from;
    for (const { at, through } of this.#packed(width, gap)) {
      const part = {
        from: Math.ceil(Math.max(at, gap.from) / unit) * unit,
        to: floor(Math.min(through, gap.to), unit),
      };
      if (part.to <= part.from) continue;
      if (part.from > from) left.push({ from, to: part.from });
      parts.set(at, part);
      from = part.to;
    }
    if (gap.to > from) left.push({ from, to: gap.to });
    if (parts.size === 0) return left;
    for (const row of this.#rows(width, [...parts.keys()], job)) {
      const part = parts.get(row.at);
      if (!part) continue;
      const first = (part.from - row.at) / unit;
      const end = (part.to - row.at) / unit;
      take(row, Steps.of(row.steps), { at: row.at, first, end, unit });
    }
    return left;
  }

  #packed(width: Width, { from, to }: Interval): { at: number; through: number }[] {
    return this.#connection.all(
      `SELECT at, through FROM course_packed
       WHERE width_ms = ?1 AND at > ?2 - ?1 AND at < ?3 AND through > ?2 ORDER BY at`,
      width.ms,
      from,
      to,
    );
  }

  #rows(width: Width, spans: readonly Instant[], job: number | null): Row[] {
    return this.#connection.all<Row>(
      `SELECT at, job, node, steps FROM course
       WHERE width_ms = ?1 AND at >= ?2 AND at <= ?3 AND (?4 IS NULL OR job = ?4)`,
      width.ms,
      spans[0] ?? 0,
      spans.at(-1) ?? 0,
      job,
    );
  }

  /** Brings the spans of the interval up to `to`, the latest first, some at a time. */
  #pack(width: Width, from: Instant, to: Instant): void {
    const packed = new Map(
      this.#packed(width, { from, to: to + 1 }).map(({ at, through }) => [at, through]),
    );
    let packs = 0;
    for (let at = floor(to, width.ms); at >= from && packs < width.atOnce; at -= width.ms) {
      const through = packed.get(at) ?? at;
      const goal = Math.min(at + width.ms, floor(to, width.unit));
      if (through >= goal) continue;
      this.#extend(width, at, { from: through, to: goal });
      packs += 1;
    }
  }

  #extend(width: Width, at: Instant, part: Interval): void {
    const { ms, unit } = width;
    const first = (part.from - at) / unit;
    const rows = new Map<string, Row & { values: Steps; changed: boolean }>();
    for (const row of this.#rows(width, [at], null)) {
      const values = Steps.of(row.steps);
      rows.set(`${row.job} ${row.node}`, { ...row, values, changed: values.clear(first) });
    }
    const rowOf = (job: number, node: number): Steps => {
      const key = `${job} ${node}`;
      const values = rows.get(key)?.values ?? new Steps(ms / unit);
      rows.set(key, { at, job, node, values, steps: values.bytes, changed: true });
      return values;
    };
    const idle = this.#connection.findId(IDLE);
    for (const amount of this.#rollup.amounts(part, unit === HOUR ? HOUR : 0)) {
      const steps = rowOf(amount.job, amount.job === idle ? amount.node : 0);
      for (const { step, micros } of cutAtSteps(amount, at, unit)) steps.charge(step, micros);
    }
    for (const sum of this.#activity.sums(part, unit)) {
      rowOf(sum.job, 0).work(first + sum.step, sum.total, sum.readings);
    }
    for (const { job, node, values, changed } of rows.values()) {
      if (!changed) continue;
      this.#connection.run(
        'INSERT OR REPLACE INTO course VALUES (?, ?, ?, ?, ?)',
        ms,
        at,
        job,
        node,
        values.bytes,
      );
    }
    this.#connection.run('INSERT OR REPLACE INTO course_packed VALUES (?, ?, ?)', ms, at, part.to);
  }
}

/** Which steps of a span are meant: from `first` up to `end`, each of `unit` milliseconds. */
export interface Part {
  at: Instant;
  first: number;
  end: number;
  unit: number;
}

type Take = (row: { job: number; node: number }, steps: Steps, part: Part) => void;

function floor(at: Instant, width: number): Instant {
  return Math.floor(at / width) * width;
}
