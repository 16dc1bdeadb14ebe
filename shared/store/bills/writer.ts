import type { LineFigures } from '../../invoices/focus/rows.ts';
import type { InvoiceItem } from '../../invoices/line.ts';
import { DAY, type Instant } from '../../model/time.ts';
import type { Connection } from '../connection.ts';
import { Items } from './items.ts';

/** Rows of one statement: each call into SQLite costs as much as some rows do. */
const AT_ONCE = 32;
const COLUMNS = 17;
/** Sorted before they are written, so that neighbours are written together. */
const BUFFERED = AT_ONCE * 128;

const ROW = `(${Array(COLUMNS).fill('?').join(',')})`;
const summed = (column: string) =>
  `${column} = CASE WHEN edition = excluded.edition THEN ${column} + excluded.${column} ELSE excluded.${column} END`;
const UPSERT = `
  ON CONFLICT DO UPDATE SET ${[
    'billed',
    'billed_fine',
    'effective',
    'effective_fine',
    'list',
    'list_fine',
    'contracted',
    'contracted_fine',
    'priced',
    'consumed',
  ]
    .map(summed)
    .join(', ')},
    usd_per_unit = excluded.usd_per_unit, final = excluded.final, edition = excluded.edition
  WHERE edition = excluded.edition OR edition NOT IN (SELECT id FROM newer)`;

type Value = number | null;

/** How many lines were written, and the time that they are about; none is about no time. */
export interface Written {
  lines: number;
  from: Instant | null;
  to: Instant | null;
}

/**
 * Writes the lines of one edition, within a transaction of the caller's. Lines of one item and time
 * within the edition are added up; a line of a newer edition that is there already stays.
 */
export class EditionWriter {
  readonly #connection: Connection;
  readonly #items: Items;
  readonly #edition: number;
  readonly #part: number;
  readonly #covered = new Set<number>();
  readonly #way: number;
  #buffer: Value[][] = [];
  #lines = 0;
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;

  constructor(connection: Connection, edition: { way: number; id: number; part: number }) {
    this.#connection = connection;
    this.#way = edition.way;
    this.#edition = edition.id;
    this.#part = edition.part;
    this.#items = new Items(connection, edition.way, edition.id);
  }

  /** `key` stands for the item, see `Items.find`. */
  add(key: string, make: () => InvoiceItem, figures: LineFigures): void {
    const { id, scope } = this.#items.find(key, make);
    const { from, to, billed, effective, list, contracted } = figures;
    this.#buffer.push([
      from,
      id,
      to,
      this.#part,
      this.#edition,
      billed.micros,
      billed.fine,
      effective.micros,
      effective.fine,
      list?.micros ?? null,
      list?.fine ?? null,
      contracted?.micros ?? null,
      contracted?.fine ?? null,
      figures.pricingQuantity ?? null,
      figures.consumedQuantity ?? null,
      figures.usdPerUnit ?? null,
      figures.final ? 1 : 0,
    ]);
    this.#lines += 1;
    if (from < this.#from) this.#from = from;
    if (to > this.#to) this.#to = to;
    this.#cover(scope, Math.floor(from / DAY));
    if (this.#buffer.length >= BUFFERED) this.#flush();
  }

  /** Writes what is left; answers what the edition holds. */
  finish(): Written {
    this.#flush();
    const some = this.#lines > 0;
    return { lines: this.#lines, from: some ? this.#from : null, to: some ? this.#to : null };
  }

  #cover(scope: number, day: number): void {
    const key = scope * 1_000_000 + day;
    if (this.#covered.has(key)) return;
    this.#covered.add(key);
    this.#connection.run('INSERT OR IGNORE INTO cover VALUES (?, ?, ?)', scope, day, this.#way);
    markChanged(this.#connection, day, day + 1);
  }

  #flush(): void {
    const rows = this.#buffer.sort(
      (a, b) => (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0),
    );
    this.#buffer = [];
    const whole = rows.length - (rows.length % AT_ONCE);
    for (let at = 0; at < whole; at += AT_ONCE) {
      this.#connection.run(MANY, ...rows.slice(at, at + AT_ONCE).flat());
    }
    for (const row of rows.slice(whole)) this.#connection.run(ONE, ...row);
  }
}

const ONE = `INSERT INTO line VALUES ${ROW} ${UPSERT}`;
const MANY = `INSERT INTO line VALUES ${Array(AT_ONCE).fill(ROW).join(',')} ${UPSERT}`;

/** Says that days, from one to before another, are to be reconciled anew. */
export function markChanged(connection: Connection, from: number, to: number): void {
  for (let day = from; day < to; day += 1) {
    connection.run(
      `INSERT INTO changed VALUES (?1, (SELECT coalesce(max(sequence), 0) + 1 FROM changed))
       ON CONFLICT DO UPDATE SET sequence = excluded.sequence`,
      day,
    );
  }
}
