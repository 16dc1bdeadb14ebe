import type Sqlite from 'better-sqlite3';
import { explain } from './failure.ts';
import { Names } from './names.ts';

type Value = string | number | Uint8Array | null;

/** One open database: prepared statements kept, names kept as small numbers. */
export class Connection {
  readonly database: Sqlite.Database;
  readonly #statements = new Map<string, Sqlite.Statement>();
  readonly #names = new Names();

  constructor(database: Sqlite.Database) {
    this.database = database;
  }

  run(sql: string, ...values: Value[]): Sqlite.RunResult {
    return this.#prepare(sql).run(...bound(sql, values));
  }

  get<Row>(sql: string, ...values: Value[]): Row | undefined {
    return this.#prepare(sql).get(...bound(sql, values)) as Row | undefined;
  }

  all<Row>(sql: string, ...values: Value[]): Row[] {
    return this.#prepare(sql).all(...bound(sql, values)) as Row[];
  }

  /**
   * Runs the work in one transaction, or in a savepoint of the one that is open. Failures of the
   * database are thrown as StoreErrors.
   */
  atomically<T>(work: () => T): T {
    const outermost = !this.database.inTransaction;
    try {
      const transaction = this.database.transaction(work);
      return outermost ? transaction.immediate() : transaction();
    } catch (error) {
      // Names that the rollback took back must not be remembered.
      this.#names.forget();
      throw outermost ? explain(error, this.database.name) : error;
    }
  }

  /** The small number of a name, given out when it is first written. */
  idOf(text: string): number {
    const known = this.findId(text);
    if (known !== undefined) return known;
    const id = Number(this.run('INSERT INTO name (text) VALUES (?)', text).lastInsertRowid);
    this.#names.add(id, text);
    return id;
  }

  /** The number of a name that may never have been written. */
  findId(text: string): number | undefined {
    const known = this.#names.idOf(text);
    if (known !== undefined) return known;
    const row = this.get<{ id: number }>('SELECT id FROM name WHERE text = ?', text);
    if (row) this.#names.add(row.id, text);
    return row?.id;
  }

  textOf(id: number): string {
    const known = this.#names.textOf(id);
    if (known !== undefined) return known;
    const row = this.get<{ text: string }>('SELECT text FROM name WHERE id = ?', id);
    if (!row) throw new Error(`the database names no ${id}`);
    this.#names.add(id, row.text);
    return row.text;
  }

  #prepare(sql: string): Sqlite.Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** better-sqlite3 takes numbered parameters (`?1`) as ones that are named `1`. */
function bound(sql: string, values: Value[]): unknown[] {
  if (!sql.includes('?1')) return values;
  return [Object.fromEntries(values.map((value, index) => [index + 1, value]))];
}
