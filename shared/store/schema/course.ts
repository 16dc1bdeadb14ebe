/**
 * The course of each job, ready to be drawn. A row packs a span of `width_ms`: an hour of minutes,
 * or a day (UTC) of hours, of all jobs (see store/steps.ts). All of it can be read from charges and
 * samples again: up to `through` a span says what they do, and what is written there later takes
 * that back.
 */
export const course = `
CREATE TABLE course (
  width_ms INTEGER NOT NULL,
  at INTEGER NOT NULL,
  through INTEGER NOT NULL,
  lanes BLOB NOT NULL,
  PRIMARY KEY (width_ms, at)
) STRICT;

CREATE TRIGGER course_follows_charge AFTER INSERT ON charge BEGIN
  UPDATE course SET through = NEW.from_ms / 60000 * 60000
  WHERE width_ms = 3600000 AND at = NEW.from_ms / 3600000 * 3600000 AND through > NEW.from_ms;
END;
CREATE TRIGGER course_follows_superseded AFTER UPDATE OF superseded_by ON charge BEGIN
  UPDATE course SET through = OLD.from_ms / 60000 * 60000
  WHERE width_ms = 3600000 AND at = OLD.from_ms / 3600000 * 3600000 AND through > OLD.from_ms;
END;
CREATE TRIGGER course_follows_new_hour AFTER INSERT ON charge_hour BEGIN
  UPDATE course SET through = NEW.hour * 3600000
  WHERE width_ms = 86400000 AND at = NEW.hour / 24 * 86400000 AND through > NEW.hour * 3600000;
END;
CREATE TRIGGER course_follows_hour AFTER UPDATE ON charge_hour BEGIN
  UPDATE course SET through = NEW.hour * 3600000
  WHERE width_ms = 86400000 AND at = NEW.hour / 24 * 86400000 AND through > NEW.hour * 3600000;
END;
`;
