import { unitLines, unitText } from '@burnrate/shared/faces/units.ts';
import type { UnitCost } from '@burnrate/shared/model/work.ts';
import { expect, test } from 'vitest';

const tokens: UnitCost = {
  counter: 'tokens',
  total: 1_300_000_000,
  perHour: 78_000_000,
  micros: 420_000,
  microsOverDay: 400_000,
  advancedAt: 0,
};
const steps: UnitCost = { counter: 'steps', total: 12_000, advancedAt: 0 };

test('a job’s line tells the first price of its work that is known', () => {
  expect(unitText({ units: [steps, tokens] })).toBe('$0.42 per 1M tokens');
  expect(unitText({ units: [steps] })).toBe('');
  expect(unitText({})).toBe('');
});

test('each counter has a line: what a unit costs, how much there is, and how fast', () => {
  expect(unitLines({ units: [tokens, steps] })).toEqual([
    '$0.42 per 1M tokens (over a day: $0.40) · 1.3B tokens · 78M an hour',
    '12K steps',
  ]);
});
