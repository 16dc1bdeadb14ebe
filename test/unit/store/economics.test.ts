import { unitCostsOf } from '@burnrate/shared/collector/work.ts';
import { DAY, HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { afterEach, expect, test } from 'vitest';
import { NOON, Place } from './place.ts';

const places: Place[] = [];
afterEach(() => {
  for (const place of places.splice(0)) place[Symbol.dispose]();
});

function open() {
  const place = new Place();
  places.push(place);
  const retention = { minuteDays: 1, hourDays: 2 };
  return { place, store: place.open({ retention }).store };
}

const minute = (at: number, amount: number, jobId = 'a') =>
  ({ jobId, counter: 'tokens', at, amount, micros: 600 }) as const;

test('what is counted in a minute is kept once, however often it is written', () => {
  const { store } = open();
  store.saveProgress([minute(NOON, 5)], []);
  store.saveProgress([minute(NOON, 9), minute(NOON, 1, 'b'), minute(NOON + MINUTE, 2)], []);
  expect(store.progress({ from: NOON, to: NOON + HOUR }, 'a')).toEqual([
    { ...minute(NOON, 9), widthMs: MINUTE },
    { ...minute(NOON + MINUTE, 2), widthMs: MINUTE },
  ]);
  expect(store.progressTotals()).toEqual([
    { jobId: 'a', counter: 'tokens', amount: 11 },
    { jobId: 'b', counter: 'tokens', amount: 1 },
  ]);
  expect(store.progress({ from: NOON, to: NOON + HOUR }, 'nobody')).toEqual([]);
});

test('minutes become hours and days, and what was counted stays the same', () => {
  const { store } = open();
  const minutes = Array.from({ length: 600 }, (_, index) => minute(NOON + index * MINUTE, index));
  store.saveProgress(minutes, []);
  const all = { from: 0, to: NOON + 9 * DAY };
  for (const [later, widthMs] of [
    [2 * DAY, HOUR],
    [6 * DAY, DAY],
  ] as const) {
    store.compact(NOON + later);
    store.compact(NOON + later);
    const rows = store.progress(all, 'a');
    expect(new Set(rows.map((row) => row.widthMs))).toEqual(new Set([widthMs]));
    expect(rows.reduce((sum, { amount }) => sum + amount, 0)).toBe((599 * 600) / 2);
    expect(rows.reduce((sum, { micros }) => sum + micros, 0)).toBe(600 * 600);
  }
});

test('a unit costs what the minutes of a step cost; a step in which nothing was counted, nothing', () => {
  const { store } = open();
  store.saveProgress([minute(NOON, 1e6), minute(NOON + MINUTE, 1e6), minute(NOON + HOUR, 0)], []);
  const span = { jobId: 'a', from: NOON, to: NOON + 3 * HOUR, stepMs: HOUR };
  expect(unitCostsOf(store, span)).toEqual({
    at: [NOON, NOON + HOUR, NOON + 2 * HOUR],
    series: [{ counter: 'tokens', amount: [2e6, 0, 0], micros: [600, null, null] }],
  });
  expect(() => unitCostsOf(store, { ...span, stepMs: 1 })).toThrow('5000 steps');
});

test('waste adds up by job and cause; until when it is reckoned survives', () => {
  const { store, place } = open();
  const idle = { jobId: 'a', cause: 'idle', at: NOON, micros: 5 } as const;
  store.addWaste([idle, { ...idle, cause: 'waiting', micros: 2 }], []);
  const watch = { jobId: 'a', through: NOON + 9, firstReadAt: NOON, worked: true };
  store.addWaste([idle, { ...idle, at: NOON + 2 * HOUR }], [watch]);
  store.close();
  const again = place.open().store;
  const waste = (span: { from: number; to: number }) => again.wasteSums(span).get('a');
  expect(waste({ from: NOON, to: NOON + DAY })).toEqual({ idle: 15, stalled: 0, waiting: 2 });
  expect(waste({ from: NOON + HOUR, to: NOON + DAY })).toMatchObject({ idle: 5, waiting: 0 });
  expect(again.workWatches(NOON)).toEqual([watch]);
  expect(again.workWatches(NOON + 10)).toEqual([]);
});

test('what a stop has saved is said anew for its day, and adds up over days', () => {
  const { store } = open();
  const saving = { stopId: 's', jobId: 'a', day: NOON, micros: 5 };
  store.saveSavings([saving]);
  store.saveSavings([
    { ...saving, micros: 7 },
    { ...saving, day: NOON + DAY, micros: 1 },
  ]);
  expect(store.savings({ from: NOON, to: NOON + DAY })).toEqual(new Map([['a', 7]]));
  expect(store.savings({ from: NOON, to: NOON + 2 * DAY })).toEqual(new Map([['a', 8]]));
});
