/**
 * The first schema. What must never happen to the ledger is refused by the database itself:
 * overlapping charges of one job and node, edits, deletions of what retention still keeps.
 *
 * `flags` is provenance (0 billed, 1 quoted, 2 calibrated, 3 list) + 4 uncertain + 8 minimum.
 * No charge crosses a full hour (UTC), so that each belongs to one row of each rollup, and those
 * that touch an interval are found by their start alone.
 */
export const version1 = `
CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE retention (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  charges_from INTEGER NOT NULL,
  hours_from INTEGER NOT NULL
) STRICT;
INSERT INTO retention VALUES (1, 0, 0);
CREATE TRIGGER retention_only_rises BEFORE UPDATE ON retention
WHEN NEW.charges_from < OLD.charges_from OR NEW.hours_from < OLD.hours_from
BEGIN SELECT RAISE(ABORT, 'retention: the limit can only rise'); END;
CREATE TRIGGER retention_stays BEFORE DELETE ON retention
BEGIN SELECT RAISE(ABORT, 'retention: cannot be deleted'); END;

CREATE TABLE revision (
  id INTEGER PRIMARY KEY,
  node INTEGER NOT NULL REFERENCES name(id),
  at INTEGER NOT NULL,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE charge (
  id INTEGER PRIMARY KEY,
  node INTEGER NOT NULL REFERENCES name(id),
  job INTEGER NOT NULL REFERENCES name(id),
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  micros INTEGER NOT NULL,
  flags INTEGER NOT NULL CHECK (flags BETWEEN 0 AND 15),
  owner INTEGER REFERENCES name(id),
  superseded_by INTEGER REFERENCES revision(id),
  CHECK (from_ms < to_ms),
  CHECK (from_ms / 3600000 = (to_ms - 1) / 3600000)
) STRICT;
CREATE INDEX charge_of_node ON charge (node, from_ms) WHERE superseded_by IS NULL;
CREATE INDEX charge_in_time ON charge (from_ms) WHERE superseded_by IS NULL;

CREATE TRIGGER charge_is_new BEFORE INSERT ON charge
WHEN NEW.superseded_by IS NOT NULL OR EXISTS (SELECT 1 FROM charge WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'charge: can only be appended'); END;
CREATE TRIGGER charge_is_kept BEFORE INSERT ON charge
WHEN NEW.from_ms < (SELECT charges_from FROM retention)
BEGIN SELECT RAISE(ABORT, 'charge: older than what is kept'); END;
CREATE TRIGGER charge_does_not_overlap BEFORE INSERT ON charge
WHEN EXISTS (
  SELECT 1 FROM charge
  WHERE superseded_by IS NULL AND node = NEW.node AND job = NEW.job
    AND from_ms < NEW.to_ms AND from_ms > NEW.from_ms - 3600000 AND to_ms > NEW.from_ms
)
BEGIN SELECT RAISE(ABORT, 'charge: overlaps one in force of the same job and node'); END;
CREATE TRIGGER charge_is_not_edited BEFORE UPDATE ON charge
WHEN OLD.superseded_by IS NOT NULL OR NEW.superseded_by IS NULL
  OR NEW.id <> OLD.id OR NEW.node <> OLD.node OR NEW.job <> OLD.job
  OR NEW.from_ms <> OLD.from_ms OR NEW.to_ms <> OLD.to_ms OR NEW.micros <> OLD.micros
  OR NEW.flags <> OLD.flags OR NEW.owner IS NOT OLD.owner
BEGIN SELECT RAISE(ABORT, 'charge: can only be superseded, once'); END;
CREATE TRIGGER charge_is_not_deleted BEFORE DELETE ON charge
WHEN OLD.to_ms > (SELECT charges_from FROM retention)
BEGIN SELECT RAISE(ABORT, 'charge: cannot be deleted'); END;

CREATE TABLE charge_hour (
  hour INTEGER NOT NULL, node INTEGER NOT NULL, job INTEGER NOT NULL, flags INTEGER NOT NULL,
  micros INTEGER NOT NULL, parts INTEGER NOT NULL,
  PRIMARY KEY (hour, node, job, flags)
) WITHOUT ROWID, STRICT;
CREATE TABLE charge_day (
  day INTEGER NOT NULL, node INTEGER NOT NULL, job INTEGER NOT NULL, flags INTEGER NOT NULL,
  micros INTEGER NOT NULL, parts INTEGER NOT NULL,
  PRIMARY KEY (day, node, job, flags)
) WITHOUT ROWID, STRICT;

CREATE TRIGGER charge_adds_up AFTER INSERT ON charge BEGIN
  INSERT INTO charge_hour VALUES
    (NEW.from_ms / 3600000, NEW.node, NEW.job, NEW.flags, NEW.micros, 1)
  ON CONFLICT DO UPDATE SET micros = micros + excluded.micros, parts = parts + 1;
  INSERT INTO charge_day VALUES
    (NEW.from_ms / 86400000, NEW.node, NEW.job, NEW.flags, NEW.micros, 1)
  ON CONFLICT DO UPDATE SET micros = micros + excluded.micros, parts = parts + 1;
END;
CREATE TRIGGER charge_is_taken_off AFTER UPDATE OF superseded_by ON charge BEGIN
  UPDATE charge_hour SET micros = micros - OLD.micros, parts = parts - 1
  WHERE hour = OLD.from_ms / 3600000 AND node = OLD.node AND job = OLD.job AND flags = OLD.flags;
  DELETE FROM charge_hour
  WHERE hour = OLD.from_ms / 3600000 AND node = OLD.node AND job = OLD.job AND flags = OLD.flags
    AND parts = 0;
  UPDATE charge_day SET micros = micros - OLD.micros, parts = parts - 1
  WHERE day = OLD.from_ms / 86400000 AND node = OLD.node AND job = OLD.job AND flags = OLD.flags;
  DELETE FROM charge_day
  WHERE day = OLD.from_ms / 86400000 AND node = OLD.node AND job = OLD.job AND flags = OLD.flags
    AND parts = 0;
END;

CREATE TABLE node (
  name INTEGER PRIMARY KEY REFERENCES name(id),
  seen_at INTEGER NOT NULL,
  ended_at INTEGER,
  facts TEXT NOT NULL,
  uptime TEXT
) STRICT;
CREATE TABLE job (
  name INTEGER PRIMARY KEY REFERENCES name(id),
  seen_at INTEGER NOT NULL,
  ended_at INTEGER,
  facts TEXT NOT NULL
) STRICT;
CREATE INDEX job_ended ON job (ended_at);

CREATE TABLE rate (
  node INTEGER NOT NULL REFERENCES name(id),
  from_ms INTEGER NOT NULL,
  micros_per_hour INTEGER NOT NULL,
  provenance TEXT NOT NULL,
  basis TEXT NOT NULL,
  as_of INTEGER NOT NULL,
  PRIMARY KEY (node, from_ms)
) WITHOUT ROWID, STRICT;
CREATE TABLE quote (
  key TEXT NOT NULL, node TEXT NOT NULL, provenance TEXT NOT NULL, quote TEXT NOT NULL,
  PRIMARY KEY (key, node, provenance)
) WITHOUT ROWID, STRICT;

CREATE TABLE job_set_member (
  job_set INTEGER NOT NULL REFERENCES name(id),
  job INTEGER NOT NULL REFERENCES name(id),
  PRIMARY KEY (job, job_set)
) WITHOUT ROWID, STRICT;
CREATE TABLE sample (
  step_ms INTEGER NOT NULL,
  at INTEGER NOT NULL,
  node INTEGER NOT NULL,
  gpu INTEGER NOT NULL,
  job_set INTEGER NOT NULL,
  gpu_index INTEGER,
  origin INTEGER,
  readings INTEGER NOT NULL,
  utilization REAL, utilization_min REAL, utilization_max REAL,
  engine_active REAL, engine_active_min REAL, engine_active_max REAL,
  tensor_active REAL, memory_used REAL, memory_used_max REAL, memory_total REAL,
  power REAL, power_max REAL,
  pcie_tx REAL, pcie_rx REAL, nvlink_tx REAL, nvlink_rx REAL,
  PRIMARY KEY (step_ms, at, node, gpu, job_set)
) WITHOUT ROWID, STRICT;

CREATE TABLE alert (
  id TEXT PRIMARY KEY, resolved_at INTEGER, alert TEXT NOT NULL
) WITHOUT ROWID, STRICT;
CREATE TABLE stop (
  id TEXT PRIMARY KEY, requested_at INTEGER NOT NULL, stop TEXT NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_is_appended BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'audit: can only be appended'); END;
CREATE TRIGGER audit_is_not_edited BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit: cannot be edited'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit: cannot be deleted'); END;

CREATE TABLE api_cost (
  account TEXT NOT NULL, minute INTEGER NOT NULL, micros INTEGER NOT NULL,
  PRIMARY KEY (account, minute)
) WITHOUT ROWID, STRICT;
`;
