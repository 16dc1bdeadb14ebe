import type { Micros } from '../../model/money.ts';
import { newestHours } from './amounts.ts';
import type { TeamServer } from './client.ts';
import type { Outbox } from './outbox.ts';

/** A month (UTC), `202611`, in the ledger and in the team store. */
export interface ComparedMonth {
  month: string;
  ledger: Micros;
  team: Micros;
}

/**
 * What this ledger and the team store say that each month cost by this ledger. They are the same
 * where nothing waits to be told: ask then.
 */
export async function compareMonths(server: TeamServer, outbox: Outbox): Promise<ComparedMonth[]> {
  const before = outbox.months();
  const rows = await server.select<{ month: number; micros: string }>(
    `SELECT toYYYYMM(hour) AS month, sum(arraySum(sum_micros)) AS micros
     FROM (${newestHours(['sum_micros'], `collector = '${outbox.collector}'`)}) GROUP BY month`,
  );
  const team = new Map(rows.map(({ month, micros }) => [String(month), Number(micros)]));
  return [...new Set([...before.keys(), ...team.keys()])]
    .sort()
    .map((month) => ({ month, ledger: before.get(month) ?? 0, team: team.get(month) ?? 0 }))
    .filter(({ ledger, team }) => ledger !== 0 || team !== 0);
}
