import type { Instant, Interval } from '../../model/time.ts';
import type { Connection } from '../connection.ts';
import type { Written } from './writer.ts';

/** How lines come: files, or one reader of one account. */
export interface Way {
  name: string;
  /** The account whose bill it is, where that is known. */
  account?: string;
  /** See InvoiceReader. */
  precision: number;
}

/** What came at once: a file, or a version of a reader's part. */
export interface Edition {
  id: number;
  way: string;
  part: string;
  version: string;
  title: string;
  asOf: Instant;
  takenAt: Instant;
  /** Of its lines' times; absent where it has none. */
  span?: Interval;
  lines: number;
}

/** A version of a reader's part, see InvoiceBatch. */
export interface Part {
  part: string;
  version: string;
  asOf: Instant;
  span: Interval;
}

/** What came of bills, and when: each edition that is kept, without its lines. */
export class Editions {
  readonly #connection: Connection;
  readonly #now: () => Instant;

  constructor(connection: Connection, now: () => Instant) {
    this.#connection = connection;
    this.#now = now;
  }

  get(id: number): Edition | undefined {
    return this.#where('WHERE edition.id = ?', id)[0];
  }

  /** The edition of a part, as it is now. */
  ofPart(way: number, part: string): Edition | undefined {
    return this.#where('WHERE edition.way = ? AND part = ?', way, part)[0];
  }

  /** Newest first. */
  all(): Edition[] {
    return this.#where('ORDER BY taken_at DESC, edition.id DESC');
  }

  /** The version of each part of this way. */
  known(way: string): Map<string, string> {
    const rows = this.#connection.all<{ part: string; version: string }>(
      `SELECT part, version FROM edition WHERE way = (SELECT id FROM way WHERE name = ?)`,
      way,
    );
    return new Map(rows.map(({ part, version }) => [part, version]));
  }

  /** The number of a way, made where it is new. */
  wayOf({ name, account, precision }: Way): number {
    const row = this.#connection.get<{ id: number }>('SELECT id FROM way WHERE name = ?', name);
    if (row) return row.id;
    return Number(
      this.#connection.run(
        'INSERT INTO way VALUES (NULL, ?, ?, ?)',
        name,
        account ?? null,
        precision,
      ).lastInsertRowid,
    );
  }

  /** A new edition, whose lines are still to come; answers its number. */
  begin(
    way: number,
    edition: { part: string; version: string; title: string; asOf: Instant },
  ): number {
    return Number(
      this.#connection.run(
        'INSERT INTO edition VALUES (NULL, ?, ?, ?, ?, ?, ?, NULL, NULL, 0)',
        way,
        edition.part,
        edition.version,
        edition.title,
        edition.asOf,
        this.#now(),
      ).lastInsertRowid,
    );
  }

  /** Its lines are written. */
  complete(id: number, { lines, from, to }: Written): Edition {
    this.#connection.run(
      'UPDATE edition SET lines = ?, from_ms = ?, to_ms = ? WHERE id = ?',
      lines,
      from,
      to,
      id,
    );
    const edition = this.get(id);
    if (!edition) throw new Error('an edition that was written is gone');
    return edition;
  }

  #where(condition: string, ...values: (string | number)[]): Edition[] {
    return this.#connection
      .all<{
        id: number;
        way: string;
        part: string;
        version: string;
        title: string;
        as_of: number;
        taken_at: number;
        from_ms: number | null;
        to_ms: number | null;
        lines: number;
      }>(
        `SELECT edition.id, way.name AS way, part, version, title, as_of, taken_at, from_ms, to_ms,
           lines FROM edition JOIN way ON way.id = edition.way ${condition}`,
        ...values,
      )
      .map(({ as_of, taken_at, from_ms, to_ms, ...edition }) => ({
        ...edition,
        asOf: as_of,
        takenAt: taken_at,
        ...(from_ms !== null && to_ms !== null && { span: { from: from_ms, to: to_ms } }),
      }));
  }
}
