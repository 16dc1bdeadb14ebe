import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DAY, HOUR } from '@burnrate/shared/model/time.ts';
import { migrations } from '@burnrate/shared/store/schema/index.ts';
import { StoreError } from '@burnrate/shared/store/sqlite.ts';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { nodeOf } from '../metering/given.ts';
import { hourly, JOB, MIDNIGHT, NODE, NOON, Place } from './place.ts';

const STAMP = '20261120T120000Z';

/** A closed ledger with some days of charges in it. */
function filled(place: Place): number {
  const { store } = place.open();
  const charges = hourly(MIDNIGHT, 24 * 20);
  store.writeCharges(NODE, { from: MIDNIGHT, to: MIDNIGHT + 20 * DAY }, charges);
  store.close();
  return charges.reduce((all, { micros }) => all + micros, 0);
}

const totalOf = (store: ReturnType<Place['open']>['store']) =>
  store.totals({ from: 0, to: NOON + 100 * DAY }).get(JOB)?.micros;

test('a ledger is opened again as it was left, in WAL mode, without a word', () => {
  using place = new Place();
  const sum = filled(place);
  const { store, notices } = place.open();
  expect(notices).toEqual([]);
  expect(totalOf(store)).toBe(sum);
  expect(place.raw().pragma('journal_mode', { simple: true })).toBe('wal');
});

