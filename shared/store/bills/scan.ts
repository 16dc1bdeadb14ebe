import type { Kind } from '../../invoices/kinds.ts';
import type { InvoiceItem } from '../../invoices/line.ts';
import { DAY, HOUR, type Instant, type Interval } from '../../model/time.ts';
import type { Connection } from '../connection.ts';
import { counting, LINES } from './reads.ts';

/** So much is done at a time, in a few milliseconds: others have their turn in between. */
export const AT_ONCE = 1_000;
/** A line of more than a day (and an hour, for the end of summer time) tells no hours. */
export const LONGEST_MS = 25 * HOUR;

/** A line as comparing looks at it. Amounts are in the currency's millionths. */
export interface ScannedLine {
  item: number;
  from: Instant;
  to: Instant;
  effective: number;
  fine: number;
  list: number | null;
  consumed: number | null;
  usdPerUnit: number | null;
  final: number;
  kind: Kind;
  service: string;
  currency: string;
  provider: string;
  /** The provider's account, and ours where the way is read for one. */
  account: string;
  wayAccount: string | null;
  /** Until when the edition that it is from can know anything. */
  asOf: Instant;
  /** Whether its item was chosen to be looked at line by line. */
  chosen: number;
  /** The machine of a data transfer, or the commitment of which something was not used. */
  about: string | null;
  /** What meter counts a data transfer, where it counts gigabytes. */
  gigabytesOf: string | null;
}

/**
 * The lines that count and begin in the interval, some at a time, in the order of their times. Lines
 * that come meanwhile may be missed: their day is then compared again.
 */
export function* scanLines(bills: Connection, { from, to }: Interval): Generator<ScannedLine[]> {
  const where = `(line.from_ms, line.item, line.to_ms, line.part) > (?1, ?2, ?3, ?4)
    AND line.from_ms < ?5`;
  const order = 'line.from_ms, line.item, line.to_ms, line.part';
  const rows = `WITH next AS MATERIALIZED (
    SELECT * FROM line WHERE ${where} ORDER BY ${order} LIMIT ${AT_ONCE})`;
  const select = `${rows} SELECT ${COLUMNS} FROM ${LINES.replace('line JOIN', 'next AS line JOIN')}
    LEFT JOIN chosen ON chosen.item = line.item WHERE ${counting(bills)} ORDER BY ${order}`;
  const last = `${rows} SELECT from_ms, item, to_ms, part FROM next
    ORDER BY from_ms DESC, item DESC, to_ms DESC, part DESC LIMIT 1`;
  let after: number[] = [from, -1, -1, -1];
  for (;;) {
    const end = bills.get<{ from_ms: number; item: number; to_ms: number; part: number }>(
      last,
      ...after,
      to,
    );
    if (!end) return;
    yield bills.all<ScannedLine>(select, ...after, to);
    after = [end.from_ms, end.item, end.to_ms, end.part];
  }
}

const COLUMNS = `line.item, line.from_ms AS "from", line.to_ms AS "to", line.effective,
  line.effective_fine AS fine, line.list + round(line.list_fine / 1e6) AS list, line.consumed,
  line.usd_per_unit AS usdPerUnit, line.final, item.kind, item.service, item.currency,
  scope.provider, scope.account, way.account AS wayAccount,
  (SELECT as_of FROM edition WHERE edition.id = line.edition) AS asOf,
  chosen.item IS NOT NULL AS chosen,
  CASE item.kind WHEN 'egress' THEN json_extract(item.facts, '$.resourceId')
    WHEN 'unused commitment' THEN json_extract(item.facts, '$.commitmentDiscountId') END AS about,
  CASE WHEN item.kind = 'egress' AND json_extract(item.facts, '$.consumedUnit') = 'GB'
    THEN json_extract(item.facts, '$.skuMeter') END AS gigabytesOf`;

const LONG = `line.to_ms - line.from_ms > ${LONGEST_MS}`;

/** The chosen items' lines of more than a day that are about any of the interval, the shortest first. */
export function longLines(bills: Connection, { from, to }: Interval): ScannedLine[] {
  return bills.all<ScannedLine>(
    `SELECT ${COLUMNS} FROM ${LINES} JOIN chosen ON chosen.item = line.item
     WHERE ${LONG} AND line.from_ms < ? AND line.to_ms > ? AND ${counting(bills)}
     ORDER BY line.to_ms - line.from_ms, line.from_ms, item.identity`,
    to,
    from,
  );
}

/** Their times, each once. */
export function longSpans(bills: Connection): Interval[] {
  return bills.all<Interval>(
    `SELECT DISTINCT line.from_ms AS "from", line.to_ms AS "to"
     FROM line JOIN chosen ON chosen.item = line.item WHERE ${LONG}`,
  );
}

/** Items as they were taken down, read once each. */
export class ItemReader {
  readonly #bills: Connection;
  readonly #known = new Map<number, InvoiceItem>();

  constructor(bills: Connection) {
    this.#bills = bills;
  }

  read(id: number): InvoiceItem {
    const known = this.#known.get(id);
    if (known) return known;
    const row = this.#bills.get<{ facts: string }>('SELECT facts FROM item WHERE id = ?', id);
    const item = JSON.parse(row?.facts ?? '{}') as InvoiceItem;
    this.#known.set(id, item);
    return item;
  }
}

/**
 * Chooses the items of machines' time that are looked at line by line, by the resource that they
 * name (`null` where they name none); the lines of all others are only summed up. A bill may be of
 * thousands of machines, of which few are ours. Some at a time.
 */
export function* chooseItems(
  bills: Connection,
  isWanted: (resource: string | null) => boolean,
): Generator<number> {
  bills.run('CREATE TEMP TABLE IF NOT EXISTS chosen (item INTEGER PRIMARY KEY)');
  bills.run('DELETE FROM chosen');
  for (let after = 0; ; ) {
    const items = bills.all<{ id: number; kind: string; resource: string | null }>(
      `SELECT id, kind, CASE kind WHEN 'compute' THEN json_extract(facts, '$.resourceId') END AS resource
       FROM item WHERE id > ? ORDER BY id LIMIT ${AT_ONCE}`,
      after,
    );
    for (const { id, kind, resource } of items) {
      if (kind === 'compute' && isWanted(resource)) bills.run('INSERT INTO chosen VALUES (?)', id);
      after = id;
    }
    yield items.length;
    if (items.length < AT_ONCE) return;
  }
}

/** The day that an instant lies in, since the epoch (UTC). */
export function dayOf(at: Instant): number {
  return Math.floor(at / DAY);
}
