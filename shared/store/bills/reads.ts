import type { Kind } from '../../invoices/kinds.ts';
import type { InvoiceItem } from '../../invoices/line.ts';
import { DAY, type Instant } from '../../model/time.ts';
import type { Connection } from '../connection.ts';

/** Of several ways that bill an account's day, the most precise counts; of equals the first. */
const MOST_PRECISE = `NOT EXISTS (
  SELECT 1 FROM cover AS other JOIN way AS theirs ON theirs.id = other.way
  WHERE other.scope = item.scope AND other.day = line.from_ms / ${DAY}
    AND (theirs.precise > way.precise OR (theirs.precise = way.precise AND theirs.id < way.id)))`;
const LINES = `line JOIN item ON item.id = line.item JOIN way ON way.id = item.way
  JOIN scope ON scope.id = item.scope`;

/** Which lines count. Most people's bills come in one way: then it need not be asked of each line. */
function counting(bills: Connection): string {
  const ways = bills.get<{ count: number }>('SELECT count(*) AS count FROM way')?.count ?? 0;
  return ways > 1 ? MOST_PRECISE : 'TRUE';
}

/**
 * Chooses the items of machines' time that are looked at line by line, by the resource that they
 * name (`null` where they name none); the lines of all others are only summed up. A bill may be of
 * thousands of machines, of which few are ours.
 */
export function chooseItems(
  bills: Connection,
  isWanted: (resource: string | null) => boolean,
): void {
  bills.run('CREATE TEMP TABLE IF NOT EXISTS chosen (item INTEGER PRIMARY KEY)');
  bills.run('DELETE FROM chosen');
  const chosen: number[] = [];
  const items = bills.database
    .prepare(
      `SELECT id, json_extract(facts, '$.resourceId') AS resource FROM item WHERE kind = 'compute'`,
    )
    .iterate() as IterableIterator<{ id: number; resource: string | null }>;
  for (const { id, resource } of items) if (isWanted(resource)) chosen.push(id);
  for (const id of chosen) bills.run('INSERT INTO chosen VALUES (?)', id);
}

/** A line of a machine's time, in the currency's millionths. */
export interface ComputeLine {
  item: InvoiceItem;
  from: Instant;
  to: Instant;
  effective: number;
  list: number | undefined;
  /** Hours of a machine, where the bill counts such. */
  consumed: number | undefined;
  usdPerUnit: number | undefined;
  final: boolean;
  /** The account of ours whose bill this is, where that is known. */
  account: string | undefined;
  /** Whose it is, by the provider's own names. */
  provider: string;
  subAccount: string;
}

/** What one kind of lines of one day, account and service comes to. */
export interface Sum {
  provider: string;
  account: string;
  kind: Kind;
  service: string;
  currency: string;
  micros: number;
  lines: number;
}

/** The chosen items' lines that begin in `[from, to)`. */
export function computeLines(bills: Connection, from: Instant, to: Instant): ComputeLine[] {
  return bills
    .all<{
      facts: string;
      from_ms: number;
      to_ms: number;
      effective: number;
      list: number | null;
      consumed: number | null;
      usd_per_unit: number | null;
      final: number;
      way_account: string | null;
      provider: string;
      account: string;
    }>(
      `SELECT item.facts, line.from_ms, line.to_ms,
         line.effective + round(line.effective_fine / 1e6) AS effective,
         line.list + round(line.list_fine / 1e6) AS list,
         line.consumed, line.usd_per_unit, line.final, way.account AS way_account,
         scope.provider, scope.account
       FROM ${LINES}
       WHERE line.from_ms >= ? AND line.from_ms < ? AND line.item IN (SELECT item FROM chosen) AND ${counting(bills)}
       ORDER BY line.from_ms, item.identity, line.to_ms`,
      from,
      to,
    )
    .map((row) => ({
      item: JSON.parse(row.facts) as InvoiceItem,
      from: row.from_ms,
      to: row.to_ms,
      effective: Math.round(row.effective),
      list: row.list === null ? undefined : Math.round(row.list),
      consumed: row.consumed ?? undefined,
      usdPerUnit: row.usd_per_unit ?? undefined,
      final: row.final === 1,
      account: row.way_account ?? undefined,
      provider: row.provider,
      subAccount: row.account,
    }));
}

