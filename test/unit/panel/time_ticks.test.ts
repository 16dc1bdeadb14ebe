import { DAY, HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { RANGES } from '@burnrate/shared/panel/chart_data.ts';
import { timeTicks } from '@burnrate/shared/panel/time_ticks.ts';
import { expect, test } from 'vitest';

const NOW = new Date(2026, 10, 20, 14, 47, 13).getTime();

test('each range has a few ticks, on full minutes, hours or days by the local clock', () => {
  for (const { spanMs, spoken } of RANGES) {
    for (const most of [3, 5, 10]) {
      const ticks = timeTicks({ from: NOW - spanMs, to: NOW }, most);
      expect(ticks.length, spoken).toBeGreaterThan(0);
      expect(ticks.length, spoken).toBeLessThanOrEqual(most + 1);
      for (const tick of ticks) {
        const at = new Date(tick);
        expect(tick).toBeGreaterThanOrEqual(NOW - spanMs);
        expect(tick).toBeLessThanOrEqual(NOW);
        expect(at.getMinutes() % 5, spoken).toBe(0);
        expect(at.getSeconds(), spoken).toBe(0);
        if (spanMs >= 7 * DAY) expect(at.getHours(), spoken).toBe(0);
      }
    }
  }
});

test('ticks keep their places while time goes on', () => {
  const at = (now: number) => timeTicks({ from: now - 6 * HOUR, to: now }, 8);
  const later = at(NOW + 10 * MINUTE);
  expect(later.filter((tick) => tick <= NOW)).toEqual(
    at(NOW).filter((tick) => tick >= NOW + 10 * MINUTE - 6 * HOUR),
  );
});
