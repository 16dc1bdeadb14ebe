import type { Charge } from '../model/charge.ts';
import { DAY, HOUR, type Instant, type Interval } from '../model/time.ts';
import {
  asMetered,
  Billed,
  type BilledHour,
  meteredSum,
  shareOut,
  unbilled,
  weakest,
} from './billed.ts';
import { COLUMNS, check, coveredBy, flagsOf, type Row, readFlags } from './charge_row.ts';
import type { Connection } from './connection.ts';
import { amountsOf, cutAtHours } from './portion.ts';
import { RolledUp } from './rolled_up.ts';

/** The charges: appended, superseded, never edited. */
export class Ledger {
  readonly #connection: Connection;
  readonly #now: () => Instant;
  readonly #billed: Billed;
  readonly #rolledUp: RolledUp;

  constructor(connection: Connection, now: () => Instant) {
    this.#connection = connection;
    this.#now = now;
    this.#billed = new Billed(connection);
    this.#rolledUp = new RolledUp(connection);
  }

  /** Where charges begin to be kept one by one, and where hours begin to be kept. */
  limits(): { chargesFrom: Instant; hoursFrom: Instant } {
    const row = this.#connection.get<{ charges_from: number; hours_from: number }>(
      'SELECT charges_from, hours_from FROM retention',
    );
    return { chargesFrom: row?.charges_from ?? 0, hoursFrom: row?.hours_from ?? 0 };
  }

  meteredThrough(nodeId: string): Instant | undefined {
    const node = this.#connection.findId(nodeId);
    if (node === undefined) return undefined;
    const row = this.#connection.get<{ through: number | null }>(
      `SELECT max(to_ms) AS through FROM charge
       WHERE node = ?1 AND superseded_by IS NULL AND from_ms > -${HOUR} + (
         SELECT max(from_ms) FROM charge WHERE node = ?1 AND superseded_by IS NULL)`,
      node,
    );
    return row?.through ?? this.#rolledThrough(node);
  }

  #rolledThrough(node: number): Instant | undefined {
    const { chargesFrom } = this.limits();
    if (chargesFrom === 0) return undefined;
    const last = (table: 'hour' | 'day') =>
      this.#connection.get<{ last: number | null }>(
        `SELECT max(${table}) AS last FROM charge_${table} WHERE node = ?`,
        node,
      )?.last;
    const hour = last('hour');
    if (typeof hour === 'number') return (hour + 1) * HOUR;
    const day = last('day');
    return typeof day === 'number' ? (day + 1) * DAY : undefined;
  }

  /** The latest instant, up to the one given, that cuts no charge in force: a full hour at worst. */
  seam(nodeId: string, at: Instant): Instant {
    const node = this.#connection.findId(nodeId);
    if (node === undefined) return at;
    const row = this.#connection.get<{ start: number | null }>(
      `SELECT min(from_ms) AS start FROM charge
       WHERE node = ? AND superseded_by IS NULL AND from_ms > ? AND from_ms < ? AND to_ms > ?`,
      node,
      at - HOUR,
      at,
      at,
    );
    return typeof row?.start === 'number' ? this.seam(nodeId, row.start) : at;
  }

  write(nodeId: string, interval: Interval, charges: readonly Charge[]): void {
    if (interval.to <= interval.from) {
      if (charges.length > 0) throw new RangeError(`charges of ${nodeId} over no time at all`);
      return;
    }
    const node = this.#connection.idOf(nodeId);
    const { chargesFrom } = this.limits();
    const wanted = charges.flatMap((charge) => {
      check(charge, nodeId, interval);
      return cutAtHours(charge, interval);
    });
    this.#settle(
      node,
      wanted.filter((charge) => charge.from < chargesFrom),
    );
    const from = Math.max(interval.from, chargesFrom);
    if (interval.to > from) {
      const kept = wanted.filter((charge) => charge.from >= chargesFrom);
      const due = this.#billed.apply(node, { from, to: interval.to }, kept, (rest) =>
        this.#inForceOf(node, rest),
      );
      this.#replace(node, due.interval, due.charges);
    }
  }

  /**
   * Has a node's charges of some hours come to what the bill says, shared out as they were metered;
   * `null` where no bill says anything of the hour any more. What is metered anew later keeps to
   * it. Hours of which nothing was metered are left out.
   */
  bill(nodeId: string, hours: readonly (BilledHour | { hour: number; micros: null })[]): void {
    const node = this.#connection.findId(nodeId);
    if (node === undefined) return;
    const { chargesFrom } = this.limits();
    for (const billed of hours) {
      const { hour, micros } = billed;
      const span = { from: hour * HOUR, to: (hour + 1) * HOUR };
      const isRolledUp = span.from < chargesFrom;
      const before = this.#billed.get(node, hour);
      const charges = isRolledUp
        ? asMetered(this.#rolledUp.hour(node, hour), before?.metered)
        : this.#inForceOf(node, span);
      if (charges.length === 0 || (micros === null && !before)) continue;
      const wanted =
        micros === null ? unbilled(before?.was ?? 0, charges) : shareOut(micros, charges);
      if (micros === null) this.#billed.remove(node, hour);
      else {
        this.#billed.save(node, {
          hour,
          micros,
          metered: meteredSum(charges),
          was: before?.was ?? weakest(charges),
          final: billed.final ? 1 : 0,
        });
      }
      if (isRolledUp) this.#rolledUp.rewrite(node, hour, wanted);
      else this.#replace(node, span, wanted);
    }
  }

  /** The charges in force of one node, cut to the interval. */
  #inForceOf(node: number, interval: Interval): Charge[] {
    return this.#rowsOfNode(node, interval).map((row) => {
      const charge = this.#charge(row);
      const from = Math.max(charge.from, interval.from);
      const to = Math.min(charge.to, interval.to);
      return { ...charge, from, to, ...amountsOf(charge, from, to) };
    });
  }

  /** Supersedes what differs from `wanted` within the interval, and appends what is missing. */
  #replace(node: number, interval: Interval, wanted: readonly Charge[]): void {
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

  /**
   * Charges for a time that is only kept by the hour or day: they are added to the days that hold
   * nothing of this node yet. What has been rolled up is final.
   */
  #settle(node: number, charges: readonly Charge[]): void {
    const { hoursFrom } = this.limits();
    for (const [day, group] of Map.groupBy(charges, ({ from }) => Math.floor(from / DAY))) {
      const final = this.#connection.get(
        'SELECT 1 FROM charge_day WHERE day = ? AND node = ?',
        day,
        node,
      );
      if (final) continue;
      for (const charge of group) {
        this.#rolledUp.add('day', day, node, charge);
        if (charge.from >= hoursFrom) {
          this.#rolledUp.add('hour', Math.floor(charge.from / HOUR), node, charge);
        }
      }
    }
  }

  /** Charges in force that touch the interval, as far back as they are kept one by one. */
  inForce(interval: Interval, filter: { jobId?: string; nodeId?: string } = {}): Charge[] {
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

  /** Keeps single charges and hours from these instants on; what is older is in hours and days. */
  compact(chargesFrom: Instant, hoursFrom: Instant): void {
    const before = this.limits();
    this.#connection.run(
      `UPDATE retention SET charges_from = max(charges_from, ?), hours_from = max(hours_from, ?)`,
      chargesFrom,
      hoursFrom,
    );
    const limits = this.limits();
    // Charges are not found by their end: all of them are looked at, where the limit has risen.
    if (limits.chargesFrom === before.chargesFrom && limits.hoursFrom === before.hoursFrom) return;
    this.#connection.run('DELETE FROM charge WHERE to_ms <= ?', limits.chargesFrom);
    this.#connection.run(
      'DELETE FROM revision WHERE to_ms <= ? AND id NOT IN (SELECT superseded_by FROM charge WHERE superseded_by IS NOT NULL)',
      limits.chargesFrom,
    );
    this.#connection.run('DELETE FROM charge_hour WHERE hour < ?', limits.hoursFrom / HOUR);
    this.#billed.compact(limits.hoursFrom);
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
