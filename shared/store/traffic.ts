import type { Checkpoint } from '../economics/checkpoints.ts';
import type { SeriesState } from '../metering/traffic.ts';
import type { Micros } from '../model/money.ts';
import { DAY, HOUR, type Instant, type Interval } from '../model/time.ts';
import { FLOWS, type Moved } from '../model/traffic.ts';
import type { Connection } from './connection.ts';

/** What a job (or `idle`) moved on a node within one hour, and the price of it to the internet. */
export interface TrafficPart {
  hour: number;
  nodeId: string;
  jobId: string;
  moved: Moved;
  /** Undefined where nobody knows the price of bytes that leave this machine. */
  listMicros: Micros | undefined;
}

/** What bills say of an account's data transfer on a day, by the machine that they name. */
export interface Transfer {
  account: string;
  nodeId?: string;
  micros: Micros;
  lines: number;
  /** All of the account's that went to the internet, with what names no machine; absent where unknown. */
  internetBytes?: number;
}

interface Row {
  sent: number | null;
  received: number | null;
  read: number | null;
  written: number | null;
}

const SUMS =
  'sum(sent) AS sent, sum(received) AS received, sum(read) AS read, sum(written) AS written';
/** A sum of what was partly not measured is of what was. */
const added = (column: string) =>
  `${column} = CASE WHEN excluded.${column} IS NULL THEN ${column}
     ELSE coalesce(${column}, 0) + excluded.${column} END`;
const ADD = ['sent', 'received', 'read', 'written', 'list'].map(added).join(', ');

