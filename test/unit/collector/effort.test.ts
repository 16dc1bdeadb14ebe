import { Effort } from '@burnrate/shared/collector/effort.ts';
import { expect, test } from 'vitest';

const MINUTE = 60_000;

/** Ticks of a minute each, with what each takes; answers after which one code was made fast. */
function busyAfter(cpuOfTicks: readonly number[]): number[] {
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
    now += MINUTE;
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
