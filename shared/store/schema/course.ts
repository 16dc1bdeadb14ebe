/**
 * The course of each job, ready to be drawn. A row packs a span of `width_ms`: an hour of minutes,
 * or a day (UTC) of hours; `node` is 0, but for idle time, which belongs to nodes. `steps` are three
 * lists of doubles, little-endian, as long as the span has steps: micros (NaN where nothing was
 * charged), and activity times readings, and readings. All of it can be read from charges and samples again:
 * `course_packed` says up to when a span says what they do, and what is written there later takes
 * that back.
 */
export const course = `
CREATE TABLE course (
  width_ms INTEGER NOT NULL,
  at INTEGER NOT NULL,
  job INTEGER NOT NULL REFERENCES name(id),
  node INTEGER NOT NULL,
  steps BLOB NOT NULL,
  PRIMARY KEY (width_ms, at, job, node)
) WITHOUT ROWID, STRICT;
CREATE TABLE course_packed (
  width_ms INTEGER NOT NULL,
  at INTEGER NOT NULL,
  through INTEGER NOT NULL,
  PRIMARY KEY (width_ms, at)
) WITHOUT ROWID, STRICT;

CREATE TRIGGER course_follows_charge AFTER INSERT ON charge BEGIN
  UPDATE course_packed SET through = NEW.from_ms / 60000 * 60000
  WHERE width_ms = 3600000 AND at = NEW.from_ms / 3600000 * 3600000 AND through > NEW.from_ms;
END;
CREATE TRIGGER course_follows_superseded AFTER UPDATE OF superseded_by ON charge BEGIN
  UPDATE course_packed SET through = OLD.from_ms / 60000 * 60000
  WHERE width_ms = 3600000 AND at = OLD.from_ms / 3600000 * 3600000 AND through > OLD.from_ms;
END;
CREATE TRIGGER course_follows_new_hour AFTER INSERT ON charge_hour BEGIN
  UPDATE course_packed SET through = NEW.hour * 3600000
  WHERE width_ms = 86400000 AND at = NEW.hour / 24 * 86400000 AND through > NEW.hour * 3600000;
END;
CREATE TRIGGER course_follows_hour AFTER UPDATE ON charge_hour BEGIN
  UPDATE course_packed SET through = NEW.hour * 3600000
  WHERE width_ms = 86400000 AND at = NEW.hour / 24 * 86400000 AND through > NEW.hour * 3600000;
END;
`;
