import { IDLE } from '../model/charge.ts';
import { addFigures, type Figure } from '../model/rate.ts';
import { type Spread, scaleSpread } from '../model/spread.ts';
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
    const spreads = new Map<number, Spread>();
    const spreadOf = (node: number): Spread => {
      const known = spreads.get(node) ?? this.#relativeSpread(node);
      spreads.set(node, known);
      return known;
    };
    for (const [id, group] of Map.groupBy(amounts, (amount) => amount[by])) {
      const list = group.map(({ node, flags, micros }): Figure => {
        const { provenance, uncertain } = readFlags(flags);
        const figure = { micros, provenance, uncertain, unpriced: 0 };
        if (provenance !== 'calibrated') return figure;
        return { ...figure, spread: scaleSpread(spreadOf(node), Math.abs(micros)) };
      });
      figures.set(this.#connection.textOf(id), addFigures(list));
    }
    return figures;
  }

  /** How far off a node's calibrated charges may be, by its newest such rate: parts of one. */
  #relativeSpread(node: number): Spread {
    const row = this.#connection.get<{ micros_per_hour: number; spread: string }>(
      `SELECT micros_per_hour, spread FROM rate
       WHERE node = ? AND spread IS NOT NULL AND micros_per_hour > 0
       ORDER BY from_ms DESC LIMIT 1`,
      node,
    );
    const perHour = Object.entries(row ? (JSON.parse(row.spread) as Spread) : {});
    return Object.fromEntries(
      perHour.map(([cause, micros]) => [cause, micros / (row?.micros_per_hour ?? 1)]),
    );
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
