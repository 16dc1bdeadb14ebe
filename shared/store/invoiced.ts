import type { Micros } from '../model/money.ts';
import type { Node } from '../model/node.ts';
import { DAY, HOUR, type Instant, type Interval } from '../model/time.ts';
import type { Sum } from './bills/reads.ts';
import type { Connection } from './connection.ts';
import type { Facts } from './facts.ts';

/** What was metered of one node in one hour (UTC), before any bill. */
export interface NodeHour {
  nodeId: string;
  hour: number;
  micros: Micros;
}

/** How bills and the meter compare over an interval. */
export interface InvoiceSums {
  /** What bills say of the time that was metered, and what had been metered for it. */
  billedMicros: Micros;
  meteredMicros: Micros;
  /** Metered on rented machines, with no bill yet. */
  pendingMicros: Micros;
  /** On bills, in dollars, and not metered: by kind, the most first. */
  unmetered: { kind: string; micros: Micros }[];
  /** Lines in a currency that no bill converts. */
  foreign: { currency: string; micros: Micros }[];
  /** Until when bills go; absent where there are none. */
  through?: Instant;
}

/** What a node's bill says of some hours, and what had been metered for them. */
export interface BilledNode {
  nodeId: string;
  micros: Micros;
  metered: Micros;
  hours: number;
}

/** So many hours of all nodes are summed up at a time. */
const HOURS_AT_ONCE = 6;

/** What the ledger knows of bills, beside the charges themselves. */
export class Invoiced {
  readonly #connection: Connection;
  readonly #facts: Facts;

  constructor(connection: Connection, facts: Facts) {
    this.#connection = connection;
    this.#facts = facts;
  }

  node(nodeId: string): Node | undefined {
    return this.#facts.node(nodeId);
  }

  /** As far back as hours are kept. */
  meteredHours(interval: Interval): NodeHour[] {
    return this.#connection
      .all<{ node: number; hour: number; micros: number }>(
        `SELECT charge_hour.node, charge_hour.hour,
           coalesce(billed.metered, sum(charge_hour.micros)) AS micros
         FROM charge_hour LEFT JOIN billed
           ON billed.node = charge_hour.node AND billed.hour = charge_hour.hour
         WHERE charge_hour.hour >= ? AND charge_hour.hour < ?
         GROUP BY charge_hour.hour, charge_hour.node`,
        Math.floor(interval.from / HOUR),
        Math.ceil(interval.to / HOUR),
      )
      .map(({ node, ...rest }) => ({ nodeId: this.#connection.textOf(node), ...rest }));
  }

  /** The nodes that have been metered in an interval. */
  meteredNodes({ from, to }: Interval): string[] {
    return this.#connection
      .all<{ node: number }>(
        'SELECT DISTINCT node FROM charge_hour WHERE hour >= ? AND hour < ?',
        Math.floor(from / HOUR),
        Math.ceil(to / HOUR),
      )
      .map(({ node }) => this.#connection.textOf(node));
  }

  /** The nodes of which hours of a day are billed, and those hours of one of them. */
  billedNodesOf(day: number): string[] {
    return this.#connection
      .all<{ node: number }>(
        'SELECT DISTINCT node FROM billed WHERE hour >= ? AND hour < ?',
        day * 24,
        (day + 1) * 24,
      )
      .map(({ node }) => this.#connection.textOf(node));
  }

  billedHours(nodeId: string, day: number): number[] {
    return this.#connection
      .all<{ hour: number }>(
        'SELECT hour FROM billed WHERE node = ? AND hour >= ? AND hour < ?',
        this.#connection.findId(nodeId) ?? -1,
        day * 24,
        (day + 1) * 24,
      )
      .map(({ hour }) => hour);
  }

  /** Which state of the bills each day was last compared with. */
  reconciled(): Map<number, number> {
    const rows = this.#connection.all<{ day: number; sequence: number }>(
      'SELECT day, sequence FROM reconciled',
    );
    return new Map(rows.map(({ day, sequence }) => [day, sequence]));
  }

  /** A day was compared with that state of the bills, of which these lines are left. */
  saveDay(day: number, sequence: number, at: Instant, unmetered: readonly Sum[]): void {
    this.#connection.run('INSERT OR REPLACE INTO reconciled VALUES (?, ?, ?)', day, sequence, at);
    this.#connection.run('DELETE FROM unmetered WHERE day = ?', day);
    for (const sum of unmetered) {
      this.#connection.run(
        `INSERT INTO unmetered VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET micros = micros + excluded.micros, lines = lines + excluded.lines`,
        day,
        sum.provider,
        sum.account,
        sum.kind,
        sum.service,
        sum.currency,
        sum.micros,
        sum.lines,
      );
    }
  }

  /** What is on bills and not metered, by account, kind and service: the most first. */
  unmetered({ from, to }: Interval): Sum[] {
    return this.#connection.all<Sum>(
      `SELECT provider, account, kind, service, currency, sum(micros) AS micros, sum(lines) AS lines
       FROM unmetered WHERE day >= ? AND day < ? GROUP BY 1, 2, 3, 4, 5 ORDER BY 6 DESC`,
      Math.floor(from / DAY),
      Math.ceil(to / DAY),
    );
  }

  /** All steps of `summing` at once. */
  sums(interval: Interval): InvoiceSums {
    const steps = this.summing(interval);
    for (;;) {
      const { value, done } = steps.next();
      if (done) return value.sums;
    }
  }

  /**
   * How bills and the meter compare, and what each node's bill says and had been metered for the same
   * hours, the most first. Of a month of a large fleet that is millions of rows: some hours at a time.
   */
  *summing(
    interval: Interval,
  ): Generator<void, { sums: InvoiceSums; nodes: BilledNode[] }, undefined> {
    const nodes = new Map<number, Omit<BilledNode, 'nodeId'>>();
    let pendingMicros = 0;
    const end = Math.ceil(interval.to / HOUR);
    for (let hour = Math.floor(interval.from / HOUR); hour < end; hour += HOURS_AT_ONCE) {
      const until = Math.min(end, hour + HOURS_AT_ONCE);
      for (const { node, ...sum } of this.#billedIn(hour, until)) {
        const known = nodes.get(node) ?? { micros: 0, metered: 0, hours: 0 };
        known.micros += sum.micros;
        known.metered += sum.metered;
        known.hours += sum.hours;
        nodes.set(node, known);
      }
      pendingMicros += this.#pendingIn(hour, until);
      yield;
    }
    const list = [...nodes].map(([node, sum]) => ({
      nodeId: this.#connection.textOf(node),
      ...sum,
    }));
    const total = (of: (node: BilledNode) => number) =>
      list.reduce((sum, node) => sum + of(node), 0);
    return {
      sums: {
        billedMicros: total(({ micros }) => micros),
        meteredMicros: total(({ metered }) => metered),
        pendingMicros,
        ...this.#beside(interval),
      },
      nodes: list.sort((a, b) => b.micros - a.micros),
    };
  }

  #billedIn(from: number, to: number) {
    return this.#connection.all<{ node: number; micros: number; metered: number; hours: number }>(
      `SELECT node, sum(micros) AS micros, sum(metered) AS metered, count(*) AS hours
       FROM billed WHERE hour >= ? AND hour < ? GROUP BY node`,
      from,
      to,
    );
  }

