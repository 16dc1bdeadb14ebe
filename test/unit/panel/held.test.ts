import { DAY } from '@burnrate/shared/model/time.ts';
import { billedOf, heldByDay, heldFor } from '@burnrate/shared/panel/held.ts';
import type { BillDay } from '@burnrate/shared/protocol/bill_days.ts';
import { expect, test } from 'vitest';

const day = (index: number, changes: Partial<BillDay> = {}): BillDay => ({
  at: index * DAY,
  account: 'aws:dev',
  meteredMicros: 10e6,
  meteredForBilled: 0,
  ...changes,
});

test('what holds for a step is drawn until it ends, gaps stay gaps', () => {
  expect(heldFor([0, 10, 20], [1, null, 3], 25)).toEqual([
    { x: 0, y: 1 },
    { x: 10, y: null },
    { x: 20, y: 3 },
    { x: 25, y: 3 },
  ]);
  expect(heldFor([], [], 25)).toEqual([]);
});

test('a day without an amount, and one without an entry, are gaps in the chart of bills', () => {
  const days = [day(0, { billedMicros: 9e6 }), day(1, { billedMicros: 8e6 }), day(2), day(5)];
  const billed = heldByDay(days, ({ billedMicros }) => billedMicros, { to: 5.5 * DAY });
  expect(billed.filter(({ y }) => y !== null)).toEqual([
    { x: 0, y: 9 },
    { x: DAY, y: 8 },
    { x: 2 * DAY, y: 8 },
  ]);
  const metered = heldByDay(days, ({ meteredMicros }) => meteredMicros, { to: 5.5 * DAY });
  // Nothing is drawn between the third day and the sixth, and the last ends with the time.
  expect(metered.slice(2)).toEqual([
    { x: 2 * DAY, y: 10 },
    { x: 3 * DAY, y: 10 },
    { x: 3 * DAY, y: null },
    { x: 5 * DAY, y: 10 },
    { x: 5.5 * DAY, y: 10 },
    { x: 5.5 * DAY, y: null },
  ]);
});

test('of a day that is billed in part the rest is as metered; of one that is not, nothing is said', () => {
  expect(billedOf(day(0, { billedMicros: 5e6, meteredForBilled: 6e6 }))).toBe(9e6);
  expect(billedOf(day(0))).toBeUndefined();
});
