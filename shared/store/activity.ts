import { DAY, HOUR, type Instant, type Interval, MINUTE } from '../model/time.ts';
import type { Connection } from './connection.ts';

/** Readings come this late at most, unless a source tells of the past. */
const SETTLED_MS = 2 * HOUR;
/** Every width of a sample: naming them all lets SQLite search each by time. */
const WIDTHS = [0, MINUTE, HOUR, DAY].join(', ');

const BUSY = 'coalesce(engine_active, utilization)';
/**
 * Sums of samples by set of jobs first, which are few, and then by job: joined the other way round,
 * SQLite would read the samples once for each job there ever was.
 */
const sumsBy = (step: string) => `
  SELECT member.job AS job, step, sum(total) AS total, sum(readings) AS readings
  FROM (
    SELECT job_set, ${step} AS step, sum(${BUSY} * readings) AS total, sum(readings) AS readings
    FROM sample
    WHERE step_ms IN (${WIDTHS}) AND ${BUSY} IS NOT NULL AND at >= ?1 AND at < ?2
    GROUP BY job_set, step
  ) AS summed JOIN job_set_member AS member ON member.job_set = summed.job_set`;

/** Activity times readings, and readings: of one job in one step. */
export interface Sum {
  job: number;
  step: number;
  total: number;
  readings: number;
}

/**
 * Mean activity by job. Hours that are over are summed once, so that a chart of months reads a row
 * an hour for each job and not every reading of every GPU.
 */
export class Activity {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** By job and step of `stepMs` from the interval's start on. */
  sums(interval: Interval, stepMs: number, job: number | null = null): Sum[] {
    const { from, to } = interval;
    if (stepMs % HOUR !== 0 || from % HOUR !== 0)
      return this.#ofSamples(interval, from, stepMs, job);
    const summed = this.#summed();
    const last = Math.floor(to / HOUR) * HOUR;
    const within = (at: Instant) => Math.min(Math.max(at, from), Math.max(from, last));
    const begin = within(summed.from * HOUR);
    const end = within(summed.to * HOUR);
    return [
      ...this.#ofSamples({ from, to: begin }, from, stepMs, job),
      ...this.#ofHours({ from: begin, to: end }, from, stepMs, job),
      ...this.#ofSamples({ from: end, to }, from, stepMs, job),
    ];
  }

  /** Up to when hours are summed, so that they are read without their samples. */
  summedThrough(): Instant {
    return this.#summed().to * HOUR;
  }

  /** Readings were kept: hours that had been summed before are summed again. */
  kept(instants: Iterable<Instant>): void {
    const { from, to } = this.#summed();
    const hours = new Set<number>();
    for (const at of instants) {
      const hour = Math.floor(at / HOUR);
      if (hour >= from && hour < to) hours.add(hour);
    }
    for (const hour of hours) this.#sum(hour, hour + 1);
  }

  /** Sums the hours that are over, before their samples are merged; forgets those before a limit. */
  compact(now: Instant, hoursFrom: Instant): void {
    const { from, to } = this.#summed();
    const until = Math.max(to, Math.floor((now - SETTLED_MS) / HOUR));
    const begin = Math.max(from, Math.floor(hoursFrom / HOUR));
    this.#sum(to, until);
    this.#connection.run('DELETE FROM activity_hour WHERE hour < ?', begin);
    this.#connection.run('UPDATE activity_summed SET from_hour = ?, to_hour = ?', begin, until);
  }

  #summed(): Interval {
    const row = this.#connection.get<Interval>(
      'SELECT from_hour AS "from", to_hour AS "to" FROM activity_summed',
    );
    return row ?? { from: 0, to: 0 };
  }

  #sum(from: number, to: number): void {
    if (to <= from) return;
    this.#connection.run(
      `INSERT OR REPLACE INTO activity_hour (job, hour, total, readings)
       ${sumsBy(`at / ${HOUR}`)} GROUP BY member.job, step`,
      from * HOUR,
      to * HOUR,
    );
  }

  #ofHours({ from, to }: Interval, start: Instant, stepMs: number, job: number | null): Sum[] {
    if (to <= from) return [];
    return this.#connection.all<Sum>(
      `SELECT job, CAST((hour * ${HOUR} - ?3) / ?4 AS INTEGER) AS step,
         sum(total) AS total, sum(readings) AS readings
       FROM activity_hour WHERE hour >= ?1 AND hour < ?2 AND (?5 IS NULL OR job = ?5)
       GROUP BY job, step`,
      from / HOUR,
      to / HOUR,
      start,
      stepMs,
      job,
    );
  }

  #ofSamples({ from, to }: Interval, start: Instant, stepMs: number, job: number | null): Sum[] {
    if (to <= from) return [];
    // Parameters are bound as REAL: without the cast, each reading would be a step of its own.
    return this.#connection.all<Sum>(
      `${sumsBy('CAST((at - ?3) / ?4 AS INTEGER)')} WHERE ?5 IS NULL OR member.job = ?5
       GROUP BY member.job, step`,
      from,
      to,
      start,
      stepMs,
      job,
    );
  }
}
