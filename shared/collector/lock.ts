import Database from 'better-sqlite3';

/** Holds a lock until it is released or its process ends, in whatever way. */
export interface Lock {
  release(): void;
}

/**
 * Takes an exclusive lock of the operating system on a file, or answers undefined where another
 * process holds it. Node.js has no call for that, SQLite does: an exclusive transaction on an
 * empty database is `fcntl` on Unix and `LockFileEx` on Windows. The kernel frees it when the
 * holder dies, so that there is no stale lock, no process id to trust, and nothing to delete.
 *
 * Throws where the file cannot be opened at all (permissions, a full disk, no such folder).
 */
export function tryLock(path: string): Lock | undefined {
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { timeout: 0 });
    database.pragma('locking_mode = EXCLUSIVE');
    database.pragma('journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
    const held = database;
    return { release: () => held.close() };
  } catch (error) {
    database?.close();
    const code = (error as { code?: unknown }).code;
    if (code === 'SQLITE_BUSY' || code === 'SQLITE_LOCKED') return undefined;
    throw new Error(`cannot lock ${path}: ${(error as Error).message}`, { cause: error });
  }
}
