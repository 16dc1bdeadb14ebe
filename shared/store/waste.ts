import type { Micros } from '../model/money.ts';
import { DAY, HOUR, type Instant, type Interval } from '../model/time.ts';
import { addWaste, NO_WASTE, WASTE_CAUSES, type Waste, type WasteCause } from '../model/waste.ts';
import type { WasteCourse } from '../protocol/waste.ts';
import { readFlags } from './charge_row.ts';
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

/** What a chart of waste asks. Nothing finer than an hour is kept. */
export interface WasteQuery extends Interval {
  stepMs: number;
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

  /** All jobs' together, step by step; an hour (UTC) belongs to the step in which it begins. */
  course({ from, to, stepMs }: WasteQuery): WasteCourse {
    const at = Array.from({ length: Math.ceil((to - from) / stepMs) }, (_, i) => from + i * stepMs);
    const steps = at.map(() => NO_WASTE);
    const hours = this.#connection.all<{ hour: number; cause: number; micros: number }>(
      'SELECT hour, cause, micros FROM waste_hour WHERE hour >= ? AND hour < ?',
      Math.ceil(from / HOUR),
      Math.ceil(to / HOUR),
    );
    for (const { hour, cause, micros } of hours) {
      const step = Math.floor((hour * HOUR - from) / stepMs);
      const name = WASTE_CAUSES[cause];
      if (name) steps[step] = addWaste(steps[step] ?? NO_WASTE, { ...NO_WASTE, [name]: micros });
    }
    const provenance = hours.length > 0 ? this.#provenance({ from, to }) : undefined;
    return { at, steps, watched: this.#watched({ from, to }), ...(provenance && { provenance }) };
  }

  /** What the jobs' cost rests on that wasted anything: the weakest, of the days that are touched. */
  #provenance({ from, to }: Interval): WasteCourse['provenance'] {
    const row = this.#connection.get<{ flags: number | null }>(
      `SELECT max(flags & 3) AS flags FROM charge_day
       WHERE day >= ?1 AND day < ?2 AND job IN (
         SELECT job FROM work_watch AS watch WHERE EXISTS (
           SELECT 1 FROM waste WHERE waste.job = watch.job AND hour >= ?3 AND hour < ?4))`,
      Math.floor(from / DAY),
      Math.ceil(to / DAY),
      Math.ceil(from / HOUR),
      Math.ceil(to / HOUR),
    );
    return typeof row?.flags === 'number' ? readFlags(row.flags).provenance : undefined;
  }

  /** How many jobs of that time had their GPUs read, so that their waste would have been seen. */
  #watched({ from, to }: Interval): number {
    const row = this.#connection.get<{ jobs: number }>(
      `SELECT count(*) AS jobs FROM work_watch JOIN job ON job.name = work_watch.job
       WHERE first_read_at < ? AND (ended_at IS NULL OR ended_at >= ?)`,
      to,
      from,
    );
    return row?.jobs ?? 0;
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
