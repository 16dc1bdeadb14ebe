import { Alert } from '../model/alert.ts';
import { JobBudget } from '../model/job_budget.ts';
import type { Micros } from '../model/money.ts';
import { Stop } from '../model/stop.ts';
import { type Instant, type Interval, MINUTE } from '../model/time.ts';
import type { Connection } from './connection.ts';

/** What Burnrate itself said and did: alerts, stops, and what its own calls cost. */
export class Records {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  saveAlerts(alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      this.#connection.run(
        'INSERT OR REPLACE INTO alert (id, resolved_at, alert) VALUES (?, ?, ?)',
        alert.id,
        alert.state === 'resolved' ? (alert.resolvedAt ?? alert.since) : null,
        JSON.stringify(alert),
      );
    }
  }

  alerts(since: Instant): Alert[] {
    return this.#connection
      .all<{ alert: string }>(
        'SELECT alert FROM alert WHERE resolved_at IS NULL OR resolved_at >= ? ORDER BY id',
        since,
      )
      .map((row) => Alert.parse(JSON.parse(row.alert)));
  }

  alertsOf(subject: string): Alert[] {
    return this.#connection
      .all<{ alert: string }>(
        "SELECT alert FROM alert WHERE json_extract(alert, '$.subject') = ? ORDER BY id",
        subject,
      )
      .map((row) => Alert.parse(JSON.parse(row.alert)));
  }

  saveJobBudget(budget: JobBudget): void {
    this.#connection.run(
      'INSERT OR REPLACE INTO job_budget (id, set_at, budget) VALUES (?, ?, ?)',
      budget.id,
      budget.setAt,
      JSON.stringify(budget),
    );
  }

  removeJobBudget(id: string): void {
    this.#connection.run('DELETE FROM job_budget WHERE id = ?', id);
  }

  jobBudgets(since: Instant): JobBudget[] {
    return this.#connection
      .all<{ budget: string }>(
        'SELECT budget FROM job_budget WHERE set_at >= ? ORDER BY set_at, id',
        since,
      )
      .map((row) => JobBudget.parse(JSON.parse(row.budget)));
  }

  noteBudgetChange(budget: JobBudget): void {
    this.#connection.run(
      'INSERT OR REPLACE INTO job_budget_change VALUES (?, ?, ?)',
      budget.setAt,
      budget.id,
      JSON.stringify(budget),
    );
  }

  budgetChanges(): JobBudget[] {
    return this.#connection
      .all<{ budget: string }>('SELECT budget FROM job_budget_change ORDER BY set_at, id')
      .map((row) => JobBudget.parse(JSON.parse(row.budget)));
  }

  saveStop(stop: Stop): void {
    this.#connection.run(
      'INSERT OR REPLACE INTO stop (id, requested_at, stop) VALUES (?, ?, ?)',
      stop.id,
      stop.requestedAt,
      JSON.stringify(stop),
    );
  }

  stops(since: Instant): Stop[] {
    return this.#connection
      .all<{ stop: string }>(
        'SELECT stop FROM stop WHERE requested_at >= ? ORDER BY requested_at, id',
        since,
      )
      .map((row) => Stop.parse(JSON.parse(row.stop)));
  }

  stopsOf(jobId: string): Stop[] {
    return this.#connection
      .all<{ stop: string }>(
        "SELECT stop FROM stop WHERE json_extract(stop, '$.jobId') = ? ORDER BY requested_at, id",
        jobId,
      )
      .map((row) => Stop.parse(JSON.parse(row.stop)));
  }

  addApiCost(account: string, at: Instant, micros: Micros): void {
    this.#connection.run(
      `INSERT INTO api_cost VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET micros = micros + excluded.micros`,
      account,
      Math.floor(at / MINUTE),
      micros,
    );
  }

  apiCost(account: string, interval: Interval): Micros {
    const row = this.#connection.get<{ micros: number }>(
      `SELECT coalesce(sum(micros), 0) AS micros FROM api_cost
       WHERE account = ? AND minute >= ? AND minute < ?`,
      account,
      Math.floor(interval.from / MINUTE),
      Math.ceil(interval.to / MINUTE),
    );
    return row?.micros ?? 0;
  }
}
