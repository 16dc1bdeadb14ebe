import { acceleratedClock, formatDuration, startOfLocalDay } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';

test('an accelerated clock runs at its speed, its timers too', async () => {
  const real = Date.now();
  const clock = acceleratedClock(1_000_000, real, 60);
  expect(Math.abs(clock.now() - 1_000_000 - (Date.now() - real) * 60)).toBeLessThan(6000);
  const before = clock.now();
  await new Promise<void>((done) => clock.after(6000, done));
  expect(clock.now() - before).toBeGreaterThanOrEqual(5900);
});

test('a cancelled timer never runs', async () => {
  const clock = acceleratedClock(0, Date.now(), 1000);
  let ran = false;
  clock.after(1000, () => {
    ran = true;
  })();
  await new Promise<void>((done) => clock.after(20_000, done));
  expect(ran).toBe(false);
});

test('durations read as people say them', () => {
  expect([0, 4000, 59_499, 60_000, 11_100_000, 190_000_000].map(formatDuration)).toEqual([
    '0 s',
    '4 s',
    '59 s',
    '1 min',
    '3 h 05 min',
    '2 d 4 h',
  ]);
});

test('a local day starts at midnight and holds its instants', () => {
  const now = Date.now();
  const start = startOfLocalDay(now);
  expect(new Date(start).getHours()).toBe(0);
  expect(start).toBeLessThanOrEqual(now);
  expect(startOfLocalDay(start)).toBe(start);
});
