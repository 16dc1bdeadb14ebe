import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { migrations } from '@burnrate/shared/store/schema/index.ts';
import { openStore } from '@burnrate/shared/store/sqlite.ts';
import { expect, test } from 'vitest';
import { Home, snapshotWhere } from './live.ts';

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
