/** What all jobs wasted in each hour (UTC), by cause: a chart of months reads no job's rows one by one. */
export const wasteHour = `
CREATE TABLE waste_hour (
  hour INTEGER NOT NULL,
  cause INTEGER NOT NULL CHECK (cause BETWEEN 0 AND 2),
  micros INTEGER NOT NULL,
  PRIMARY KEY (hour, cause)
) WITHOUT ROWID, STRICT;
INSERT INTO waste_hour SELECT hour, cause, sum(micros) FROM waste GROUP BY hour, cause;

CREATE TRIGGER waste_adds_up AFTER INSERT ON waste BEGIN
  INSERT INTO waste_hour VALUES (NEW.hour, NEW.cause, NEW.micros)
  ON CONFLICT DO UPDATE SET micros = micros + excluded.micros;
END;
CREATE TRIGGER waste_grows AFTER UPDATE OF micros ON waste BEGIN
  UPDATE waste_hour SET micros = micros + NEW.micros - OLD.micros
  WHERE hour = NEW.hour AND cause = NEW.cause;
END;
`;
