import { meanCost } from '@burnrate/shared/panel/unit_cost_data.ts';
import { expect, test } from 'vitest';

test('the mean over a range weighs each step by what was counted in it', () => {
  const counter = 'tokens' as const;
  // Nine million at $1 a million and one at $11 are ten million for $20.
  const series = { counter, amount: [9e6, 0, 1e6], micros: [1e6, null, 11e6] };
  expect(meanCost(series, counter)).toBe(2e6);
  expect(meanCost({ counter, amount: [0, 0], micros: [null, null] }, counter)).toBeUndefined();
});
