/**
 * How busy each job was by the hour: `total` is activity times readings, summed. Hours from
 * `from_hour` up to `to_hour` are summed; the others are told by the samples alone.
 */
export const activity = `
CREATE TABLE activity_hour (
  hour INTEGER NOT NULL,
  job INTEGER NOT NULL REFERENCES name(id),
  total REAL NOT NULL,
  readings INTEGER NOT NULL,
  PRIMARY KEY (hour, job)
) WITHOUT ROWID, STRICT;
CREATE TABLE activity_summed (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  from_hour INTEGER NOT NULL,
  to_hour INTEGER NOT NULL
) STRICT;
INSERT INTO activity_summed VALUES (1, 0, 0);
`;