  /** What was metered on my rented machines, and is on no bill yet. */
  #pendingIn(from: number, to: number): Micros {
    const pending = this.#connection.get<{ micros: number | null }>(
      `SELECT sum(spent.micros) AS micros
       FROM (SELECT node, sum(micros) AS micros FROM charge_hour
             WHERE hour >= ?1 AND hour < ?2 AND flags & 3 <> 0 GROUP BY node) AS spent
       JOIN node ON node.name = spent.node
       WHERE json_extract(node.facts, '$.priceKey.market') <> 'owned'
         AND json_extract(node.facts, '$.mine') = 1`,
      from,
      to,
    );
    return pending?.micros ?? 0;
  }

  /** What else is on bills, and until when they go. */
  #beside(interval: Interval): Pick<InvoiceSums, 'unmetered' | 'foreign' | 'through'> {
    const unmetered = this.unmetered(interval);
    const through = this.#connection.get<{ day: number | null }>(
      `SELECT max(day) AS day FROM unmetered UNION ALL SELECT max(hour) / 24 FROM billed
       ORDER BY 1 DESC LIMIT 1`,
    )?.day;
    return {
      unmetered: added(
        unmetered.filter(({ currency }) => currency === 'USD'),
        'kind',
      ),
      foreign: added(
        unmetered.filter(({ currency }) => currency !== 'USD'),
        'currency',
      ),
      ...(typeof through === 'number' && { through: (through + 1) * DAY }),
    };
  }
}

function added<Key extends 'kind' | 'currency'>(
  sums: readonly Sum[],
  key: Key,
): ({ [K in Key]: string } & { micros: Micros })[] {
  const groups = Map.groupBy(sums, (sum): string => sum[key]);
  return [...groups]
    .map(([name, group]) => ({
      [key]: name,
      micros: group.reduce((sum, { micros }) => sum + micros, 0),
    }))
    .sort((a, b) => Number(b.micros) - Number(a.micros)) as never;
}