/** What machines sent and wrote, by the hour; later by the day. */
export class TrafficRecords {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  add(parts: readonly TrafficPart[]): void {
    for (const { hour, nodeId, jobId, moved, listMicros } of parts) {
      this.#connection.run(
        `INSERT INTO traffic VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET ${ADD}`,
        hour,
        this.#connection.idOf(nodeId),
        this.#connection.idOf(jobId),
        ...FLOWS.map((flow) => moved[flow] ?? null),
        listMicros ?? null,
      );
    }
  }

  /** Sums by job and node over the hours that begin in the interval. */
  sums({ from, to }: Interval, jobId?: string): Omit<TrafficPart, 'hour'>[] {
    const job = jobId === undefined ? null : this.#connection.findId(jobId);
    if (job === undefined) return [];
    return this.#connection
      .all<Row & { job: number; node: number; list: number | null }>(
        `SELECT job, node, ${SUMS}, sum(list) AS list FROM traffic
         WHERE hour >= ?1 AND hour < ?2 AND (?3 IS NULL OR job = ?3) GROUP BY job, node`,
        Math.ceil(from / HOUR),
        Math.ceil(to / HOUR),
        job,
      )
      .map((row) => ({
        jobId: this.#connection.textOf(row.job),
        nodeId: this.#connection.textOf(row.node),
        moved: movedOf(row),
        listMicros: row.list ?? undefined,
      }));
  }

  /** What would have been paid to the internet, by day and node; of days since the epoch. */
  listByDay(sinceDay: number): { day: number; nodeId: string; listMicros: Micros }[] {
    return this.sentByDay(sinceDay).flatMap(({ day, nodeId, listMicros }) =>
      listMicros === undefined ? [] : { day, nodeId, listMicros },
    );
  }

  /** What was sent, and would have been paid to the internet, by day and node. */
  sentByDay(
    sinceDay: number,
  ): { day: number; nodeId: string; sent: number; listMicros: Micros | undefined }[] {
    return this.#connection
      .all<{ day: number; node: number; sent: number | null; list: number | null }>(
        `SELECT hour / 24 AS day, node, sum(sent) AS sent, sum(list) AS list FROM traffic
         WHERE hour >= ? GROUP BY hour / 24, node`,
        sinceDay * 24,
      )
      .map(({ day, node, sent, list }) => ({
        day,
        nodeId: this.#connection.textOf(node),
        sent: sent ?? 0,
        listMicros: list ?? undefined,
      }));
  }

  saveSeries(states: readonly SeriesState[]): void {
    for (const { nodeId, account, device, at, counts, values } of states) {
      this.#connection.run(
        'INSERT OR REPLACE INTO traffic_series VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        this.#connection.idOf(nodeId),
        account,
        device,
        at,
        counts ? 1 : 0,
        ...FLOWS.map((flow) => values[flow] ?? null),
      );
    }
  }

  series(since: Instant): SeriesState[] {
    return this.#connection
      .all<Row & { node: number; account: string; device: string; at: number; counts: number }>(
        'SELECT * FROM traffic_series WHERE at >= ?',
        since,
      )
      .map(({ node, account, device, at, counts, ...row }) => ({
        nodeId: this.#connection.textOf(node),
        account,
        device,
        at,
        counts: counts === 1,
        values: movedOf(row),
      }));
  }

  saveCheckpoints(checkpoints: readonly Checkpoint[]): void {
    for (const { jobId, at, by, ms, bytes, listMicros } of checkpoints) {
      this.#connection.run(
        'INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?, ?, ?)',
        this.#connection.idOf(jobId),
        at,
        by === 'sent' ? 0 : 1,
        ms,
        bytes,
        listMicros ?? null,
      );
    }
  }

  /** Oldest first. */
  checkpoints(since: Instant): Checkpoint[] {
    return this.#connection
      .all<{
        job: number;
        at: number;
        flow: number;
        ms: number;
        bytes: number;
        list: number | null;
      }>('SELECT * FROM checkpoint WHERE at >= ? ORDER BY at', since)
      .map(({ job, flow, list, ...rest }) => ({
        ...rest,
        jobId: this.#connection.textOf(job),
        by: flow === 0 ? ('sent' as const) : ('written' as const),
        ...(list !== null && { listMicros: list }),
      }));
  }

  /** Puts what bills say of a day in the place of what they said before. */
  saveTransfers(day: number, transfers: readonly Transfer[]): void {
    this.#connection.run('DELETE FROM transfer WHERE day = ?', day);
    for (const { account, nodeId, micros, lines, internetBytes } of transfers) {
      const node = nodeId === undefined ? 0 : this.#connection.idOf(nodeId);
      this.#connection.run(
        'INSERT INTO transfer VALUES (?, ?, ?, ?, ?, ?)',
        day,
        account,
        node,
        micros,
        lines,
        internetBytes === undefined ? null : Math.round(internetBytes),
      );
    }
  }

  /** Of days since one (since the epoch), by day. */
  transfers(sinceDay: number): (Transfer & { day: number })[] {
    return this.#connection
      .all<{
        day: number;
        account: string;
        node: number;
        micros: number;
        lines: number;
        internet: number | null;
      }>('SELECT * FROM transfer WHERE day >= ? ORDER BY day, account, node', sinceDay)
      .map(({ node, internet, ...rest }) => ({
        ...rest,
        ...(node !== 0 && { nodeId: this.#connection.textOf(node) }),
        ...(internet !== null && { internetBytes: internet }),
      }));
  }

  compact(now: Instant, hoursFrom: Instant): void {
    const before = Math.floor(hoursFrom / HOUR);
    this.#connection.run(
      `INSERT INTO traffic SELECT hour / 24 * 24 AS day, node, job, ${SUMS}, sum(list)
       FROM traffic WHERE hour < ?1 AND hour % 24 <> 0 GROUP BY hour / 24, node, job
       ON CONFLICT DO UPDATE SET ${ADD}`,
      before,
    );
    this.#connection.run('DELETE FROM traffic WHERE hour < ? AND hour % 24 <> 0', before);
    this.#connection.run('DELETE FROM traffic_series WHERE at < ?', now - DAY);
    this.#connection.run('DELETE FROM checkpoint WHERE at < ?', hoursFrom);
  }
}

function movedOf(row: Row): Moved {
  const moved: Moved = {};
  for (const flow of FLOWS) {
    const bytes = row[flow];
    if (bytes !== null) moved[flow] = bytes;
  }
  return moved;
}
