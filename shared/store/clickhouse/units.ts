import { Alert } from '../../model/alert.ts';
import type { Charge } from '../../model/charge.ts';
import { Job } from '../../model/job.ts';
import { Node } from '../../model/node.ts';
import { Counter } from '../../model/progress.ts';
import { DAY, HOUR, type Instant, MINUTE, SECOND } from '../../model/time.ts';
import { WASTE_CAUSES } from '../../model/waste.ts';
import { asMetered, Billed } from '../billed.ts';
import { flagsOf, type Row, readFlags } from '../charge_row.ts';
import type { Connection } from '../connection.ts';
import { RolledUp } from '../rolled_up.ts';
import { alertRow, jobRow, nodeRow } from './fact_rows.ts';
import type { BillDayRow, JobHourRow, NodeHourRow, Rows, SavingRow, TableName } from './tables.ts';

/** A row of the outbox: something that has changed (see outbox_schema.ts). */
export interface Change {
  seq: number;
  kind: string;
  /** The number of a name (see `Connection.textOf`), or an id. */
  subject: number | string;
  step: number;
}

export type TableRow = { [Name in TableName]: { table: Name; row: Rows[Name] } }[TableName];

type Kept = Omit<Row, 'id' | 'node'>;

/** The state of what has changed, as the team store keeps it. */
export class Units {
  readonly #connection: Connection;
  readonly #rolledUp: RolledUp;
  readonly #billed: Billed;
  readonly #collector: string;

  constructor(connection: Connection, collector: string) {
    this.#connection = connection;
    this.#rolledUp = new RolledUp(connection);
    this.#billed = new Billed(connection);
    this.#collector = collector;
  }

