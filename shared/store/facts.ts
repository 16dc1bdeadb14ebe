import type { Run } from '../metering/uptime.ts';
import { Job } from '../model/job.ts';
import { Node } from '../model/node.ts';
import type { Quote } from '../model/rate.ts';
import { Provenance } from '../model/rate.ts';
import { halfWidth, type Spread } from '../model/spread.ts';
import type { Instant, Interval } from '../model/time.ts';
import type { Connection } from './connection.ts';
import type { RateChange } from './store.ts';

interface RateRow {
  from_ms: number;
  micros_per_hour: number;
  provenance: string;
  basis: string;
  as_of: number;
  list: number | null;
  spread: string | null;
}

/** What sources reported: nodes, jobs, prices, as last seen. */
export class Facts {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  saveNodes(nodes: readonly Node[], at: Instant): void {
    for (const node of nodes) {
      const endedAt = node.state === 'ended' ? (node.endedAt ?? at) : null;
      this.#save('node', node.id, at, endedAt, node);
    }
  }

  saveJobs(jobs: readonly Job[], at: Instant): void {
    for (const job of jobs) {
      const endedAt = job.state === 'ended' ? (job.endedAt ?? at) : null;
      this.#save('job', job.id, at, endedAt, job);
    }
  }

  #save(
    table: 'node' | 'job',
    id: string,
    at: Instant,
    endedAt: Instant | null,
    facts: Node | Job,
  ): void {
    this.#connection.run(
      `INSERT INTO ${table} (name, seen_at, ended_at, facts) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET seen_at = excluded.seen_at,
         ended_at = CASE WHEN excluded.ended_at IS NULL THEN NULL
                         ELSE min(coalesce(ended_at, excluded.ended_at), excluded.ended_at) END,
         facts = excluded.facts`,
      this.#connection.idOf(id),
      at,
      endedAt,
      JSON.stringify(facts),
    );
  }

  nodes(since: Instant): { node: Node; seenAt: Instant }[] {
    return this.#current('node', since).map((row) => ({
      node: Node.parse(JSON.parse(row.facts)),
      seenAt: row.seen_at,
    }));
  }

  jobs(since: Instant): { job: Job; seenAt: Instant }[] {
    return this.#current('job', since).map((row) => ({
      job: Job.parse(JSON.parse(row.facts)),
      seenAt: row.seen_at,
    }));
  }

  /** As last seen, however long ago it ended. */
  job(jobId: string): Job | undefined {
    const facts = this.#factsOf('job', jobId);
    return facts === undefined ? undefined : Job.parse(JSON.parse(facts));
  }

  node(nodeId: string): Node | undefined {
    const facts = this.#factsOf('node', nodeId);
    return facts === undefined ? undefined : Node.parse(JSON.parse(facts));
  }

  #factsOf(table: 'node' | 'job', id: string): string | undefined {
    return this.#connection.get<{ facts: string }>(
      `SELECT facts FROM ${table} WHERE name = (SELECT id FROM name WHERE text = ?)`,
      id,
    )?.facts;
  }

  jobName(jobId: string): string | undefined {
    return this.#connection.get<{ name: string }>(
      `SELECT json_extract(facts, '$.name') AS name FROM job
       WHERE name = (SELECT id FROM name WHERE text = ?)`,
      jobId,
    )?.name;
  }

  /**
   * The numbers (see `Connection.textOf`) of jobs or nodes that belong to others, of those not
   * ended before `since`.
   */
  foreign(table: 'node' | 'job', since: Instant): Set<number> {
    const rows = this.#connection.all<{ name: number }>(
      `SELECT name FROM ${table}
       WHERE json_extract(facts, '$.mine') = 0 AND (ended_at IS NULL OR ended_at >= ?)`,
      since,
    );
    return new Set(rows.map(({ name }) => name));
  }

  #current(table: 'node' | 'job', since: Instant): { facts: string; seen_at: number }[] {
    return this.#connection.all(
      `SELECT facts, seen_at FROM ${table} WHERE ended_at IS NULL OR ended_at >= ? ORDER BY name`,
      since,
    );
  }

  /** Keeps the evidence of when a node ran; it must have been saved itself. */
  saveUptime(nodeId: string, uptime: readonly Run[]): void {
    const { changes } = this.#connection.run(
      'UPDATE node SET uptime = ? WHERE name = ?',
      JSON.stringify(uptime),
      this.#connection.idOf(nodeId),
    );
    if (changes === 0) throw new Error(`${nodeId} has not been saved`);
  }

  uptime(nodeId: string): Run[] | undefined {
    const row = this.#connection.get<{ uptime: string | null }>(
      'SELECT uptime FROM node WHERE name = (SELECT id FROM name WHERE text = ?)',
      nodeId,
    );
    return row?.uptime ? (JSON.parse(row.uptime) as Run[]) : undefined;
  }

  saveRate({ nodeId, from, rate }: RateChange): void {
    const node = this.#connection.idOf(nodeId);
    const inForce = this.#connection.get<RateRow>(
      'SELECT * FROM rate WHERE node = ? AND from_ms <= ? ORDER BY from_ms DESC LIMIT 1',
      node,
      from,
    );
    const same =
      inForce?.micros_per_hour === rate.microsPerHour && inForce.provenance === rate.provenance;
    if (same && !isNarrower(rate.spread, inForce.spread)) return;
    this.#connection.run(
      'INSERT OR REPLACE INTO rate VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      node,
      from,
      rate.microsPerHour,
      rate.provenance,
      rate.basis,
      rate.asOf,
      rate.list ?? null,
      rate.spread ? JSON.stringify(rate.spread) : null,
    );
  }

  rates(nodeId: string, interval: Interval): RateChange[] {
    const node = this.#connection.findId(nodeId);
    if (node === undefined) return [];
    const rows = this.#connection.all<RateRow>(
      `SELECT * FROM rate WHERE node = ?1 AND from_ms < max(?3, coalesce(
           (SELECT min(from_ms) + 1 FROM rate WHERE node = ?1), 0))
         AND from_ms >= coalesce(
           (SELECT max(from_ms) FROM rate WHERE node = ?1 AND from_ms <= ?2), 0)
       ORDER BY from_ms`,
      node,
      interval.from,
      interval.to,
    );
    return rows.map((row) => ({
      nodeId,
      from: row.from_ms,
      rate: {
        microsPerHour: row.micros_per_hour,
        provenance: Provenance.parse(row.provenance),
        basis: row.basis,
        asOf: row.as_of,
        ...(row.list !== null && { list: row.list }),
        ...(row.spread !== null && { spread: JSON.parse(row.spread) as Spread }),
      },
    }));
  }

  saveQuotes(quotes: readonly Quote[]): void {
    for (const quote of quotes) {
      this.#connection.run(
        'INSERT OR REPLACE INTO quote VALUES (?, ?, ?, ?)',
        JSON.stringify(quote.key),
        quote.nodeId ?? '',
        quote.rate.provenance,
        JSON.stringify(quote),
      );
    }
  }

  quotes(): Quote[] {
    return this.#connection
      .all<{ quote: string }>('SELECT quote FROM quote')
      .map((row) => JSON.parse(row.quote) as Quote);
  }
}

/** Bills that have come since say the same price with more certainty. */
function isNarrower(spread: Spread | undefined, before: string | null): boolean {
  if (!spread || before === null) return false;
  return halfWidth(spread) < 0.8 * halfWidth(JSON.parse(before) as Spread);
}
