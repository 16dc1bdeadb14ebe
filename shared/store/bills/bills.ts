import { closeSync, openSync } from 'node:fs';
import { setImmediate as pause } from 'node:timers/promises';
import type { ItemKey, LineFigures } from '../../invoices/focus/rows.ts';
import type { InvoiceItem, InvoiceLine } from '../../invoices/line.ts';
import type { Instant } from '../../model/time.ts';
import { Connection } from '../connection.ts';
import { explain } from '../failure.ts';
import { openDatabase } from '../open.ts';
import { dropLines } from './drop.ts';
import { type Edition, Editions, type Part, type Way } from './editions.ts';
import { billMigrations } from './schema.ts';
import { figuresOf } from './taken.ts';
import { EditionWriter } from './writer.ts';

/** How a file's rows are given to be kept; `key` stands for the item, see `Items.find`. */
export type AddRow = (key: ItemKey, make: () => InvoiceItem, figures: LineFigures) => void;

const FILES: Way = { name: 'file', precision: 8 };
/** The database's pages in memory while lines are written, in KiB. */
const CACHE_KIB = 64 * 1024;

/** The bills: every line that was read or imported. Several processes may have them open. */
export class Bills {
  readonly connection: Connection;
  readonly #editions: Editions;

  constructor(connection: Connection, now: () => Instant) {
    this.connection = connection;
    this.#editions = new Editions(connection, now);
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
    const known = this.#editions.ofPart(this.#editions.wayOf(FILES), file.digest);
    if (known) return { edition: known, isNew: false };
    const { connection } = this;
    const edition = await this.#inTransaction(async () => {
      const way = this.#editions.wayOf(FILES);
      const id = this.#editions.begin(way, { part: file.digest, version: file.digest, ...file });
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
      return this.#editions.complete(id, written);
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
    return this.#editions.known(way);
  }

  edition(id: number): Edition | undefined {
    return this.#editions.get(id);
  }

  /** Newest first. */
  editions(): Edition[] {
    return this.#editions.all();
  }

  close(): void {
    this.connection.database.close();
  }

  #writePart(way: Way, part: Part) {
    const wayId = this.#editions.wayOf(way);
    const id = this.#editions.begin(wayId, { title: part.part, ...part });
    const writer = new EditionWriter(this.connection, { way: wayId, id, part: id });
    return {
      add: (lines: Iterable<InvoiceLine>) => {
        for (const line of lines) {
          const { item, figures } = figuresOf(line, part);
          writer.add(JSON.stringify(item), () => item, figures);
        }
      },
      complete: () => this.#editions.complete(id, writer.finish()),
    };
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
    const old = this.#editions.ofPart(this.#editions.wayOf(way), part);
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
