/**
 * What bills teach of prices. `matched` holds one pair of list and billed cost for an account's
 * kind of machine, commitment (empty where none) and day since the epoch; `unused_commitment` what
 * was paid for nothing. A calibrated rate keeps
 * the price it was made from and how far off it may be. `spot_price` holds each change of a spot
 * price that was read, by zone.
 */
export const calibration = `
ALTER TABLE rate ADD COLUMN list INTEGER;
ALTER TABLE rate ADD COLUMN spread TEXT;

CREATE TABLE matched (
  account TEXT NOT NULL, key TEXT NOT NULL, commitment TEXT NOT NULL, day INTEGER NOT NULL,
  list_micros INTEGER NOT NULL, billed_micros INTEGER NOT NULL, final INTEGER NOT NULL,
  PRIMARY KEY (account, key, commitment, day)
) WITHOUT ROWID, STRICT;

CREATE TABLE unused_commitment (
  account TEXT NOT NULL, commitment TEXT NOT NULL, day INTEGER NOT NULL, micros INTEGER NOT NULL,
  PRIMARY KEY (account, commitment, day)
) WITHOUT ROWID, STRICT;

CREATE TABLE spot_price (
  key TEXT NOT NULL, at INTEGER NOT NULL, micros_per_hour INTEGER NOT NULL,
  PRIMARY KEY (key, at)
) WITHOUT ROWID, STRICT;
`;
