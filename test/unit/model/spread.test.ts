import { addFigures } from '@burnrate/shared/model/rate.ts';
import { addSpreads, halfWidth, intervalOf, scaleSpread } from '@burnrate/shared/model/spread.ts';
import { expect, test } from 'vitest';

test('what one ratio is wrong about adds up in full, independent ones by their squares', () => {
  const sum = addSpreads([{ a: 3 }, { a: 1, b: 3 }, undefined]);
  expect(sum).toEqual({ a: 4, b: 3 });
  expect(halfWidth(sum)).toBe(5);
});

test('figures keep their spread through sums, and none come of figures without', () => {
  const figure = { micros: 100, provenance: 'calibrated', uncertain: false, unpriced: 0 } as const;
  const exact = { ...figure, provenance: 'billed' } as const;
  const sum = addFigures([
    { ...figure, spread: { a: 10 } },
    { ...figure, spread: { a: 10 } },
    exact,
  ]);
  expect(intervalOf(sum)).toEqual({ low: 280, high: 320 });
  expect(intervalOf(addFigures([exact, exact]))).toBeUndefined();
});

test('an interval does not reach below nothing', () => {
  expect(intervalOf({ micros: 5, spread: { a: 10 } })).toEqual({ low: 0, high: 15 });
});

test('a part of an amount is as uncertain as all of it', () => {
  expect(scaleSpread({ a: 10, b: 3 }, 0.5)).toEqual({ a: 5, b: 2 });
});
