import type { Charge } from '../model/charge.ts';
import { HOUR, type Instant, type Interval } from '../model/time.ts';
import { COLUMNS, coveredBy, flagsOf, type Row, readFlags } from './charge_row.ts';
import type { Connection } from './connection.ts';
import { amountsOf } from './portion.ts';

/** The charges that are kept one by one: appended, superseded, never edited. */
export class Charges {
  readonly #connection: Connection;
  readonly #now: () => Instant;

  constructor(connection: Connection, now: () => Instant) {
    this.#connection = connection;
    this.#now = now;
  }

  /** Charges in force that touch the interval, as far back as they are kept one by one. */
  inForce(interval: Interval, filter: { jobId?: string; nodeId?: string }): Charge[] {
    const node = filter.nodeId === undefined ? null : this.#connection.findId(filter.nodeId);
    const job = filter.jobId === undefined ? null : this.#connection.findId(filter.jobId);
    if (node === undefined || job === undefined) return [];
    const rows = this.#connection.all<Row>(
      `SELECT ${COLUMNS} FROM charge
       WHERE superseded_by IS NULL AND from_ms > ?1 - ${HOUR} AND from_ms < ?2 AND to_ms > ?1
         AND (?3 IS NULL OR node = ?3) AND (?4 IS NULL OR job = ?4)
       ORDER BY from_ms, node, job`,
      interval.from,
      interval.to,
      node,
      job,
    );
    return rows.map((row) => this.#charge(row));
  }

  /** The charges in force of one node, cut to the interval. */
  inForceOf(node: number, interval: Interval): Charge[] {
    return this.#rowsOfNode(node, interval).map((row) => {
      const charge = this.#charge(row);
      const from = Math.max(charge.from, interval.from);
      const to = Math.min(charge.to, interval.to);
      return { ...charge, from, to, ...amountsOf(charge, from, to) };
    });
  }

  /** Supersedes what differs from `wanted` within the interval, and appends what is missing. */
  replace(node: number, interval: Interval, wanted: readonly Charge[]): void {
    const inForce = this.#rowsOfNode(node, interval);
    const kept = new Set<number>();
    const missing: Charge[] = [];
    const byJob = Map.groupBy(inForce, (row) => row.job);
    for (const charge of wanted) {
      const job = this.#connection.idOf(charge.jobId);
      const same = coveredBy(byJob.get(job) ?? [], charge, this.#ownerOf(charge));
      if (same) for (const row of same) kept.add(row.id);
      else missing.push(charge);
    }
    const dropped = inForce.filter((row) => !kept.has(row.id));
    const outside = dropped.flatMap((row) => this.#outside(row, interval));
    if (dropped.length > 0) {
      const revision = this.#connection.run(
        'INSERT INTO revision (node, at, from_ms, to_ms) VALUES (?, ?, ?, ?)',
        node,
        this.#now(),
        interval.from,
        interval.to,
      ).lastInsertRowid;
      for (const row of dropped) {
        this.#connection.run(
          'UPDATE charge SET superseded_by = ? WHERE id = ?',
          Number(revision),
          row.id,
        );
      }
    }
    for (const charge of [...outside, ...missing]) this.#append(node, charge);
  }

  /** What a row that straddles an edge of the interval says about the time outside of it. */
  #outside(row: Row, interval: Interval): Charge[] {
    const charge = this.#charge(row);
    const before = { from: charge.from, to: Math.min(charge.to, interval.from) };
    const after = { from: Math.max(charge.from, interval.to), to: charge.to };
    return [before, after]
      .filter(({ from, to }) => to > from)
      .map(({ from, to }) => ({
        ...charge,
        from,
        to,
        ...amountsOf(charge, from, to),
      }));
  }

  #append(node: number, charge: Charge): void {
    this.#connection.run(
      `INSERT INTO charge (node, job, from_ms, to_ms, micros, flags, owner, metered)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      node,
      this.#connection.idOf(charge.jobId),
      charge.from,
      charge.to,
      charge.micros,
      flagsOf(charge),
      this.#ownerOf(charge),
      charge.metered ?? null,
    );
  }

  #rowsOfNode(node: number, interval: Interval): Row[] {
    return this.#connection.all<Row>(
      `SELECT ${COLUMNS} FROM charge
       WHERE node = ?1 AND superseded_by IS NULL
         AND from_ms > ?2 - ${HOUR} AND from_ms < ?3 AND to_ms > ?2
       ORDER BY from_ms`,
      node,
      interval.from,
      interval.to,
    );
  }

  #ownerOf(charge: Charge): number | null {
    return charge.owner === undefined ? null : this.#connection.idOf(charge.owner);
  }

  #charge(row: Row): Charge {
    return {
      jobId: this.#connection.textOf(row.job),
      nodeId: this.#connection.textOf(row.node),
      from: row.from_ms,
      to: row.to_ms,
      micros: row.micros,
      ...(row.owner !== null && { owner: this.#connection.textOf(row.owner) }),
      ...(row.metered !== null && { metered: row.metered }),
      ...readFlags(row.flags),
    };
  }
}
