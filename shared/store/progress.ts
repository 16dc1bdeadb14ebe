import type { SeriesState } from '../economics/counting.ts';
import type { CountedMinute } from '../economics/course.ts';
import { Counter } from '../model/progress.ts';
import { DAY, HOUR, type Instant, type Interval, MINUTE } from '../model/time.ts';
import type { Connection } from './connection.ts';

/** What one counter of a job gained over a row, and what the job cost in it. */
export interface Counted extends CountedMinute {
  jobId: string;
  counter: Counter;
  widthMs: number;
}

const WIDTHS = [MINUTE, HOUR, DAY];

/** What jobs counted: by minute, later by hour and by day, and how far each series had come. */
export class CountedProgress {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  save(counted: readonly Omit<Counted, 'widthMs'>[]): void {
    for (const { jobId, counter, at, amount, micros } of counted) {
      this.#connection.run(
        'INSERT OR REPLACE INTO progress VALUES (?, ?, ?, ?, ?, ?)',
        this.#connection.idOf(jobId),
        Counter.options.indexOf(counter),
        MINUTE,
        at,
        amount,
        micros,
      );
    }
  }

  /** Rows that begin in the interval, oldest first. */
  read({ from, to }: Interval, jobId?: string): Counted[] {
    const job = jobId === undefined ? null : this.#connection.findId(jobId);
    if (job === undefined) return [];
    const columns = 'job, counter, width_ms, at, amount, micros';
    const rows = this.#connection.all<Row>(
      job === null
        ? `SELECT ${columns} FROM progress
           WHERE width_ms IN (${WIDTHS.join(', ')}) AND at >= ?1 AND at < ?2 ORDER BY at`
        : `SELECT ${columns} FROM progress WHERE job = ?3 AND at >= ?1 AND at < ?2 ORDER BY at`,
      from,
      to,
      ...(job === null ? [] : [job]),
    );
    return rows.map((row) => this.#counted(row));
  }

  /** All that each counter of each job ever gained. */
  totals(): { jobId: string; counter: Counter; amount: number }[] {
    return this.#connection
      .all<{ job: number; counter: number; amount: number }>(
        'SELECT job, counter, sum(amount) AS amount FROM progress GROUP BY job, counter',
      )
      .map(({ job, counter, amount }) => ({
        jobId: this.#connection.textOf(job),
        counter: counterOf(counter),
        amount,
      }));
  }

  saveSeries(states: readonly SeriesState[]): void {
    for (const { jobId, counter, series, value, ahead, at } of states) {
      this.#connection.run(
        'INSERT OR REPLACE INTO progress_series VALUES (?, ?, ?, ?, ?, ?)',
        this.#connection.idOf(jobId),
        Counter.options.indexOf(counter),
        series,
        value,
        ahead,
        at,
      );
    }
  }

  series(since: Instant): SeriesState[] {
    return this.#connection
      .all<Omit<SeriesState, 'jobId' | 'counter'> & { job: number; counter: number }>(
        'SELECT * FROM progress_series WHERE at >= ?',
        since,
      )
      .map(({ job, counter, ...state }) => ({
        ...state,
        jobId: this.#connection.textOf(job),
        counter: counterOf(counter),
      }));
  }

  compact(now: Instant, minutesFrom: Instant, hoursFrom: Instant): void {
    this.#roll(MINUTE, HOUR, minutesFrom);
    this.#roll(HOUR, DAY, hoursFrom);
    this.#connection.run('DELETE FROM progress_series WHERE at < ?', now - DAY);
  }

  #roll(fromWidth: number, toWidth: number, before: Instant): void {
    this.#connection.run(
      `INSERT INTO progress (job, counter, width_ms, at, amount, micros)
       SELECT job, counter, ${toWidth}, at / ${toWidth} * ${toWidth}, sum(amount), sum(micros)
       FROM progress WHERE width_ms = ${fromWidth} AND at < ?
       GROUP BY job, counter, at / ${toWidth}
       ON CONFLICT DO UPDATE SET amount = amount + excluded.amount, micros = micros + excluded.micros`,
      before,
    );
    this.#connection.run(`DELETE FROM progress WHERE width_ms = ${fromWidth} AND at < ?`, before);
  }

  #counted({ job, counter, width_ms, ...row }: Row): Counted {
    return {
      ...row,
      jobId: this.#connection.textOf(job),
      counter: counterOf(counter),
      widthMs: width_ms,
    };
  }
}

interface Row extends CountedMinute {
  job: number;
  counter: number;
  width_ms: number;
}

function counterOf(index: number): Counter {
  const counter = Counter.options[index];
  if (!counter) throw new Error(`the database names no counter ${index}`);
  return counter;
}
