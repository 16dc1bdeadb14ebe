import { IDLE } from '../model/charge.ts';
import type { Micros } from '../model/money.ts';
import { addFigures, type Figure } from '../model/rate.ts';
import type { Spread } from '../model/spread.ts';
import { DAY, HOUR, type Instant, type Interval, MINUTE } from '../model/time.ts';
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

/** How far off a node's charges may be. */
interface Doubt {
  /** Parts of one, by cause. */
  shares: Spread;
  /** The cause that is chance, another one each hour: the node itself (see pricing/coverage.ts). */
  chance: string;
  /** What the node costs in a day, over which the part that is chance is reckoned. */
  dayMicros: number;
}

/** A machine's newest rates tell how sure the price was; of spot machines these are some hours. */
const RATES_READ = 50;
/** How sure a price is changes with bills and fleets, and not from minute to minute. */
const DOUBT_FRESH_MS = 10 * MINUTE;

/** Errors grow with the amount; those of chance with its square root, for they cancel out. */
function spreadOver({ shares, chance, dayMicros }: Doubt, micros: number): Spread {
  return Object.fromEntries(
    Object.entries(shares).map(([cause, share]) => [
      cause,
      Math.round(share * (cause === chance ? Math.sqrt(micros * dayMicros) : micros)),
    ]),
  );
}

/** Reads sums from the coarsest table that answers exactly, so that months are as fast as hours. */
export class Rollup {
  readonly #connection: Connection;
  readonly #ledger: Ledger;
  readonly #doubts = new Map<number, { to: Instant; doubt: Doubt }>();

  constructor(connection: Connection, ledger: Ledger) {
    this.#connection = connection;
    this.#ledger = ledger;
  }

  totals(interval: Interval): Map<string, Figure> {
    return this.#figures(this.amounts(interval, DAY), 'job', interval.to);
  }

  /** What nobody held, by node. */
  idleTotals(interval: Interval): Map<string, Figure> {
    return this.#figures(this.amounts(interval, DAY, IDLE), 'node', interval.to);
  }

  /** The nodes on which a job has cost anything on the days (UTC) that touch the interval. */
  nodesOf(jobId: string, { from, to }: Interval): string[] {
    return this.#connection
      .all<{ node: number }>(
        `SELECT DISTINCT node FROM charge_day
         WHERE day >= ?1 AND day < ?2 AND job = (SELECT id FROM name WHERE text = ?3)`,
        Math.floor(from / DAY),
        Math.ceil(to / DAY),
        jobId,
      )
      .map(({ node }) => this.#connection.textOf(node));
  }

  /** How far off an amount may be that was metered of a node until then; undefined where nothing tells. */
  spreadOf(node: number, micros: Micros, until: Instant): Spread | undefined {
    const spread = spreadOver(this.#doubtOf(node, until), Math.abs(micros));
    return Object.keys(spread).length > 0 ? spread : undefined;
  }

  #figures(amounts: readonly Amount[], by: 'job' | 'node', to: Instant): Map<string, Figure> {
    const figures = new Map<string, Figure>();
    const spreadOf = (node: number, micros: number): Spread => {
      const known = this.#doubts.get(node);
      const isFresh = known && known.to <= to && to - known.to < DOUBT_FRESH_MS;
      const doubt = isFresh ? known.doubt : this.#doubtOf(node, to);
      if (!isFresh) this.#doubts.set(node, { to, doubt });
      return spreadOver(doubt, Math.abs(micros));
    };
    for (const [id, group] of Map.groupBy(amounts, (amount) => amount[by])) {
      const list = group.map(({ node, flags, micros }): Figure => {
        const { provenance, uncertain } = readFlags(flags);
        const figure = { micros, provenance, uncertain, unpriced: 0 };
        if (provenance !== 'calibrated') return figure;
        return { ...figure, spread: spreadOf(node, micros) };
      });
      figures.set(this.#connection.textOf(id), addFigures(list));
    }
    return figures;
  }

  /** How far off a node's calibrated charges up to an instant may be: by its rates until then. */
  #doubtOf(node: number, to: Instant): Doubt {
    const rows = this.#connection.all<{ micros_per_hour: number; spread: string; ms: number }>(
      `SELECT micros_per_hour, spread, coalesce(lead(from_ms) OVER (ORDER BY from_ms), ?2) - from_ms AS ms
       FROM rate WHERE node = ?1 AND from_ms < ?2 AND spread IS NOT NULL AND micros_per_hour > 0
       ORDER BY from_ms DESC LIMIT ${RATES_READ}`,
      node,
      to,
    );
    const squares: Record<string, number> = {};
    const total = rows.reduce((sum, { ms }) => sum + ms, 0);
    for (const { micros_per_hour, spread, ms } of rows) {
      for (const [cause, micros] of Object.entries(JSON.parse(spread) as Spread)) {
        squares[cause] = (squares[cause] ?? 0) + (ms / total) * (micros / micros_per_hour) ** 2;
      }
    }
    return {
      shares: Object.fromEntries(
        Object.entries(squares).map(([cause, s]) => [cause, Math.sqrt(s)]),
      ),
      chance: this.#connection.textOf(node),
      dayMicros: 24 * (rows[0]?.micros_per_hour ?? 0),
    };
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
