import { Effort } from '@burnrate/shared/collector/effort.ts';
import { expect, test } from 'vitest';

const MINUTE = 60_000;

/** Ticks, each `everyMs` after the last, with what each takes; answers after which one code was made fast. */
function busyAfter(cpuOfTicks: readonly number[], everyMs = MINUTE): number[] {
  let now = 5;
  let cpu = 0;
  let tick = 0;
  const fast: number[] = [];
  const effort = new Effort({
    now: () => now,
    cpuMs: () => cpu,
    onBusy: () => fast.push(tick),
  });
  for (const took of cpuOfTicks) {
    tick += 1;
    now += everyMs;
    cpu += took;
    effort.look();
  }
  return fast;
}

test('a collector at rest keeps its small code, however much its start takes', () => {
  expect(busyAfter([4000, 3000, 200, 150, 300, 150, 180, 900])).toEqual([]);
});

test('one that has much to do has it made fast, once', () => {
  expect(busyAfter([4000, 200, 200, 150, 20_000, 20_000, 100, 20_000])).toEqual([5]);
});

test('what comes once a minute is no work, even where it takes all of its second', () => {
  const seconds = (atStart: number) => [atStart, ...Array.from({ length: 59 }, () => 1)];
  expect(busyAfter([4000, 600, 600, 600, 600].flatMap(seconds), 1000)).toEqual([]);
});

test('work is noticed by a collector that ticks each second, too', () => {
  const ticks = Array.from({ length: 300 }, (_, second) => (second < 180 ? 1 : 200));
  const [after] = busyAfter(ticks, 1000);
  expect(after).toBeGreaterThan(180);
  expect(after).toBeLessThanOrEqual(240);
});
