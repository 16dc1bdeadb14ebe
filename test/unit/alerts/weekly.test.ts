import type { Scene } from '@burnrate/shared/alerts/rule.ts';
import { weeklyRule } from '@burnrate/shared/alerts/weekly.ts';
import { lastWeek, type Week } from '@burnrate/shared/economics/week.ts';
import { afterEach, expect, test } from 'vitest';
import { sceneAt } from './scene.ts';

const ZONE = process.env.TZ;
afterEach(() => {
  if (ZONE === undefined) delete process.env.TZ;
  else process.env.TZ = ZONE;
});

const week: Week = {
  spent: 412e6,
  wasted: 103e6,
  saved: 55e6,
  worst: [{ name: 'train-7b', micros: 90e6 }],
};

function note(at: Date, sums: Partial<Week> = {}) {
  const scene: Scene = { ...sceneAt(at.getTime(), [], []), week: () => ({ ...week, ...sums }) };
  return weeklyRule().evaluate(scene);
}

test('on Monday from nine on it says what last week cost, in vain and not', () => {
  const [finding] = note(new Date(2026, 10, 23, 9, 5));
  expect(finding?.title).toBe('Last week cost $412.00; $103.00 of it did no work');
  expect(finding?.detail).toContain(
    '25%, most of it by train-7b ($90.00). Stops have saved $55.00',
  );
  const [later] = note(new Date(2026, 10, 23, 23));
  expect([later?.subject, later?.since]).toEqual([finding?.subject, finding?.since]);
});

test('on other days, before nine, and where nothing was spent, there is nothing to say', () => {
  expect(note(new Date(2026, 10, 23, 8, 59))).toEqual([]);
  expect(note(new Date(2026, 10, 24, 9, 5))).toEqual([]);
  expect(note(new Date(2026, 10, 22, 9, 5))).toEqual([]);
  expect(note(new Date(2026, 10, 23, 9, 5), { spent: 0 })).toEqual([]);
});

test('a week has seven local days, also when clocks are changed', () => {
  process.env.TZ = 'America/New_York';
  const { from, to } = lastWeek(new Date(2026, 10, 2, 9).getTime());
  expect([from, to]).toEqual([new Date(2026, 9, 26).getTime(), new Date(2026, 10, 2).getTime()]);
  expect((to - from) / 3_600_000).toBe(7 * 24 + 1);
});