function overwrite(path: string, at: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

function flipBit(path: string, at: number): void {
  overwrite(path, at, Uint8Array.of((readFileSync(path)[at] ?? 0) ^ 0b100));
}

test.each([
  ['random bytes', (path: string) => writeFileSync(path, randomBytes(50_000))],
  ['a text', (path: string) => writeFileSync(path, 'this is no database\n'.repeat(500))],
  [
    'half of the file',
    (path: string) => truncateSync(path, Math.floor(readFileSync(path).length / 8192) * 4096),
  ],
  ['a file cut within its first page', (path: string) => truncateSync(path, 700)],
  ['a schema page that was overwritten', (path: string) => overwrite(path, 100, randomBytes(3996))],
  ['one flipped bit at the head of a page', (path: string) => flipBit(path, 4096 * 6)],
  [
    'pages in the middle that were overwritten',
    (path: string) => overwrite(path, 4096 * 6, randomBytes(4096 * 3)),
  ],
])('%s: it is set aside untouched, said so, and a new ledger begun', (_what, damage) => {
  using place = new Place();
  filled(place);
  damage(place.path);
  const damaged = readFileSync(place.path);
  const { store, notices } = place.open();
  const aside = `${place.path}.corrupt-${STAMP}`;
  expect(notices).toMatchObject([{ id: 'database-corrupt', severity: 'critical' }]);
  expect(notices[0]?.message).toContain(`${place.path} is damaged`);
  expect(notices[0]?.message).toContain(aside);
  expect(readFileSync(aside).equals(damaged)).toBe(true);
  expect(totalOf(store)).toBeUndefined();
  store.writeCharges(NODE, { from: NOON, to: NOON + HOUR }, hourly(NOON, 1));
  store.close();
  expect(place.open().notices).toEqual([]);
});

test('a second damaged ledger within the same second takes nobody its place', () => {
  using place = new Place();
  for (const text of ['one', 'two', 'three']) {
    writeFileSync(place.path, text.repeat(999));
    place.open().store.close();
  }
  const aside = readdirSync(place.folder)
    .filter((name) => name.includes('corrupt'))
    .sort();
  expect(aside.map((name) => readFileSync(join(place.folder, name), 'utf8').slice(0, 3))).toEqual([
    'one',
    'two',
    'thr',
  ]);
});

test('a damaged ledger that somebody still reads is set aside with its journal', () => {
  using place = new Place();
  filled(place);
  const reader = place.raw();
  reader.prepare('SELECT count(*) FROM charge').get();
  const { store: writer } = place.open();
  writer.writeCharges(NODE, { from: NOON, to: NOON + HOUR }, hourly(NOON, 1));
  writer.close();
  const journal = readFileSync(`${place.path}-wal`);
  expect(journal.length).toBeGreaterThan(0);
  overwrite(place.path, 4096, randomBytes(readFileSync(place.path).length - 4096));
  const { store, notices } = place.open();
  expect(notices).toMatchObject([{ id: 'database-corrupt' }]);
  expect(readFileSync(`${place.path}.corrupt-${STAMP}-wal`).equals(journal)).toBe(true);
  expect(totalOf(store)).toBeUndefined();
});

test('a ledger of a newer Burnrate is set aside whole, and can be used by that one again', () => {
  using place = new Place();
  const sum = filled(place);
  const newer = [...migrations, 'CREATE TABLE of_tomorrow (id INTEGER)'];
  place.open({ migrations: newer }).store.close();
  const { store, notices } = place.open();
  const aside = `${place.path}.newer-${STAMP}`;
  expect(notices).toMatchObject([{ id: 'database-newer', severity: 'warning' }]);
  expect(notices[0]?.message).toContain(`newer Burnrate (schema ${migrations.length + 1})`);
  expect(notices[0]?.message).toContain(aside);
  expect(totalOf(store)).toBeUndefined();
  const kept = place.raw(aside);
  expect(kept.prepare('SELECT sum(micros) FROM charge').pluck().get()).toBe(sum);
  expect(kept.prepare('SELECT count(*) FROM of_tomorrow').pluck().get()).toBe(0);
});

test('a database of another program is not touched', () => {
  using place = new Place();
  const theirs = new Database(place.path);
  theirs.exec('CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES (1)');
  theirs.close();
  const before = readFileSync(place.path);
  const { notices } = place.open();
  expect(notices).toMatchObject([{ id: 'database-foreign' }]);
  expect(readFileSync(`${place.path}.foreign-${STAMP}`).equals(before)).toBe(true);
});

test('an older ledger is brought up to date, step by step, and kept as it was', () => {
  using place = new Place();
  const sum = filled(place);
  const next = [
    ...migrations,
    'ALTER TABLE audit ADD COLUMN note TEXT; CREATE TABLE step (name TEXT)',
    "INSERT INTO step VALUES ('two')",
  ];
  const { store, notices } = place.open({ migrations: next });
  const backup = `${place.path}.version${migrations.length}-${STAMP}`;
  expect(notices).toMatchObject([{ id: 'database-migrated', severity: 'info' }]);
  expect(notices[0]?.message).toContain(backup);
  expect(totalOf(store)).toBe(sum);
  expect(place.raw().pragma('user_version', { simple: true })).toBe(next.length);
  expect(place.raw().prepare('SELECT name FROM step').pluck().all()).toEqual(['two']);

  const old = place.raw(backup);
  expect(old.pragma('user_version', { simple: true })).toBe(migrations.length);
  expect(old.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(old.prepare('SELECT sum(micros) FROM charge').pluck().get()).toBe(sum);
  expect(old.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'step'").pluck().get()).toBe(
    0,
  );
  expect(place.open({ migrations: next }).notices).toEqual([]);
});

test('a step that fails changes nothing, and the ledger can still be used', () => {
  using place = new Place();
  const sum = filled(place);
  const broken = [
    ...migrations,
    'CREATE TABLE half (id INTEGER)',
    'CREATE TABLE charge (id INTEGER)',
  ];
  expect(() => place.open({ migrations: broken })).toThrow(/charge already exists/);
  const { store, notices } = place.open();
  expect(notices).toEqual([]);
  expect(totalOf(store)).toBe(sum);
  expect(
    place.raw().prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").pluck().get(),
  ).toBe(0);
});

test('a full disk is said in plain words, what was kept is safe, and it goes on when there is space', () => {
  using place = new Place();
  // As many pages as the schema takes, and some more.
  const small = [...migrations, 'PRAGMA max_page_count = 80'];
  const { store } = place.open({ migrations: small });
  const nodes = Array.from({ length: 50 }, (_, index) =>
    nodeOf({ id: `aws:dev:${index}`, labels: { text: 'x'.repeat(500) } }),
  );
  const save = (round: number) =>
    store.tick(() => {
      store.saveNodes(
        nodes.map((node) => ({ ...node, id: `${node.id}-${round}` })),
        NOON,
      );
      store.writeCharges(
        NODE,
        { from: NOON + round * HOUR, to: NOON + (round + 1) * HOUR },
        hourly(NOON + round * HOUR, 1),
      );
    });
  let kept = 0;
  let failure: unknown;
  for (; kept < 100 && failure === undefined; kept += 1) {
    try {
      save(kept);
    } catch (error) {
      failure = error;
    }
  }
  kept -= 1;
  expect(failure).toBeInstanceOf(StoreError);
  expect(failure).toMatchObject({ code: 'SQLITE_FULL' });
  expect(String(failure)).toMatch(/the disk is full; .*Free some space/);
  expect(kept).toBeGreaterThan(0);
  expect(store.nodes(0)).toHaveLength(50 * kept);
  expect(store.meteredThrough(NODE)).toBe(NOON + kept * HOUR);
  expect(() => save(kept)).toThrow(StoreError);
  store.close();

  const again = place.open({ migrations: small }).store;
  expect(again.nodes(0)).toHaveLength(50 * kept);
  again.writeCharges(
    NODE,
    { from: NOON + kept * HOUR, to: NOON + (kept + 1) * HOUR },
    hourly(NOON + kept * HOUR, 1),
  );
  expect(again.meteredThrough(NODE)).toBe(NOON + (kept + 1) * HOUR);
  expect(place.raw().pragma('integrity_check', { simple: true })).toBe('ok');
});

test('while another process holds the ledger, a write says so, and works once it is let go', () => {
  using place = new Place();
  const { store } = place.open();
  const other = place.raw();
  other.exec('BEGIN IMMEDIATE');
  expect(() => store.saveNodes([nodeOf()], NOON)).toThrow(
    /another process holds it.*database browser/,
  );
  // Reading goes on all the while.
  expect(store.nodes(0)).toEqual([]);
  other.exec('ROLLBACK');
  store.saveNodes([nodeOf()], NOON);
  expect(store.nodes(0)).toHaveLength(1);
});

test.skipIf(process.platform === 'win32')(
  'a place that cannot be used is said, with what to do',
  () => {
    using place = new Place();
    const missing = new Place();
    missing[Symbol.dispose]();
    expect(() => missing.open()).toThrow(/does not exist|cannot be opened/);
    if (process.getuid?.() === 0) return;
    filled(place);
    chmodSync(place.path, 0o400);
    chmodSync(place.folder, 0o500);
    expect(() => place.open()).toThrow(/write permission/);
    chmodSync(place.folder, 0o700);
  },
);
