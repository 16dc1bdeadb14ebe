import type { Micros } from '../model/money.ts';
import { HOUR, type Instant, type Interval } from '../model/time.ts';
import { NO_WASTE, WASTE_CAUSES, type Waste, type WasteCause } from '../model/waste.ts';
import type { Connection } from './connection.ts';

/** Money of a job that did no work, in one hour (UTC). */
export interface WastePart {
  jobId: string;
  cause: WasteCause;
  at: Instant;
  micros: Micros;
}

/** Until when a job's waste is reckoned, and whether it has ever worked. */
export interface WorkWatch {
  jobId: string;
  through: Instant;
  firstReadAt?: Instant;
  worked: boolean;
}

/** What a stop has saved on one local day. */
export interface Saving {
  stopId: string;
  jobId: string;
  /** The day's beginning. */
  day: Instant;
  micros: Micros;
}

/** Dollars that did no work, and dollars that stops have saved. */
export class WasteRecords {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  add(parts: readonly WastePart[], watches: readonly WorkWatch[]): void {
    for (const { jobId, cause, at, micros } of parts) {
      this.#connection.run(
        `INSERT INTO waste VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET micros = micros + excluded.micros`,
        this.#connection.idOf(jobId),
        WASTE_CAUSES.indexOf(cause),
        Math.floor(at / HOUR),
        micros,
      );
    }
    for (const { jobId, through, firstReadAt, worked } of watches) {
      this.#connection.run(
        'INSERT OR REPLACE INTO work_watch VALUES (?, ?, ?, ?)',
        this.#connection.idOf(jobId),
        through,
        firstReadAt ?? null,
        worked ? 1 : 0,
      );
    }
  }

  watches(since: Instant): WorkWatch[] {
    return this.#connection
      .all<{ job: number; through: number; first_read_at: number | null; worked: number }>(
        'SELECT * FROM work_watch WHERE through >= ?',
        since,
      )
      .map(({ job, through, first_read_at, worked }) => ({
        jobId: this.#connection.textOf(job),
        through,
        ...(first_read_at !== null && { firstReadAt: first_read_at }),
        worked: worked === 1,
      }));
  }

  /** By job, over the hours that begin in the interval. */
  sums({ from, to }: Interval): Map<string, Waste> {
    const sums = new Map<string, Waste>();
    const rows = this.#connection.all<{ job: number; cause: number; micros: number }>(
      `SELECT job, cause, sum(micros) AS micros FROM waste WHERE hour >= ? AND hour < ?
       GROUP BY job, cause`,
      Math.ceil(from / HOUR),
      Math.ceil(to / HOUR),
    );
    for (const { job, cause, micros } of rows) {
      const id = this.#connection.textOf(job);
      const name = WASTE_CAUSES[cause];
      if (name) sums.set(id, { ...(sums.get(id) ?? NO_WASTE), [name]: micros });
    }
    return sums;
  }

  saveSavings(savings: readonly Saving[]): void {
    for (const { stopId, jobId, day, micros } of savings) {
      this.#connection.run(
        'INSERT OR REPLACE INTO saving VALUES (?, ?, ?, ?)',
        stopId,
        day,
        this.#connection.idOf(jobId),
        micros,
      );
    }
  }

  /** By job, over the local days that begin in the interval. */
  savings({ from, to }: Interval): Map<string, Micros> {
    const rows = this.#connection.all<{ job: number; micros: number }>(
      'SELECT job, sum(micros) AS micros FROM saving WHERE day >= ? AND day < ? GROUP BY job',
      from,
      to,
    );
    return new Map(rows.map(({ job, micros }) => [this.#connection.textOf(job), micros]));
  }
}
