import type { Statement } from 'better-sqlite3';
import type { ItemKey, LineFigures } from '../../invoices/focus/rows.ts';
import type { InvoiceItem } from '../../invoices/line.ts';
import { DAY, type Instant } from '../../model/time.ts';
import type { Connection } from '../connection.ts';
import { Items } from './items.ts';

/** Rows of one statement: each call into SQLite costs as much as some rows do. */
const AT_ONCE = 32;
/** What is given of each line: its part and its edition are the same for all. */
const GIVEN = 15;
/** What a line does not say, among numbers. */
const NONE = Number.NaN;
/** Sorted before they are written, so that neighbours are written together. */
const BUFFERED = AT_ONCE * 128;

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

/** Writes so many lines. Giving a value takes nearly as long as storing it: none is given twice. */
function insertOf(lines: number, part: number, edition: number): string {
  const given = (count: number) => Array(count).fill('?').join(',');
  const line = `(${given(3)},${part},${edition},${given(GIVEN - 3)})`;
  return `INSERT INTO line VALUES ${Array(lines).fill(line).join(',')} ${UPSERT}`;
}

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
  readonly #covered = new Set<number>();
  readonly #way: number;
  readonly #part: number;
  readonly #edition: number;
  /** By the number of lines. Kept here, not with the connection: no other edition has a use for them. */
  readonly #inserts = new Map<number, Statement>();
  /** Values of lines, one after the other; what is not a number is none. Most editions are small. */
  readonly #buffer: number[] = [];
  /** Where in the buffer each line begins. */
  #begins: number[] = [];
  #lines = 0;
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;

  constructor(connection: Connection, edition: { way: number; id: number; part: number }) {
    this.#connection = connection;
    this.#way = edition.way;
    this.#items = new Items(connection, edition.way, edition.id);
    this.#part = edition.part;
    this.#edition = edition.id;
  }

  /** `key` stands for the item, see `Items.find`. */
  add(key: ItemKey, make: () => InvoiceItem, figures: LineFigures): void {
    const { id, scope } = this.#items.find(key, make);
    const { from, to, billed, effective, list, contracted } = figures;
    const buffer = this.#buffer;
    const at = this.#begins.length * GIVEN;
    this.#begins.push(at);
    buffer[at] = from;
    buffer[at + 1] = id;
    buffer[at + 2] = to;
    buffer[at + 3] = billed.micros;
    buffer[at + 4] = billed.fine;
    buffer[at + 5] = effective.micros;
    buffer[at + 6] = effective.fine;
    buffer[at + 7] = list?.micros ?? NONE;
    buffer[at + 8] = list?.fine ?? NONE;
    buffer[at + 9] = contracted?.micros ?? NONE;
    buffer[at + 10] = contracted?.fine ?? NONE;
    buffer[at + 11] = figures.pricingQuantity ?? NONE;
    buffer[at + 12] = figures.consumedQuantity ?? NONE;
    buffer[at + 13] = figures.usdPerUnit ?? NONE;
    buffer[at + 14] = figures.final ? 1 : 0;
    this.#lines += 1;
    if (from < this.#from) this.#from = from;
    if (to > this.#to) this.#to = to;
    this.#cover(scope, Math.floor(from / DAY));
    if (this.#begins.length >= BUFFERED) this.#flush();
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
    const buffer = this.#buffer;
    const value = (at: number) => buffer[at] ?? NONE;
    const begins = this.#begins.sort((a, b) => value(a) - value(b) || value(a + 1) - value(b + 1));
    this.#begins = [];
    const whole = begins.length - (begins.length % AT_ONCE);
    for (let at = 0; at < whole; at += AT_ONCE) this.#insert(begins, at, AT_ONCE);
    for (let at = whole; at < begins.length; at += 1) this.#insert(begins, at, 1);
  }

  #insert(begins: readonly number[], at: number, lines: number): void {
    const insert =
      this.#inserts.get(lines) ??
      this.#connection.database.prepare(insertOf(lines, this.#part, this.#edition));
    this.#inserts.set(lines, insert);
    insert.run(...this.#given(begins, at, at + lines));
  }

  #given(begins: readonly number[], from: number, to: number): (number | null)[] {
    const given: (number | null)[] = [];
    for (let line = from; line < to; line += 1) {
      const begin = begins[line] ?? 0;
      for (let at = begin; at < begin + GIVEN; at += 1) {
        const value = this.#buffer[at] ?? NONE;
        given.push(Number.isNaN(value) ? null : value);
      }
    }
    return given;
  }
}

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
