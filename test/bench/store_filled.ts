import { defaultConfig } from '@burnrate/shared/config/config.ts';
import { DAY, HOUR, type Instant, MINUTE } from '@burnrate/shared/model/time.ts';
import { openStore } from '@burnrate/shared/store/sqlite.ts';
import type { Store } from '@burnrate/shared/store/store.ts';
import Sqlite from 'better-sqlite3';
import { chargesOf, jobsOf, nodesOf, readingsOf } from './store_history.ts';

/** What is told of one instant to the next, as the collector's tick tells it. */
export function writeTick(store: Store, count: number, at: Instant, to: Instant): void {
  store.tick(() => {
    store.saveNodes(nodesOf(count, 0), at);
    store.saveJobs(jobsOf(count, 0), at);
    store.saveSamples(readingsOf(count, at));
    for (const [nodeId, charge] of chargesOf(count, at, to)) {
      store.writeCharges(nodeId, { from: at, to }, [charge]);
    }
  });
}

/**
 * Fills the ledger at `path` with jobs from one instant to another, a full hour. A first minute is
 * written through the store; the rest is made of it by SQL, with the rows that the store would
 * have left by then: it takes minutes and not hours.
 */
export function fill(path: string, count: number, from: Instant, to: Instant): void {
  const { store } = openStore(path, { now: () => from });
  store.tick(() => {
    for (const { id } of nodesOf(count, 0)) {
      const rate = {
        microsPerHour: 32_000_000,
        provenance: 'quoted' as const,
        basis: '',
        asOf: from,
      };
      store.saveRate({ nodeId: id, from, rate });
    }
  });
  writeTick(store, count, from, from + MINUTE);
  store.close();

  const database = new Sqlite(path);
  database.pragma('journal_mode = OFF');
  database.pragma('synchronous = OFF');
  database.pragma('cache_size = -200000');
  const triggers = database
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    .all() as { name: string; sql: string }[];
  for (const { name } of triggers) database.exec(`DROP TRIGGER ${name}`);
  const minutesFrom = Math.max(
    from,
    Math.floor((to - defaultConfig.retention.minuteDays * DAY) / DAY) * DAY,
  );
  const rawFrom = Math.max(minutesFrom, to - 2 * HOUR);
  const beyond = from + HOUR;
  const series: [number, Instant, Instant, number][] = [
    [HOUR, beyond, minutesFrom, HOUR],
    [MINUTE, Math.max(minutesFrom, beyond), rawFrom, MINUTE],
    [0, rawFrom, to, MINUTE],
  ];
  database.exec(`
    CREATE TEMP TABLE first_sample AS SELECT * FROM sample ORDER BY node, gpu;
    CREATE TEMP TABLE first_charge AS SELECT * FROM charge ORDER BY node;
    CREATE TEMP TABLE instant (at INTEGER PRIMARY KEY, busy REAL);
  `);
  const instants = (begin: Instant, end: Instant, step: number) => {
    database.exec(`DELETE FROM instant;
      WITH RECURSIVE every(at) AS (SELECT ${begin} UNION ALL SELECT at + ${step} FROM every WHERE at + ${step} < ${end})
      INSERT INTO instant SELECT at, 0.7 + 0.25 * sin(at / 900000.0) FROM every WHERE at < ${end}`);
  };
  for (const [width, begin, end, step] of series) {
    instants(begin, end, step);
    // Each row a little different, as of a GPU that works.
    database.exec(`INSERT INTO sample
      SELECT ${width}, i.at, s.node, s.gpu, s.job_set, s.gpu_index, s.origin, ${width === HOUR ? 60 : 1},
        busy + s.gpu / 1e6, busy, busy, busy + s.gpu / 1e7, busy, busy, busy / 3 + s.gpu / 1e7,
        CAST(busy * memory_total AS INTEGER) + s.gpu, busy * memory_total, memory_total,
        60 + 340 * busy + s.gpu / 1e3, 400 * busy, 1e9 * busy, 2e9 * busy, NULL, NULL
      FROM instant AS i CROSS JOIN first_sample AS s`);
  }
  instants(Math.max(minutesFrom, beyond), to, MINUTE);
  database.exec(`INSERT INTO charge (node, job, from_ms, to_ms, micros, flags, owner)
    SELECT node, job, at, at + ${MINUTE}, micros, flags, owner
    FROM instant CROSS JOIN first_charge`);
  instants(beyond, to, HOUR);
  database.exec(`
    INSERT INTO charge_hour SELECT at / ${HOUR}, node, job, flags, 60 * micros, 60
      FROM instant CROSS JOIN first_charge;
    INSERT INTO activity_hour SELECT at / ${HOUR}, job, 480 * busy, 480
      FROM instant CROSS JOIN first_charge WHERE at < ${rawFrom};
    UPDATE activity_summed SET from_hour = ${beyond / HOUR}, to_hour = ${rawFrom / HOUR};
    UPDATE retention SET charges_from = ${minutesFrom}, hours_from = 0;
    DELETE FROM charge_day;
    INSERT INTO charge_day SELECT hour / 24, node, job, flags, sum(micros), sum(parts)
      FROM charge_hour GROUP BY 1, 2, 3, 4;
    ${triggers.map(({ sql }) => `${sql};`).join('\n')}
  `);
  database.pragma('journal_mode = WAL');
  database.close();
}
