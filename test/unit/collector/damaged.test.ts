import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { migrations } from '@burnrate/shared/store/schema/index.ts';
import { openStore } from '@burnrate/shared/store/sqlite.ts';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { clockAt, Home, snapshotWhere } from './live.ts';

const randomFile = (path: string) => writeFileSync(path, randomBytes(20_000));
const ofTomorrow = (path: string) =>
  openStore(path, {
    now: Date.now,
    migrations: [...migrations, 'CREATE TABLE of_tomorrow (id INTEGER)'],
  }).store.close();

test.each([
  ['damaged', randomFile, 'critical', 'is damaged'],
  ['newer', ofTomorrow, 'warning', 'was written by a newer Burnrate'],
] as const)(
  'a %s ledger is kept, said on every face, and the watch goes on without it',
  async (_what, write, severity, said) => {
    await using home = new Home();
    mkdirSync(dirname(home.paths.database), { recursive: true, mode: 0o700 });
    write(home.paths.database);
    const before = readFileSync(home.paths.database);
    const folder = home.folder('a');
    home.configure({ sources: { processes: { folders: [folder] } } });
    const { id } = home.job(folder, { name: 'train' });
    const link = await home.connect();
    const seen = await snapshotWhere(link, 'a metered job', (snapshot) =>
      snapshot.jobs.some((job) => job.id === id && job.today.micros > 0),
    );
    const notice = seen.notices.find(({ message }) => message.includes(home.paths.database));
    expect(notice).toMatchObject({ severity });
    expect(notice?.message).toContain(said);
    const place = dirname(home.paths.database);
    const aside = readdirSync(place).filter(
      (name) => name.startsWith(`${basename(home.paths.database)}.`) && !/-(wal|shm)$/.test(name),
    );
    expect(aside).toHaveLength(1);
    const kept = join(place, aside[0] ?? '');
    expect(notice?.message).toContain(kept);
    expect(readFileSync(kept).equals(before)).toBe(true);
  },
);

test('what cannot be kept is said, and made up for as soon as it can', async () => {
  // A second is a minute, so that each second there is a tick that meters.
  await using home = new Home(clockAt(60));
  const folder = home.folder('a');
  home.configure({
    sources: { processes: { folders: [folder], pricePerHour: 36 } },
    cadence: { accountsSeconds: 15, telemetrySeconds: 15 },
  });
  const { id } = home.job(folder, { name: 'train' });
  const link = await home.connect();
  await snapshotWhere(link, 'a metered job', ({ jobs }) => (jobs[0]?.total.micros ?? 0) > 0);

  const database = new Database(home.paths.database);
  database.exec(
    "CREATE TRIGGER full BEFORE INSERT ON charge BEGIN SELECT RAISE(ABORT, 'disk is full'); END",
  );
  const failing = await snapshotWhere(link, 'the notice', ({ notices }) => notices.length > 0);
  expect(failing.notices[0]).toMatchObject({ severity: 'critical' });
  expect(failing.notices[0]?.message).toMatch(/cannot be kept, and is tried again: disk is full/);
  expect(failing.notices[0]?.message).toContain(home.paths.log);
  expect(failing.jobs.some((job) => job.id === id)).toBe(true);
  database.exec('DROP TRIGGER full');
  database.close();

  const mended = await snapshotWhere(
    link,
    'a tick that was kept',
    ({ notices, at }) => notices.length === 0 && at > failing.at,
  );
  const total = mended.jobs.find((job) => job.id === id)?.total.micros ?? 0;
  // A job of this source has run since then, at a micro-dollar for every tenth of a millisecond.
  expect(total).toBeGreaterThanOrEqual((failing.at - home.launchedAt) * 10);
});
