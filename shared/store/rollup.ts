import { IDLE } from '../model/charge.ts';
import { addFigures, type Figure } from '../model/rate.ts';
import { DAY, HOUR, type Instant, type Interval } from '../model/time.ts';
import { readFlags } from './charge_row.ts';
import type { Connection } from './connection.ts';
import type { Ledger } from './ledger.ts';
import { portion } from './portion.ts';

/** A stretch of time and the finest table that need be read for it. */
interface Slice extends Interval {
  table: 'charge' | 'charge_hour' | 'charge_day';
}

/** What one job cost over one row of a table, cut to the slice. */
export interface Amount extends Interval {
  node: number;
  job: number;
  flags: number;
  micros: number;
}

/** Reads sums from the coarsest table that answers exactly, so that months are as fast as hours. */
export class Rollup {
  readonly #connection: Connection;
  readonly #ledger: Ledger;

  constructor(connection: Connection, ledger: Ledger) {
    this.#connection = connection;
    this.#ledger = ledger;
  }

  totals(interval: Interval): Map<string, Figure> {
    return this.#figures(this.amounts(interval, DAY), 'job');
  }

  /** What nobody held, by node. */
  idleTotals(interval: Interval): Map<string, Figure> {
    return this.#figures(this.amounts(interval, DAY, IDLE), 'node');
  }

  #figures(amounts: readonly Amount[], by: 'job' | 'node'): Map<string, Figure> {
    const figures = new Map<string, Figure>();
    for (const [id, group] of Map.groupBy(amounts, (amount) => amount[by])) {
      const list = group.map(({ flags, micros }): Figure => {
        const { provenance, uncertain } = readFlags(flags);
        return { micros, provenance, uncertain, unpriced: 0 };
      });
      figures.set(this.#connection.textOf(id), addFigures(list));
    }
    return figures;
  }

  /**
   * All amounts of the interval, none spanning a multiple of `coarsest` (a day, an hour, or 0 for
   * charges as they are), except where finer ones are no longer kept.
   */
  amounts(interval: Interval, coarsest: number, jobId?: string): Amount[] {
    if (interval.to <= interval.from) return [];
    const job = jobId === undefined ? null : this.#connection.findId(jobId);
    if (job === undefined) return [];
    return this.#slices(interval, coarsest).flatMap((slice) => this.#read(slice, job));
  }

  #slices({ from, to }: Interval, coarsest: number): Slice[] {
    const { chargesFrom, hoursFrom } = this.#ledger.limits();
    const within = (at: Instant) => Math.min(Math.max(at, from), to);
    const hours = within(hoursFrom);
    const charges = within(chargesFrom);
    return [
      { from, to: hours, table: 'charge_day' as const },
      ...refine({ from: hours, to: charges }, coarsest, HOUR),
      ...refine({ from: charges, to }, coarsest, 0),
    ].filter((slice) => slice.to > slice.from);
  }

  #read({ from, to, table }: Slice, job: number | null): Amount[] {
    if (table === 'charge') {
      return this.#connection
        .all<Amount>(
          `SELECT node, job, flags, micros, from_ms AS "from", to_ms AS "to" FROM charge
           WHERE superseded_by IS NULL AND from_ms > ?1 - ${HOUR} AND from_ms < ?2 AND to_ms > ?1
             AND (?3 IS NULL OR job = ?3)`,
          from,
          to,
          job,
        )
        .map((row) => cutTo(row, from, to));
    }
    const stepMs = table === 'charge_day' ? DAY : HOUR;
    const step = table === 'charge_day' ? 'day' : 'hour';
    return this.#connection
      .all<{ step: number; node: number; job: number; flags: number; micros: number }>(
        `SELECT ${step} AS step, node, job, flags, micros FROM ${table}
         WHERE ${step} >= ?1 AND ${step} < ?2 AND (?3 IS NULL OR job = ?3)`,
        Math.floor(from / stepMs),
        Math.ceil(to / stepMs),
        job,
      )
      .map((row) =>
        cutTo({ ...row, from: row.step * stepMs, to: (row.step + 1) * stepMs }, from, to),
      );
  }
}

function cutTo({ node, job, flags, micros, ...whole }: Amount, from: Instant, to: Instant): Amount {
  return {
    node,
    job,
    flags,
    micros: portion(micros, whole, from, to),
    from: Math.max(whole.from, from),
    to: Math.min(whole.to, to),
  };
}

/** Whole days from the days' table, whole hours from the hours', the rest as fine as is kept. */
function refine({ from, to }: Interval, coarsest: number, finest: number): Slice[] {
  if (to <= from) return [];
  const step = [DAY, HOUR].find(
    (size) => size <= coarsest && size > finest && Math.ceil(from / size) < Math.floor(to / size),
  );
  if (step === undefined) {
    return [{ from, to, table: finest === HOUR ? 'charge_hour' : 'charge' }];
  }
  const begin = Math.ceil(from / step) * step;
  const end = Math.floor(to / step) * step;
  return [
    ...refine({ from, to: begin }, step, finest),
    { from: begin, to: end, table: step === DAY ? 'charge_day' : 'charge_hour' },
    ...refine({ from: end, to }, step, finest),
  ];
}
