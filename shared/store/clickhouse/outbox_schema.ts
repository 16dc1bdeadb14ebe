import { DAY, HOUR, MINUTE } from '../../model/time.ts';

/**
 * What the team store has yet to be told. A row names something that has changed, not the change:
 * what is sent is its state at that moment, so that a thousand changes while the server is away are
 * one row. `seq` grows with each change and is the version by which the team store tells states
 * apart; AUTOINCREMENT never gives a number twice. `told` is the greatest that was sent, `confirmed`
 * the greatest that the server itself has written down that it was told, and `beat`
 * counts how often the server was told of this collector itself. All of it follows from the ledger: it is made
 * where a team store is configured, and made anew for another one.
 */
export const outboxTables = `
CREATE TABLE IF NOT EXISTS team_change (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  subject ANY NOT NULL,
  step INTEGER NOT NULL,
  UNIQUE (kind, subject, step)
) STRICT;
CREATE TABLE IF NOT EXISTS team_state (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  collector TEXT NOT NULL,
  address TEXT,
  history_before INTEGER,
  caught_up_at INTEGER,
  told INTEGER NOT NULL DEFAULT 0,
  confirmed INTEGER NOT NULL DEFAULT 0,
  beat INTEGER NOT NULL DEFAULT 0
) STRICT;
`;

/**
 * Something that changed: its kind, whose it is, and of what hour or day. It gets a new number each
 * time; OR REPLACE would not do, for what fires a trigger decides what its conflicts do.
 */
const change = (kind: string, subject: string, step: string) =>
  `DELETE FROM team_change WHERE kind = '${kind}' AND subject = ${subject} AND step = ${step};
   INSERT INTO team_change (kind, subject, step) VALUES ('${kind}', ${subject}, ${step});`;

interface Watch {
  on: string;
  when?: string;
  does: string;
}

const KEPT_HOURS = '(SELECT hours_from FROM retention)';
const ofHour = (row: string) => change('hour', `${row}.node`, `${row}.hour`);
const ofDay = (row: string) => change('day', `${row}.node`, `${row}.day`);
const ofWork = (row: string, hour: string) => change('work', `${row}.job`, hour);
const ofBill = (row: string) => change('bill', "''", `${row}.day`);

/**
 * What makes a change. Compaction is none: what it takes away has been told, and the time that it
 * takes it from is known by then as one that is no longer kept. Charges change the sum of their
 * hour, all of them, so that its row tells of them.
 */
const WATCHES: Readonly<Record<string, Watch>> = {
  hour_added: { on: 'INSERT ON charge_hour', does: ofHour('NEW') },
  hour_changed: { on: 'UPDATE ON charge_hour', does: ofHour('NEW') },
  hour_gone: {
    on: 'DELETE ON charge_hour',
    when: `OLD.hour * ${HOUR} >= ${KEPT_HOURS}`,
    does: ofHour('OLD'),
  },
  day_added: {
    on: 'INSERT ON charge_day',
    when: `NEW.day * ${DAY} < ${KEPT_HOURS}`,
    does: ofDay('NEW'),
  },
  day_changed: {
    on: 'UPDATE ON charge_day',
    when: `NEW.day * ${DAY} < ${KEPT_HOURS}`,
    does: ofDay('NEW'),
  },
  node_seen: { on: 'INSERT ON node', does: change('node', 'NEW.name', '0') },
  node_changed: {
    on: 'UPDATE ON node',
    when: 'NEW.facts <> OLD.facts OR NEW.ended_at IS NOT OLD.ended_at',
    does: change('node', 'NEW.name', '0'),
  },
  job_seen: { on: 'INSERT ON job', does: change('job', 'NEW.name', '0') },
  job_changed: {
    on: 'UPDATE ON job',
    when: 'NEW.facts <> OLD.facts OR NEW.ended_at IS NOT OLD.ended_at',
    does: change('job', 'NEW.name', '0'),
  },
  alert_kept: { on: 'INSERT ON alert', does: change('alert', 'NEW.id', '0') },
  saving_kept: { on: 'INSERT ON saving', does: change('saving', 'NEW.stop', `NEW.day / ${HOUR}`) },
  counted: {
    on: 'INSERT ON progress',
    when: `NEW.width_ms = ${MINUTE}`,
    does: ofWork('NEW', `NEW.at / ${HOUR}`),
  },
  waste_added: { on: 'INSERT ON waste', does: ofWork('NEW', 'NEW.hour') },
  waste_changed: { on: 'UPDATE ON waste', does: ofWork('NEW', 'NEW.hour') },
  activity_summed: { on: 'INSERT ON activity_hour', does: ofWork('NEW', 'NEW.hour') },
  unmetered_added: { on: 'INSERT ON unmetered', does: ofBill('NEW') },
  unmetered_changed: { on: 'UPDATE ON unmetered', does: ofBill('NEW') },
  unmetered_gone: { on: 'DELETE ON unmetered', does: ofBill('OLD') },
};