  /** None where nothing of it is left to tell: a job or an alert that retention has let go. */
  rowsOf(change: Change): TableRow[] {
    const { seq, subject, step } = change;
    const of = { collector: this.#collector, version: seq };
    const name = () => this.#connection.textOf(Number(subject));
    switch (change.kind) {
      case 'hour':
        return [
          {
            table: 'node_hour',
            row: { ...this.#hour(Number(subject), step), node: name(), ...of },
          },
        ];
      case 'day':
        return this.#day(Number(subject), step).map((row) => ({
          table: 'node_hour',
          row: { ...row, node: name(), ...of },
        }));
      case 'work':
        return [
          { table: 'job_hour', row: { ...this.#work(Number(subject), step), job: name(), ...of } },
        ];
      case 'node':
        return this.#facts('node', Number(subject)).map((facts) => ({
          table: 'node',
          row: { ...nodeRow(Node.parse(JSON.parse(facts))), ...of },
        }));
      case 'job':
        return this.#facts('job', Number(subject)).map((facts) => ({
          table: 'job',
          row: { ...jobRow(Job.parse(JSON.parse(facts))), ...of },
        }));
      case 'alert':
        return this.#alert(String(subject)).map((row) => ({
          table: 'alert',
          row: { ...row, ...of },
        }));
      case 'saving':
        return this.#saving(String(subject), step).map((row) => ({
          table: 'saving',
          row: { ...row, ...of },
        }));
      case 'bill':
        return [{ table: 'bill_day', row: { ...this.#bill(step), ...of } }];
      default:
        throw new Error(`the outbox knows nothing of the kind ${change.kind}`);
    }
  }

  #hour(node: number, hour: number): NodeHour {
    const at = hour * HOUR;
    const limit = this.#connection.get<{ charges_from: number }>(
      'SELECT charges_from FROM retention',
    );
    if (at < (limit?.charges_from ?? 0)) {
      const charges = this.#rolledUp.hour(node, hour);
      return listed(at, asMetered(charges, this.#billed.get(node, hour)?.metered));
    }
    const rows = this.#connection.all<Kept>(
      `SELECT job, from_ms, to_ms, micros, flags, owner, metered FROM charge
       WHERE node = ? AND superseded_by IS NULL AND from_ms >= ? AND from_ms < ?
       ORDER BY from_ms, job`,
      node,
      at,
      at + HOUR,
    );
    return listed(
      at,
      rows.map((row) => this.#charge(row)),
    );
  }

  #charge(row: Kept): ListedCharge {
    return {
      jobId: this.#connection.textOf(row.job),
      from: row.from_ms,
      to: row.to_ms,
      micros: row.micros,
      ...(row.metered !== null && { metered: row.metered }),
      ...(row.owner !== null && { owner: this.#connection.textOf(row.owner) }),
      ...readFlags(row.flags),
    };
  }

  /** The day's first hour holds all of it; what was once told of the others is taken back. */
  #day(node: number, day: number): NodeHour[] {
    const span = { from: day * DAY, to: (day + 1) * DAY };
    const charges = this.#connection
      .all<{ job: number; flags: number; micros: number }>(
        'SELECT job, flags, micros FROM charge_day WHERE day = ? AND node = ? ORDER BY job, flags',
        day,
        node,
      )
      .map(({ job, flags, micros }) => ({
        jobId: this.#connection.textOf(job),
        ...span,
        micros,
        ...readFlags(flags),
      }));
    return Array.from({ length: 24 }, (_, index) =>
      listed(span.from + index * HOUR, index === 0 ? charges : []),
    );
  }

  #work(job: number, hour: number): Omit<JobHourRow, Who | 'job'> {
    const row = {
      hour: (hour * HOUR) / SECOND,
      ...{ steps: 0, steps_micros: 0, tokens: 0, tokens_micros: 0, samples: 0, samples_micros: 0 },
      ...{ idle: 0, stalled: 0, waiting: 0, activity: 0, readings: 0 },
    };
    const counted = this.#connection.all<{ counter: number; amount: number; micros: number }>(
      `SELECT counter, sum(amount) AS amount, sum(micros) AS micros FROM progress
       WHERE job = ? AND at >= ? AND at < ? AND width_ms IN (${MINUTE}, ${HOUR}) GROUP BY counter`,
      job,
      hour * HOUR,
      (hour + 1) * HOUR,
    );
    for (const { counter, amount, micros } of counted) {
      const name = Counter.options[counter];
      if (name) Object.assign(row, { [name]: amount, [`${name}_micros`]: micros });
    }
    const wasted = this.#connection.all<{ cause: number; micros: number }>(
      'SELECT cause, micros FROM waste WHERE hour = ? AND job = ?',
      hour,
      job,
    );
    for (const { cause, micros } of wasted) {
      const name = WASTE_CAUSES[cause];
      if (name) row[name] = micros;
    }
    const busy = this.#connection.get<{ total: number; readings: number }>(
      'SELECT total, readings FROM activity_hour WHERE hour = ? AND job = ?',
      hour,
      job,
    );
    return { ...row, activity: busy?.total ?? 0, readings: busy?.readings ?? 0 };
  }

  #facts(table: 'node' | 'job', name: number): string[] {
    return this.#connection
      .all<{ facts: string }>(`SELECT facts FROM ${table} WHERE name = ?`, name)
      .map(({ facts }) => facts);
  }

  #alert(id: string): ReturnType<typeof alertRow>[] {
    return this.#connection
      .all<{ alert: string }>('SELECT alert FROM alert WHERE id = ?', id)
      .map(({ alert }) => alertRow(Alert.parse(JSON.parse(alert))));
  }

  #saving(stop: string, hour: number): Omit<SavingRow, Who>[] {
    return this.#connection
      .all<{ day: number; job: number; micros: number }>(
        'SELECT day, job, micros FROM saving WHERE stop = ? AND day >= ? AND day < ?',
        stop,
        hour * HOUR,
        (hour + 1) * HOUR,
      )
      .map(({ day, job, micros }) => ({ stop, day, job: this.#connection.textOf(job), micros }));
  }

  #bill(day: number): Omit<BillDayRow, Who> {
    const lines = this.#connection.all<
      Record<'provider' | 'account' | 'kind' | 'service' | 'currency', string> & {
        micros: number;
        lines: number;
      }
    >(
      'SELECT provider, account, kind, service, currency, micros, lines FROM unmetered WHERE day = ?',
      day,
    );
    return {
      day: (day * DAY) / SECOND,
      provider: lines.map(({ provider }) => provider),
      account: lines.map(({ account }) => account),
      kind: lines.map(({ kind }) => kind),
      service: lines.map(({ service }) => service),
      currency: lines.map(({ currency }) => currency),
      micros: lines.map(({ micros }) => micros),
      lines: lines.map((line) => line.lines),
    };
  }
}

type Who = 'collector' | 'version';
type NodeHour = Omit<NodeHourRow, Who | 'node'>;
type ListedCharge = Omit<Charge, 'nodeId'>;

function listed(hour: Instant, charges: readonly ListedCharge[]): NodeHour {
  const sums = [...Map.groupBy(charges, (charge) => `${flagsOf(charge)} ${charge.jobId}`).values()];
  return {
    hour: hour / SECOND,
    job: charges.map(({ jobId }) => jobId),
    owner: charges.map(({ owner }) => owner ?? ''),
    start: charges.map(({ from }) => from - hour),
    end: charges.map(({ to }) => to - hour),
    micros: charges.map(({ micros }) => micros),
    metered: charges.map(({ micros, metered }) => metered ?? micros),
    flags: charges.map(flagsOf),
    sum_job: sums.map(([first]) => first?.jobId ?? ''),
    sum_flags: sums.map(([first]) => (first ? flagsOf(first) : 0)),
    sum_start: sums.map((own) => Math.min(...own.map(({ from }) => from)) - hour),
    sum_end: sums.map((own) => Math.max(...own.map(({ to }) => to)) - hour),
    sum_micros: sums.map((own) => own.reduce((sum, { micros }) => sum + micros, 0)),
  };
}
