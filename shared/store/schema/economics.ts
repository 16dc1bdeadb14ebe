/**
 * What jobs did for their money. `counter` is 0 steps, 1 tokens, 2 samples; `width_ms` is a minute,
 * later an hour or a day. `cause` is 0 idle, 1 stalled, 2 waiting.
 */
export const economics = `
CREATE TABLE progress (
  job INTEGER NOT NULL REFERENCES name(id),
  counter INTEGER NOT NULL CHECK (counter BETWEEN 0 AND 2),
  width_ms INTEGER NOT NULL,
  at INTEGER NOT NULL,
  amount REAL NOT NULL,
  micros INTEGER NOT NULL,
  PRIMARY KEY (width_ms, at, job, counter)
) WITHOUT ROWID, STRICT;
CREATE INDEX progress_of_job ON progress (job, at);
CREATE TABLE progress_series (
  job INTEGER NOT NULL REFERENCES name(id),
  counter INTEGER NOT NULL CHECK (counter BETWEEN 0 AND 2),
  series TEXT NOT NULL,
  value REAL NOT NULL,
  ahead REAL NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (job, counter, series)
) WITHOUT ROWID, STRICT;

CREATE TABLE waste (
  job INTEGER NOT NULL REFERENCES name(id),
  cause INTEGER NOT NULL CHECK (cause BETWEEN 0 AND 2),
  hour INTEGER NOT NULL,
  micros INTEGER NOT NULL,
  PRIMARY KEY (hour, job, cause)
) WITHOUT ROWID, STRICT;
CREATE INDEX waste_of_job ON waste (job);
CREATE TABLE work_watch (
  job INTEGER PRIMARY KEY REFERENCES name(id),
  through INTEGER NOT NULL,
  first_read_at INTEGER,
  worked INTEGER NOT NULL
) STRICT;
CREATE TABLE saving (
  stop TEXT NOT NULL,
  day INTEGER NOT NULL,
  job INTEGER NOT NULL REFERENCES name(id),
  micros INTEGER NOT NULL,
  PRIMARY KEY (day, stop)
) WITHOUT ROWID, STRICT;
`;
