import { levelOf, type Observation } from '@burnrate/shared/pricing/level.ts';
import { describe, expect, test } from 'vitest';

/** A day's bill came to so much of the list price. */
function bills(...ratios: number[]): Observation[] {
  return ratios.map((ratio, day) => ({ day, logRatio: Math.log(ratio), weight: 1 }));
}

function ratioOf(observations: Observation[]): number {
  return Math.exp(levelOf(observations)?.mean ?? Number.NaN);
}

function halfOf(observations: Observation[]): number {
  const level = levelOf(observations);
  return 1.96 * Math.sqrt((level?.variance ?? 0) + (level?.dispersion ?? 0) ** 2);
}

test('without bills there is no level', () => {
  expect(levelOf([])).toBeUndefined();
});

test('it narrows as bills arrive', () => {
  const steady = bills(...Array.from({ length: 30 }, () => 0.9));
  const halves = [1, 2, 4, 10, 30].map((days) => halfOf(steady.slice(0, days)));
  expect(halves).toEqual(halves.toSorted((a, b) => b - a));
  expect(halves[0]).toBeGreaterThan(0.05);
  expect(halves[3]).toBeLessThan(0.02);
  expect(ratioOf(steady)).toBeCloseTo(0.9, 6);
});

describe('one odd day', () => {
  test('moves nothing once the next bill is as before', () => {
    const observations = bills(0.9, 0.9, 0.9, 0.9, 0.9, 0.6, 0.9, 0.9);
    expect(ratioOf(observations)).toBeCloseTo(0.9, 3);
    expect(levelOf(observations)?.changedBy).toBeUndefined();
  });

  test('is within the interval until then, for it may be the first of another contract', () => {
    const observations = bills(0.9, 0.9, 0.9, 0.9, 0.9, 0.8);
    expect(ratioOf(observations)).toBeCloseTo(0.9, 3);
    expect(halfOf(observations)).toBeGreaterThan(Math.log(0.9 / 0.8));
    expect(levelOf(observations)?.odd?.by).toBeCloseTo(Math.log(0.8 / 0.9), 3);
  });
});

test('two odd days that say the same are another contract, and what was before is not averaged in', () => {
  const observations = bills(0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.8, 0.8);
  expect(ratioOf(observations)).toBeCloseTo(0.8, 3);
  expect(levelOf(observations)).toMatchObject({ since: 8, lastDay: 9 });
  expect(levelOf(observations)?.changedBy).toBeCloseTo(Math.log(0.8 / 0.9), 3);
});

test('two odd days that contradict each other change nothing', () => {
  expect(ratioOf(bills(0.9, 0.9, 0.9, 0.9, 0.9, 0.7, 1.2))).toBeCloseTo(0.9, 3);
});

test('a slow drift is followed', () => {
  const drifting = bills(...Array.from({ length: 90 }, (_, day) => 0.9 + day * 0.0005));
  expect(ratioOf(drifting)).toBeGreaterThan(0.925);
});

test('bills in another order say the same', () => {
  const observations = bills(0.9, 0.91, 0.9, 0.89, 0.9, 0.8, 0.8);
  expect(levelOf(observations.toReversed())).toEqual(levelOf(observations));
});
