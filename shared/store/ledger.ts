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
import { check } from './charge_row.ts';
import { Charges } from './charges.ts';
import type { Connection } from './connection.ts';
import { cutAtHours } from './portion.ts';
import { RolledUp } from './rolled_up.ts';

/** The ledger: charges as metered or as billed, one by one while they are young, then by hour and day. */
export class Ledger {
  readonly #connection: Connection;
  readonly #charges: Charges;
  readonly #billed: Billed;
  readonly #rolledUp: RolledUp;

  constructor(connection: Connection, now: () => Instant) {
    this.#connection = connection;
    this.#charges = new Charges(connection, now);
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
        this.#charges.inForceOf(node, rest),
      );
      this.#charges.replace(node, due.interval, due.charges);
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
        : this.#charges.inForceOf(node, span);
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
      else this.#charges.replace(node, span, wanted);
    }
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
    return this.#charges.inForce(interval, filter);
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
}
