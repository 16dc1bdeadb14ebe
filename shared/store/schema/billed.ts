/**
 * What bills say of the ledger's nodes. `charge.metered` is, of a billed charge, what had been
 * metered for it. `billed` holds the amount of each hour (UTC) of a node that
 * its charges come to, what had been metered for that hour, and what that rested on (`was`, flags
 * as of a charge): the difference stays known. `unmetered` sums up a day's other lines.
 * `reconciled` says which state of the bills a day was last compared with.
 */
export const billed = `
ALTER TABLE charge ADD COLUMN metered INTEGER;
CREATE TABLE billed (
  node INTEGER NOT NULL REFERENCES name(id), hour INTEGER NOT NULL,
  micros INTEGER NOT NULL, metered INTEGER NOT NULL, was INTEGER NOT NULL, final INTEGER NOT NULL,
  PRIMARY KEY (node, hour)
) WITHOUT ROWID, STRICT;
CREATE INDEX billed_in_time ON billed (hour);
CREATE TABLE unmetered (
  day INTEGER NOT NULL, provider TEXT NOT NULL, account TEXT NOT NULL, kind TEXT NOT NULL,
  service TEXT NOT NULL, currency TEXT NOT NULL, micros INTEGER NOT NULL, lines INTEGER NOT NULL,
  PRIMARY KEY (day, provider, account, kind, service, currency)
) WITHOUT ROWID, STRICT;
CREATE TABLE reconciled (
  day INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, at INTEGER NOT NULL
) STRICT;
`;
