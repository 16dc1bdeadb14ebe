import type { Micros } from '../model/money.ts';
import type { Spread } from '../model/spread.ts';
import { DAY, type Interval } from '../model/time.ts';
import type { Connection } from './connection.ts';
import type { Rollup } from './rollup.ts';

/** What one rented machine of mine cost on one day (UTC), as metered and as billed. */
export interface NodeDay {
  /** Since the epoch. */
  day: number;
  nodeId: string;
  account: string;
  /** What the meter said of the whole day. */
  metered: Micros;
  /** How far off that may be, by the prices known as the day ended. */
  spread?: Spread;
  /** What it said of the hours that are on a bill, and what the bill says; absent where none is. */
  billed?: { micros: Micros; metered: Micros };
}

interface Row {
  day: number;
  node: number;
  account: string;
  micros: number;
  billed: number | null;
  metered: number | null;
}

/** The days that begin in the interval, from the rollup: cheap over any number of months. */
export function nodeDaysOf(
  { from, to }: Interval,
  { connection, rollup }: { connection: Connection; rollup: Rollup },
): NodeDay[] {
  const rows = connection.all<Row>(
    `SELECT spent.day, spent.node, json_extract(node.facts, '$.account') AS account,
       spent.micros, bill.micros AS billed, bill.metered
     FROM (SELECT day, node, sum(micros) AS micros FROM charge_day
           WHERE day >= ?1 AND day < ?2 GROUP BY day, node) AS spent
     JOIN node ON node.name = spent.node
     LEFT JOIN (SELECT hour / 24 AS day, node, sum(micros) AS micros, sum(metered) AS metered
                FROM billed WHERE hour >= ?1 * 24 AND hour < ?2 * 24 GROUP BY 1, 2) AS bill
       ON bill.day = spent.day AND bill.node = spent.node
     WHERE json_extract(node.facts, '$.mine') = 1
       AND coalesce(json_extract(node.facts, '$.priceKey.market'), '') <> 'owned'
     ORDER BY spent.day`,
    Math.ceil(from / DAY),
    Math.ceil(to / DAY),
  );
  return rows.map((row): NodeDay => {
    const { day, node, account, micros, billed } = row;
    // The ledger's sum has the bill's amount in it wherever there is one.
    const metered = micros - (billed ?? 0) + (row.metered ?? 0);
    const spread = rollup.spreadOf(node, metered, (day + 1) * DAY);
    return {
      day,
      nodeId: connection.textOf(node),
      account,
      metered,
      ...(spread && { spread }),
      ...(billed !== null && { billed: { micros: billed, metered: row.metered ?? 0 } }),
    };
  });
}
