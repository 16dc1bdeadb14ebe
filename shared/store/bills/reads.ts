import type { Kind } from '../../invoices/kinds.ts';
import type { InvoiceItem } from '../../invoices/line.ts';
import { DAY, type Instant } from '../../model/time.ts';
import type { Connection } from '../connection.ts';

/** Of several ways that bill an account's day, the most precise counts; of equals the first. */
const MOST_PRECISE = `NOT EXISTS (
  SELECT 1 FROM cover AS other JOIN way AS theirs ON theirs.id = other.way
  WHERE other.scope = item.scope AND other.day = line.from_ms / ${DAY}
    AND (theirs.precise > way.precise OR (theirs.precise = way.precise AND theirs.id < way.id)))`;
export const LINES = `line JOIN item ON item.id = line.item JOIN way ON way.id = item.way
  JOIN scope ON scope.id = item.scope`;

/** Which lines count. Most people's bills come in one way: then it need not be asked of each line. */
export function counting(bills: Connection): string {
  const ways = bills.get<{ count: number }>('SELECT count(*) AS count FROM way')?.count ?? 0;
  return ways > 1 ? MOST_PRECISE : 'TRUE';
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
  /** When the bill was made that it is from. */
  asOf: Instant;
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

/**
 * What a day's bills say of data transfer, by the machine that lines name. In dollars; those in a
 * currency of which the bill gives no price in dollars are left out.
 */
export interface TransferSum {
  provider: string;
  /** The provider's account, and ours where the way is read for one. */
  subAccount: string;
  account: string | null;
  resource: string | null;
  service: string;
  micros: number;
  lines: number;
  /** What went to the internet; absent where no line counts that. */
  internetBytes?: number;
}

/** What a commitment was not used for on a day, in dollars. */
export interface UnusedSum {
  commitment: string;
  provider: string;
  account: string;
  wayAccount: string | null;
  micros: number;
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
