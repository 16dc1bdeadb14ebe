import { accrued, split } from '@burnrate/shared/model/money.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';

test('any partition of an interval accrues exactly what the whole does', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 200_000_000 }),
      fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }),
      fc.array(fc.integer({ min: 0, max: 10_000_000 }), { maxLength: 30 }),
      (rate, start, steps) => {
        let at = start;
        let sum = 0;
        for (const step of steps) {
          sum += accrued(rate, at, at + step);
          at += step;
        }
        expect(sum).toBe(accrued(rate, start, at));
      },
    ),
  );
});

test('an hour at a rate accrues the rate', () => {
  expect(accrued(32_772_600, 1_750_000_000_000, 1_750_003_600_000)).toBe(32_772_600);
});

test('parts sum to the whole and follow the weights', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1_000_000_000_000 }),
      fc.array(fc.integer({ min: 0, max: 64 }), { minLength: 1, maxLength: 12 }),
      (total, weights) => {
        const parts = split(total, weights);
        const sum = weights.reduce((a, b) => a + b, 0);
        expect(parts.reduce((a, b) => a + b, 0)).toBe(sum === 0 ? 0 : total);
        for (const [index, part] of parts.entries()) {
          const weight = weights[index] ?? 0;
          if (sum > 0) expect(Math.abs(part - (total * weight) / sum)).toBeLessThanOrEqual(1);
        }
      },
    ),
  );
});
