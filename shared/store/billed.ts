import type { Charge } from '../model/charge.ts';
import { type Micros, split } from '../model/money.ts';
import { HOUR, type Interval } from '../model/time.ts';
import { flagsOf, readFlags } from './charge_row.ts';
import type { Connection } from './connection.ts';

/** What a bill says of one hour of a node. */
export interface BilledHour {
  /** Since the epoch (UTC). */
  hour: number;
  micros: Micros;
  /** It will not change any more. */
  final: boolean;
}

interface BilledRow {
  hour: number;
  micros: number;
  metered: number;
  was: number;
  final: number;
}

/** The amounts by which charges of billed hours go, whatever is metered for them. */
export class Billed {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The billed hours of a node that touch the interval. */
  within(node: number, { from, to }: Interval): BilledRow[] {
    return this.#connection.all<BilledRow>(
      `SELECT hour, micros, metered, was, final FROM billed
       WHERE node = ? AND hour >= ? AND hour < ? ORDER BY hour`,
      node,
      Math.floor(from / HOUR),
      Math.ceil(to / HOUR),
    );
  }

  get(node: number, hour: number): BilledRow | undefined {
    return this.within(node, { from: hour * HOUR, to: (hour + 1) * HOUR })[0];
  }

  save(node: number, row: BilledRow): void {
    this.#connection.run(
      'INSERT OR REPLACE INTO billed VALUES (?, ?, ?, ?, ?, ?)',
      node,
      row.hour,
      row.micros,
      row.metered,
      row.was,
      row.final,
    );
  }

  remove(node: number, hour: number): void {
    this.#connection.run('DELETE FROM billed WHERE node = ? AND hour = ?', node, hour);
  }

  compact(hoursFrom: number): void {
    this.#connection.run('DELETE FROM billed WHERE hour < ?', Math.floor(hoursFrom / HOUR));
  }

  /**
   * Turns what is metered of a node over an interval into what is billed, hour by hour: the hour's
   * amount, shared out by what was metered. Of an hour that the interval covers in part, the rest is
   * taken from what is in force, so that the amount is always that of the bill. Answers the charges
   * to write, and the interval that they are of.
   */
  apply(
    node: number,
    interval: Interval,
    metered: readonly Charge[],
    inForce: (interval: Interval) => readonly Charge[],
  ): { interval: Interval; charges: Charge[] } {
    const rows = this.within(node, interval);
    if (rows.length === 0) return { interval, charges: [...metered] };
    let { from, to } = interval;
    const charges = metered.filter(({ from: at }) => !rows.some(({ hour }) => isIn(at, hour)));
    for (const row of rows) {
      const hour = { from: row.hour * HOUR, to: (row.hour + 1) * HOUR };
      const inside = metered.filter(({ from: at }) => isIn(at, row.hour));
      const rest = [
        { from: hour.from, to: Math.min(hour.to, interval.from) },
        { from: Math.max(hour.from, interval.to), to: hour.to },
      ].filter((part) => part.to > part.from);
      const outside = rest.flatMap(inForce);
      if (outside.length > 0) {
        from = Math.min(from, hour.from);
        to = Math.max(to, hour.to);
      }
      const all = [...inside, ...outside];
      charges.push(...shareOut(row.micros, all));
      const known = meteredSum(all);
      if (all.length > 0 && known !== row.metered) this.save(node, { ...row, metered: known });
    }
    return { interval: { from, to }, charges: charges.sort((a, b) => a.from - b.from) };
  }
}

/** The charges with the amount shared out among them, by what was metered or else by their length. */
export function shareOut(micros: Micros, unsorted: readonly Charge[]): Charge[] {
  // In one order, so that what is left after the division goes to the same ones each time.
  const charges = unsorted.toSorted(
    (a, b) => a.from - b.from || (a.jobId < b.jobId ? -1 : a.jobId > b.jobId ? 1 : 0),
  );
  const weights = charges.map((charge) => Math.max(0, charge.metered ?? charge.micros));
  const known = weights.some((weight) => weight > 0);
  const parts = split(Math.abs(micros), known ? weights : charges.map(({ from, to }) => to - from));
  return charges.map((charge, index) => ({
    ...charge,
    micros: micros < 0 ? 0 - (parts[index] ?? 0) : (parts[index] ?? 0),
    metered: charge.metered ?? charge.micros,
    provenance: 'billed',
    uncertain: false,
  }));
}

/** The charges as they were before a bill that is no more, resting on what they did (flags). */
export function unbilled(was: number, charges: readonly Charge[]): Charge[] {
  const { provenance, uncertain } = readFlags(was);
  return charges.map(({ metered, ...charge }) => ({
    ...charge,
    micros: metered ?? charge.micros,
    provenance,
    uncertain,
  }));
}

/** Sums of an hour that is billed already, of which what was metered is known as a whole only. */
export function asMetered(charges: readonly Charge[], metered: Micros | undefined): Charge[] {
  if (metered === undefined) return [...charges];
  const weights = charges.map(({ micros }) => Math.abs(micros));
  const known = weights.some((weight) => weight > 0);
  const parts = split(metered, known ? weights : weights.map(() => 1));
  return charges.map((charge, index) => ({ ...charge, metered: parts[index] ?? 0 }));
}

export function meteredSum(charges: readonly Charge[]): Micros {
  return charges.reduce((sum, { metered, micros }) => sum + (metered ?? micros), 0);
}

/** What metered charges rest on: the weakest of it. */
export function weakest(charges: readonly Charge[]): number {
  return Math.max(0, ...charges.map((charge) => flagsOf({ ...charge, kind: 'metered' })));
}

function isIn(at: number, hour: number): boolean {
  return Math.floor(at / HOUR) === hour;
}
