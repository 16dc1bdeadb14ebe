import type { Charge } from '../model/charge.ts';
import { HOUR } from '../model/time.ts';
import { flagsOf, readFlags } from './charge_row.ts';
import type { Connection } from './connection.ts';

/** The sums by hour and day, of times of which charges are no longer kept one by one. */
export class RolledUp {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** What the rollups hold of an hour whose charges are no longer kept one by one. */
  hour(node: number, hour: number): Charge[] {
    const rows = this.#connection.all<{ job: number; flags: number; micros: number }>(
      'SELECT job, flags, micros FROM charge_hour WHERE hour = ? AND node = ? ORDER BY job, flags',
      hour,
      node,
    );
    const span = { from: hour * HOUR, to: (hour + 1) * HOUR };
    const nodeId = this.#connection.textOf(node);
    return rows.map(({ job, flags, micros }) => ({
      jobId: this.#connection.textOf(job),
      nodeId,
      ...span,
      micros,
      ...readFlags(flags),
    }));
  }

  rewrite(node: number, hour: number, charges: readonly Charge[]): void {
    const day = Math.floor(hour / 24);
    this.#connection.run(
      `UPDATE charge_day SET
         micros = micros - (SELECT micros FROM charge_hour AS gone WHERE hour = ?1
           AND gone.node = charge_day.node AND gone.job = charge_day.job
           AND gone.flags = charge_day.flags),
         parts = parts - 1
       WHERE day = ?2 AND node = ?3 AND EXISTS (SELECT 1 FROM charge_hour AS gone WHERE hour = ?1
         AND gone.node = charge_day.node AND gone.job = charge_day.job
         AND gone.flags = charge_day.flags)`,
      hour,
      day,
      node,
    );
    this.#connection.run('DELETE FROM charge_hour WHERE hour = ? AND node = ?', hour, node);
    for (const charge of charges) {
      this.add('hour', hour, node, charge);
      this.add('day', day, node, charge);
    }
    this.#connection.run(
      'DELETE FROM charge_day WHERE day = ? AND node = ? AND micros = 0 AND parts <= 0',
      day,
      node,
    );
  }

  /** Adds a charge to what is kept of its hour or day. */
  add(table: 'hour' | 'day', step: number, node: number, charge: Charge): void {
    this.#connection.run(
      `INSERT INTO charge_${table} VALUES (?, ?, ?, ?, ?, 1)
       ON CONFLICT DO UPDATE SET micros = micros + excluded.micros, parts = parts + 1`,
      step,
      node,
      this.#connection.idOf(charge.jobId),
      flagsOf(charge),
      charge.micros,
    );
  }
}
