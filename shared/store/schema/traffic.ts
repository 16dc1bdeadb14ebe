/**
 * What jobs' machines sent and wrote. `traffic` has the whole bytes of a job (or `idle`) on a node
 * in an hour (UTC; later of the day that begins then), NULL for what was not measured, and `list`:
 * what the sent ones would cost to the internet, in micro-dollars, NULL where nobody knows.
 * `traffic_series` is how far each device had come, `checkpoint` the bursts that were told.
 * `transfer` is what bills say of a day's data transfer, by the machine they name (0: none).
 */
export const traffic = `
CREATE TABLE traffic (
  hour INTEGER NOT NULL,
  node INTEGER NOT NULL REFERENCES name(id),
  job INTEGER NOT NULL REFERENCES name(id),
  sent INTEGER, received INTEGER, read INTEGER, written INTEGER,
  list INTEGER,
  PRIMARY KEY (hour, node, job)
) WITHOUT ROWID, STRICT;
CREATE TABLE traffic_series (
  node INTEGER NOT NULL REFERENCES name(id),
  account TEXT NOT NULL,
  device TEXT NOT NULL,
  at INTEGER NOT NULL,
  counts INTEGER NOT NULL,
  sent REAL, received REAL, read REAL, written REAL,
  PRIMARY KEY (node, account, device)
) WITHOUT ROWID, STRICT;
CREATE TABLE checkpoint (
  job INTEGER NOT NULL REFERENCES name(id),
  at INTEGER NOT NULL,
  flow INTEGER NOT NULL CHECK (flow BETWEEN 0 AND 1),
  ms INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  list INTEGER,
  PRIMARY KEY (job, at, flow)
) WITHOUT ROWID, STRICT;
CREATE TABLE transfer (
  day INTEGER NOT NULL,
  account TEXT NOT NULL,
  node INTEGER NOT NULL,
  micros INTEGER NOT NULL,
  lines INTEGER NOT NULL,
  PRIMARY KEY (day, account, node)
) WITHOUT ROWID, STRICT;
`;
