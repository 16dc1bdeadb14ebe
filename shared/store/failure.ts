import Sqlite from 'better-sqlite3';

/** A failure of the database, in words that say what happened and what to do next. */
export class StoreError extends Error {
  /** SQLite's own code, e.g. `SQLITE_FULL`; empty where another part failed. */
  readonly code: string;
  readonly remedy: string;

  constructor(code: string, message: string, remedy: string, cause?: unknown) {
    super(`${message} ${remedy}`, { cause });
    this.name = 'StoreError';
    this.code = code;
    this.remedy = remedy;
  }
}

/** Codes: https://www.sqlite.org/rescode.html; the extended ones begin with the plain one. */
const EXPLAINED: readonly { code: string; what: string; remedy: string }[] = [
  {
    code: 'SQLITE_FULL',
    what: 'the disk is full; nothing of the last minute was kept, what was kept before is safe.',
    remedy: 'Free some space; Burnrate goes on by itself and closes the gap.',
  },
  {
    code: 'SQLITE_READONLY',
    what: 'it cannot be written.',
    remedy: 'Give yourself write permission on the file and on its folder.',
  },
  {
    code: 'SQLITE_CANTOPEN',
    what: 'it cannot be opened.',
    remedy: 'Check that its folder exists and that you may write to it.',
  },
  {
    code: 'SQLITE_PERM',
    what: 'access was denied.',
    remedy: 'Give yourself permission on the file and on its folder.',
  },
  {
    code: 'SQLITE_BUSY',
    what: 'another process holds it.',
    remedy: 'Close other programs that have it open, such as a database browser.',
  },
  {
    code: 'SQLITE_LOCKED',
    what: 'another connection holds it.',
    remedy: 'Close other programs that have it open, such as a database browser.',
  },
  {
    code: 'SQLITE_IOERR',
    what: 'the disk reported an error.',
    remedy: 'Check the disk; Burnrate tries again each minute.',
  },
  {
    code: 'SQLITE_CORRUPT',
    what: 'its content is damaged.',
    remedy: 'Restart Burnrate: it sets the file aside, says where, and starts a new one.',
  },
  {
    code: 'SQLITE_NOTADB',
    what: 'it is not a database.',
    remedy: 'Restart Burnrate: it sets the file aside, says where, and starts a new one.',
  },
];

/** The same failure in plain words; errors that are no failure of the database come back as is. */
export function explain(error: unknown, path: string): unknown {
  if (!(error instanceof Sqlite.SqliteError)) return error;
  const known = EXPLAINED.find(({ code }) => error.code.startsWith(code));
  if (!known) return error;
  return new StoreError(error.code, `${path}: ${known.what}`, known.remedy, error);
}
