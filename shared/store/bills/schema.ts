import type { Migration } from '../schema/index.ts';

/**
 * Bills are kept in a file of their own: they are large, they can be fetched or imported again,
 * and the ledger, which cannot, stays small to check and to back up.
 *
 * `way` is how lines came: files, or one reader of one account. `edition` is what came at once: a
 * file, or a version of a reader's part. An `item` is what a line is about, a `line` what was
 * charged for it over a time; its amounts are millionths of the currency's unit and, in `_fine`,
 * millionths of those. `part` is the edition that a reader's line belongs to, and 0 for lines of
 * files, of which the newest edition of each line is kept. Lines are ordered by time: whatever
 * order a file has, few pages are written at once.
 *
 * `cover` says whose days a way has lines of; of several ways the most precise counts. `changed`
 * says which days are to be reconciled anew. `staged` holds the batches of a part that is still read.
 */
const bills1 = `
CREATE TABLE way (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, account TEXT, precise INTEGER NOT NULL
) STRICT;
CREATE TABLE edition (
  id INTEGER PRIMARY KEY,
  way INTEGER NOT NULL REFERENCES way(id),
  part TEXT NOT NULL,
  version TEXT NOT NULL,
  title TEXT NOT NULL,
  as_of INTEGER NOT NULL,
  taken_at INTEGER NOT NULL,
  from_ms INTEGER, to_ms INTEGER,
  lines INTEGER NOT NULL,
  UNIQUE (way, part)
) STRICT;
CREATE TABLE scope (
  id INTEGER PRIMARY KEY, provider TEXT NOT NULL, account TEXT NOT NULL, UNIQUE (provider, account)
) STRICT;
CREATE TABLE item (
  id INTEGER PRIMARY KEY,
  way INTEGER NOT NULL REFERENCES way(id),
  identity BLOB NOT NULL,
  scope INTEGER NOT NULL REFERENCES scope(id),
  kind TEXT NOT NULL,
  service TEXT NOT NULL,
  currency TEXT NOT NULL,
  facts TEXT NOT NULL,
  told TEXT NOT NULL,
  told_by INTEGER NOT NULL,
  UNIQUE (way, identity)
) STRICT;
CREATE TABLE line (
  from_ms INTEGER NOT NULL,
  item INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  part INTEGER NOT NULL,
  edition INTEGER NOT NULL,
  billed INTEGER NOT NULL, billed_fine INTEGER NOT NULL,
  effective INTEGER NOT NULL, effective_fine INTEGER NOT NULL,
  list INTEGER, list_fine INTEGER,
  contracted INTEGER, contracted_fine INTEGER,
  priced REAL, consumed REAL, usd_per_unit REAL,
  final INTEGER NOT NULL,
  PRIMARY KEY (from_ms, item, to_ms, part),
  CHECK (from_ms < to_ms)
) WITHOUT ROWID, STRICT;
CREATE TABLE cover (
  scope INTEGER NOT NULL, day INTEGER NOT NULL, way INTEGER NOT NULL,
  PRIMARY KEY (scope, day, way)
) WITHOUT ROWID, STRICT;
CREATE TABLE changed (day INTEGER PRIMARY KEY, sequence INTEGER NOT NULL) STRICT;
CREATE TABLE staged (
  id INTEGER PRIMARY KEY, way TEXT NOT NULL, part TEXT NOT NULL, lines TEXT NOT NULL
) STRICT;
CREATE INDEX changed_since ON changed (sequence);
`;

/** Lines of more than a day (LONGEST_MS in scan.ts) are few, and about many days. */
const bills2 = `
CREATE INDEX long_line ON line (from_ms, to_ms, item) WHERE to_ms - from_ms > 90000000;
`;

export const billMigrations: readonly Migration[] = [bills1, bills2];
