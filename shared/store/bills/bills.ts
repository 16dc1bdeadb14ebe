import { closeSync, openSync } from 'node:fs';
import { setImmediate as pause } from 'node:timers/promises';
import type { LineFigures } from '../../invoices/focus/rows.ts';
import type { InvoiceItem, InvoiceLine } from '../../invoices/line.ts';
import type { Instant, Interval } from '../../model/time.ts';
import { Connection } from '../connection.ts';
import { explain } from '../failure.ts';
import { openDatabase } from '../open.ts';
import { dropLines } from './drop.ts';
import { billMigrations } from './schema.ts';
import { figuresOf } from './taken.ts';
import { EditionWriter } from './writer.ts';

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

/** How a file's rows are given to be kept; `key` stands for the item, see `Items.find`. */
export type AddRow = (key: string, make: () => InvoiceItem, figures: LineFigures) => void;

const FILES: Way = { name: 'file', precision: 8 };
/** The database's pages in memory while lines are written, in KiB. */
const CACHE_KIB = 64 * 1024;

/** The bills: every line that was read or imported. Several processes may have them open. */
export class Bills {
  readonly connection: Connection;
  readonly #now: () => Instant;

  constructor(connection: Connection, now: () => Instant) {
    this.connection = connection;
    this.#now = now;
    connection.run('CREATE TEMP TABLE IF NOT EXISTS newer (id INTEGER PRIMARY KEY)');
  }

