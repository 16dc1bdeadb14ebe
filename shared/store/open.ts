import { constants, copyFileSync, existsSync, renameSync, statSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import type { Instant } from '../model/time.ts';
import { explain, StoreError } from './failure.ts';
import { APPLICATION_ID, type Migration } from './schema/index.ts';

/** Something that every face must say about the database. */
export interface Notice {
  id: string;
  severity: 'info' | 'warning' | 'critical';
  message: string;
}

export interface Opened {
  database: Sqlite.Database;
  notices: Notice[];
}

/** What is looked at wholly on each start, within some tenths of a second. */
const QUICKLY_READ_BYTES = 64 * 1024 ** 2;

/**
 * Opens the database, brings its schema up to date, and leaves it ready for use. A file that is
 * damaged, not ours, or from a newer Burnrate is renamed, never overwritten, and a new one is
 * started. Throws a StoreError where the place itself cannot be used.
 */
export function openDatabase(
  path: string,
  now: Instant,
  migrations: readonly Migration[],
  /** Whether every page is looked at first; of a large file that takes seconds. */
  { wholly = isQuicklyRead(path) || wasLeftOpen(path) }: { wholly?: boolean } = {},
): Opened {
  const existed = existsSync(path);
  const trouble = existed ? examine(path, migrations.length, wholly) : undefined;
  const notices: Notice[] = [];
  if (trouble) notices.push(setAside(path, now, trouble));
  const database = connect(path);
  try {
    const notice = migrate(database, now, migrations);
    if (notice) notices.push(notice);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    return { database, notices };
  } catch (error) {
    database.close();
    throw explain(error, path);
  }
}

function isQuicklyRead(path: string): boolean {
  return existsSync(path) && statSync(path).size <= QUICKLY_READ_BYTES;
}

/** SQLite removes its journal when the last one who has the file open closes it in order. */
function wasLeftOpen(path: string): boolean {
  return existsSync(`${path}-wal`);
}

function connect(path: string): Sqlite.Database {
  try {
    const database = new Sqlite(path, { timeout: 5000 });
    database.pragma('foreign_keys = ON');
    database.pragma('recursive_triggers = ON');
    database.pragma('trusted_schema = OFF');
    return database;
  } catch (error) {
    throw explain(error, path);
  }
}

interface Trouble {
  suffix: 'corrupt' | 'newer' | 'foreign';
  what: string;
}

/** Why the file cannot be used as it is; undefined where it can. */
function examine(path: string, newest: number, wholly: boolean): Trouble | undefined {
  let database: Sqlite.Database | undefined;
  try {
    database = connect(path);
    const application = database.pragma('application_id', { simple: true });
    const version = Number(database.pragma('user_version', { simple: true }));
    const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
    if (tables !== 0 && application !== APPLICATION_ID) {
      return { suffix: 'foreign', what: 'was written by another program' };
    }
    if (version > newest) {
      return { suffix: 'newer', what: `was written by a newer Burnrate (schema ${version})` };
    }
    if (!wholly) return undefined;
    const verdict = database.pragma('quick_check(1)', { simple: true });
    return verdict === 'ok' ? undefined : { suffix: 'corrupt', what: `is damaged (${verdict})` };
  } catch (error) {
    if (error instanceof Sqlite.SqliteError && /^SQLITE_(NOTADB|CORRUPT)/.test(error.code)) {
      return { suffix: 'corrupt', what: `is damaged (${error.message})` };
    }
    throw explain(error, path);
  } finally {
    database?.close();
  }
}

/** Renames the file and what SQLite keeps beside it, so that all of it can still be read. */
function setAside(path: string, now: Instant, trouble: Trouble): Notice {
  const place = freePlace(`${path}.${trouble.suffix}-${stamp(now)}`);
  try {
    for (const extension of ['-wal', '-shm', '']) {
      if (existsSync(path + extension)) renameSync(path + extension, place + extension);
    }
  } catch (error) {
    throw new StoreError(
      '',
      `${path} ${trouble.what}, and could not be renamed: ${(error as Error).message}.`,
      'Move the file away yourself and start Burnrate again.',
      error,
    );
  }
  return {
    id: `database-${trouble.suffix}`,
    severity: trouble.suffix === 'corrupt' ? 'critical' : 'warning',
    message:
      `The ledger ${path} ${trouble.what}. It was kept as ${place}, and a new ledger was begun: ` +
      'running nodes are metered again from their launch, earlier sums are only in the old file.',
  };
}

function migrate(
  database: Sqlite.Database,
  now: Instant,
  migrations: readonly Migration[],
): Notice | undefined {
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version === migrations.length) return undefined;
  const backup = freePlace(`${database.name}.version${version}-${stamp(now)}`);
  if (version > 0) keepCopy(database, backup);
  database
    .transaction(() => {
      for (const migration of migrations.slice(version)) database.exec(migration);
      database.pragma(`user_version = ${migrations.length}`);
      database.pragma(`application_id = ${APPLICATION_ID}`);
    })
    .exclusive();
  if (version === 0) return undefined;
  return {
    id: 'database-migrated',
    severity: 'info',
    message: `The ledger was brought from schema ${version} to ${migrations.length}; the state before is kept as ${backup}.`,
  };
}

/**
 * Copies the database as it is. Where its journal can be emptied first, the file says all, and
 * copying that is several times faster than having SQLite write it anew; file systems that can
 * share blocks take no time at all.
 */
function keepCopy(database: Sqlite.Database, backup: string): void {
  const [journal] = database.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
  if (journal?.busy !== 0) {
    database.prepare('VACUUM INTO ?').run(backup);
    return;
  }
  // Nobody else may write meanwhile.
  database
    .transaction(() => copyFileSync(database.name, backup, constants.COPYFILE_FICLONE))
    .immediate();
}

function freePlace(place: string): string {
  if (!existsSync(place)) return place;
  for (let number = 2; ; number += 1) {
    if (!existsSync(`${place}-${number}`)) return `${place}-${number}`;
  }
}

/** `20261120T101500Z`: an instant that every file system takes as part of a name. */
function stamp(at: Instant): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');
}