/** The sums of all other lines of a day, by kind. */
export function otherSums(bills: Connection, day: number): Sum[] {
  return bills.all<Sum>(
    `SELECT scope.provider, scope.account, item.kind, item.service, item.currency,
       CAST(sum(line.effective) + round(sum(line.effective_fine) / 1e6) AS INTEGER) AS micros,
       count(*) AS lines
     FROM ${LINES}
     WHERE line.from_ms >= ? AND line.from_ms < ? AND line.item NOT IN (SELECT item FROM chosen)
       AND ${counting(bills)}
     GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`,
    day * DAY,
    (day + 1) * DAY,
  );
}

/** What a day's bills say of data transfer, by the machine that lines name. */
export interface TransferSum {
  provider: string;
  /** The provider's account, and ours where the way is read for one. */
  subAccount: string;
  account: string | null;
  resource: string | null;
  service: string;
  micros: number;
  lines: number;
}

/** In dollars; those in a currency of which the bill gives no price in dollars are left out. */
export function transferSums(bills: Connection, day: number): TransferSum[] {
  const usd = "(CASE item.currency WHEN 'USD' THEN 1 ELSE line.usd_per_unit END)";
  return bills.all<TransferSum>(
    `SELECT scope.provider, scope.account AS subAccount, way.account,
       json_extract(item.facts, '$.resourceId') AS resource, item.service,
       CAST(round(sum((line.effective + line.effective_fine / 1e6) * ${usd})) AS INTEGER) AS micros,
       count(*) AS lines
     FROM ${LINES}
     WHERE line.from_ms >= ? AND line.from_ms < ? AND item.kind = 'egress'
       AND ${usd} IS NOT NULL AND ${counting(bills)}
     GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 4, 5`,
    day * DAY,
    (day + 1) * DAY,
  );
}

/** What commitments were not used for on a day, by commitment. */
export function unusedSums(
  bills: Connection,
  day: number,
): {
  commitment: string;
  provider: string;
  account: string;
  wayAccount: string | null;
  micros: number;
}[] {
  return bills.all(
    `SELECT json_extract(item.facts, '$.commitmentDiscountId') AS commitment, scope.provider,
       scope.account, way.account AS wayAccount,
       CAST(sum(line.effective) AS INTEGER) AS micros
     FROM ${LINES}
     WHERE line.from_ms >= ? AND line.from_ms < ? AND item.kind = 'unused commitment'
       AND item.currency = 'USD' AND commitment IS NOT NULL AND ${counting(bills)}
     GROUP BY 1, 2, 3, 4`,
    day * DAY,
    (day + 1) * DAY,
  );
}

/** Each day of which bills say something, and what grows whenever they say something else. */
export function changedDays(bills: Connection): { day: number; sequence: number }[] {
  return bills.all('SELECT day, sequence FROM changed ORDER BY day');
}

/** What is kept, summed up by month, provider and service: the newest first. */
export function serviceSums(bills: Connection): {
  month: string;
  provider: string;
  service: string;
  currency: string;
  billed: number;
  effective: number;
  lines: number;
}[] {
  return bills.all(
    `SELECT strftime('%Y-%m', line.from_ms / 1000, 'unixepoch') AS month, scope.provider,
       item.service, item.currency,
       CAST(sum(line.billed) + round(sum(line.billed_fine) / 1e6) AS INTEGER) AS billed,
       CAST(sum(line.effective) + round(sum(line.effective_fine) / 1e6) AS INTEGER) AS effective,
       count(*) AS lines
     FROM ${LINES} WHERE ${counting(bills)}
     GROUP BY 1, 2, 3, 4 ORDER BY 1 DESC, 5 DESC`,
  );
}