export const watchAll = Object.entries(WATCHES)
  .map(
    ([name, { on, when, does }]) =>
      `CREATE TRIGGER IF NOT EXISTS team_${name} AFTER ${on}${when ? ` WHEN ${when}` : ''} BEGIN ${does} END;`,
  )
  .join('\n');

export const watchNothing = Object.keys(WATCHES)
  .map((name) => `DROP TRIGGER IF EXISTS team_${name};`)
  .join('\n');

/** All that is not of an hour: of a new team store it is told at once. */
export const markFacts = `
INSERT OR IGNORE INTO team_change (kind, subject, step) SELECT 'node', name, 0 FROM node;
INSERT OR IGNORE INTO team_change (kind, subject, step) SELECT 'job', name, 0 FROM job;
INSERT OR IGNORE INTO team_change (kind, subject, step) SELECT 'alert', id, 0 FROM alert;
INSERT OR IGNORE INTO team_change (kind, subject, step) SELECT 'saving', stop, day / ${HOUR} FROM saving;
INSERT OR IGNORE INTO team_change (kind, subject, step) SELECT DISTINCT 'bill', '', day FROM unmetered;
`;

/** The hours from ?1 up to ?2, and the days of them that are only kept as such. */
export const markHours: readonly string[] = [
  `INSERT OR IGNORE INTO team_change (kind, subject, step)
   SELECT DISTINCT 'hour', node, hour FROM charge_hour WHERE hour >= ?1 AND hour < ?2`,
  `INSERT OR IGNORE INTO team_change (kind, subject, step)
   SELECT DISTINCT 'day', node, day FROM charge_day
   WHERE day >= ?1 / 24 AND day < ?2 / 24 AND day * ${DAY} < ${KEPT_HOURS}`,
  `INSERT OR IGNORE INTO team_change (kind, subject, step)
   SELECT DISTINCT 'work', job, at / ${HOUR} FROM progress
   WHERE width_ms IN (${MINUTE}, ${HOUR}) AND at >= ?1 * ${HOUR} AND at < ?2 * ${HOUR}`,
  `INSERT OR IGNORE INTO team_change (kind, subject, step)
   SELECT DISTINCT 'work', job, hour FROM waste WHERE hour >= ?1 AND hour < ?2`,
  `INSERT OR IGNORE INTO team_change (kind, subject, step)
   SELECT DISTINCT 'work', job, hour FROM activity_hour WHERE hour >= ?1 AND hour < ?2`,
];

/** The last hour before ?1 of which the ledger knows anything; those of a day, by its first hour. */
export const lastHourBefore = `
SELECT max(hour) AS hour FROM (
  SELECT max(hour) AS hour FROM charge_hour WHERE hour < ?1
  UNION ALL SELECT max(day) * 24 FROM charge_day WHERE day < ?1 / 24
  UNION ALL SELECT max(hour) FROM waste WHERE hour < ?1
  UNION ALL SELECT max(hour) FROM activity_hour WHERE hour < ?1
  UNION ALL SELECT max(at) / ${HOUR} FROM progress WHERE width_ms = ${MINUTE} AND at < ?1 * ${HOUR}
  UNION ALL SELECT max(at) / ${HOUR} FROM progress WHERE width_ms = ${HOUR} AND at < ?1 * ${HOUR})`;