  /**
   * Takes a file's rows as `fill` adds them, in one transaction: all of them or, where it throws,
   * none. The file is known by its digest; one that is known already is not read again. Of a line
   * that other files have too, that of the newest file counts (by `asOf`), whichever came first.
   */
  async takeFile(
    file: { digest: string; title: string; asOf: Instant },
    fill: (add: AddRow) => Promise<void>,
  ): Promise<{ edition: Edition; isNew: boolean }> {
    const known = this.#editions(
      'WHERE edition.way = ? AND part = ?',
      this.#wayOf(FILES),
      file.digest,
    );
    if (known[0]) return { edition: known[0], isNew: false };
    const { connection } = this;
    const edition = await this.#inTransaction(async () => {
      const way = this.#wayOf(FILES);
      const id = this.#begin(way, { part: file.digest, version: file.digest, ...file });
      connection.run(
        `INSERT INTO newer SELECT id FROM edition
         WHERE way = ?1 AND id <> ?2 AND (as_of > ?3 OR (as_of = ?3 AND part > ?4))`,
        way,
        id,
        file.asOf,
        file.digest,
      );
      const writer = new EditionWriter(connection, { way, id, part: 0 });
      await fill((key, make, figures) => writer.add(key, make, figures));
      const written = writer.finish();
      connection.run('DELETE FROM newer');
      return this.#complete(id, written);
    });
    return { edition, isNew: true };
  }

  /**
   * Puts a reader's part in the place of its earlier edition, in one transaction. Throws where a
   * line is not of the part's time.
   */
  takePart(way: Way, part: Part, lines: Iterable<InvoiceLine>): Edition {
    return this.connection.atomically(() => {
      for (const _ of this.#dropPart(way, part.part));
      const writing = this.#writePart(way, part);
      writing.add(lines);
      return writing.complete();
    });
  }

  /** The same of the batches that were staged: others have their turn between them. */
  async takeStaged(way: Way, part: Part): Promise<Edition> {
    return this.#inTransaction(async () => {
      for (const _ of this.#dropPart(way, part.part)) await pause();
      const writing = this.#writePart(way, part);
      for (const lines of this.#staged(way.name, part.part)) {
        writing.add(lines);
        await pause();
      }
      return writing.complete();
    });
  }

  /** Keeps a batch of a part until the part is complete. */
  stage(way: string, part: string, lines: readonly InvoiceLine[]): void {
    this.connection.run(
      'INSERT INTO staged VALUES (NULL, ?, ?, ?)',
      way,
      part,
      JSON.stringify(lines),
    );
  }

  /** The batches of a part so far. */
  *#staged(way: string, part: string): Generator<InvoiceLine[]> {
    for (let after = 0; ; ) {
      const batch = this.connection.get<{ id: number; lines: string }>(
        'SELECT id, lines FROM staged WHERE way = ? AND part = ? AND id > ? ORDER BY id LIMIT 1',
        way,
        part,
        after,
      );
      if (!batch) return;
      yield JSON.parse(batch.lines) as InvoiceLine[];
      after = batch.id;
    }
  }

  unstage(way: string): void {
    this.connection.run('DELETE FROM staged WHERE way = ?', way);
  }

  /** The version of each part of this way. */
  known(way: string): Map<string, string> {
    const rows = this.connection.all<{ part: string; version: string }>(
      `SELECT part, version FROM edition WHERE way = (SELECT id FROM way WHERE name = ?)`,
      way,
    );
    return new Map(rows.map(({ part, version }) => [part, version]));
  }

  edition(id: number): Edition | undefined {
    return this.#editions('WHERE edition.id = ?', id)[0];
  }

  /** Newest first. */
  editions(): Edition[] {
    return this.#editions('ORDER BY taken_at DESC, edition.id DESC');
  }

  close(): void {
    this.connection.database.close();
  }

  #editions(condition: string, ...values: (string | number)[]): Edition[] {
    return this.connection
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

  #wayOf({ name, account, precision }: Way): number {
    const row = this.connection.get<{ id: number }>('SELECT id FROM way WHERE name = ?', name);
    if (row) return row.id;
    return Number(
      this.connection.run(
        'INSERT INTO way VALUES (NULL, ?, ?, ?)',
        name,
        account ?? null,
        precision,
      ).lastInsertRowid,
    );
  }

  #writePart(way: Way, part: Part) {
    const wayId = this.#wayOf(way);
    const id = this.#begin(wayId, { title: part.part, ...part });
    const writer = new EditionWriter(this.connection, { way: wayId, id, part: id });
    return {
      add: (lines: Iterable<InvoiceLine>) => {
        for (const line of lines) {
          const { item, figures } = figuresOf(line, part);
          writer.add(JSON.stringify(item), () => item, figures);
        }
      },
      complete: () => this.#complete(id, writer.finish()),
    };
  }

  #begin(
    way: number,
    edition: { part: string; version: string; title: string; asOf: Instant },
  ): number {
    return Number(
      this.connection.run(
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

  #complete(id: number, { lines, from, to }: ReturnType<EditionWriter['finish']>): Edition {
    this.connection.run(
      'UPDATE edition SET lines = ?, from_ms = ?, to_ms = ? WHERE id = ?',
      lines,
      from,
      to,
      id,
    );
    const edition = this.edition(id);
    if (!edition) throw new Error('an edition that was written is gone');
    return edition;
  }

  /** All of the work or none; another process that writes waits, or is told to. */
  async #inTransaction<T>(work: () => Promise<T>): Promise<T> {
    const { connection } = this;
    connection.database.pragma(`cache_size = -${CACHE_KIB}`);
    try {
      connection.run('BEGIN IMMEDIATE');
      const done = await work();
      connection.run('COMMIT');
      return done;
    } catch (error) {
      if (connection.database.inTransaction) connection.run('ROLLBACK');
      throw explain(error, connection.database.name);
    } finally {
      connection.database.pragma('cache_size = -2000');
    }
  }

  /** Takes the part's earlier edition away, some thousand lines at a time. */
  *#dropPart(way: Way, part: string): Generator<void> {
    const [old] = this.#editions('WHERE edition.way = ? AND part = ?', this.#wayOf(way), part);
    if (!old) return;
    if (old.span) yield* dropLines(this.connection, old.id, old.span);
    this.connection.run('DELETE FROM edition WHERE id = ?', old.id);
  }
}

/** Opens the bills at `path`, where they are made if there are none. Throws a StoreError. */
export function openBills(path: string, now: () => Instant): Bills {
  // Whoever makes it: what a person is billed is theirs alone to read. SQLite's other files follow.
  if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600));
  const { database } = openDatabase(path, now(), billMigrations, { wholly: false });
  return new Bills(new Connection(database), now);
}
