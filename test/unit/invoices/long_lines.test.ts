import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { InvoiceLine } from '../../../shared/invoices/line.ts';
import { DAY, HOUR } from '../../../shared/model/time.ts';
import { charge, Desk, line, node, START } from './desk.ts';

const MONTH = { from: Date.UTC(2026, 10), to: Date.UTC(2026, 11) };
const EXPORTS = { name: 'exports', precision: 9 };

/** All of the machine's use of November on one line. */
function month(cost: string, hours: number, more: Partial<InvoiceLine> = {}): InvoiceLine {
  return line(MONTH.from, cost, {
    chargePeriodEnd: MONTH.to,
    consumedQuantity: hours,
    skuMeter: 'BoxUsage:p4d.24xlarge',
    ...more,
  });
}

/** A machine that ran three hours on each of three days, and cost more on the last one. */
function metered(): Desk {
  const desk = new Desk();
  const hours = [0, 1, 2].flatMap((day) =>
    [9, 10, 11].map((hour) => {
      const from = START + day * DAY + hour * HOUR;
      return charge(from, from + HOUR, day === 2 ? 64_000_000 : 32_000_000);
    }),
  );
  desk.meter(hours);
  const rate = {
    microsPerHour: 64_000_000,
    provenance: 'list',
    basis: 'test',
    asOf: START,
  } as const;
  desk.store.saveRate({ nodeId: node().id, from: START + 2 * DAY, rate });
  return desk;
}

const byDay = (desk: Desk) =>
  [0, 1, 2].map((day) =>
    desk
      .charges()
      .filter(({ from }) => Math.floor((from - START) / DAY) === day)
      .reduce((sum, { micros }) => sum + micros, 0),
  );

test('a line of a month is spread over the hours of its machine, by what was metered for them', () => {
  const desk = metered();
  desk.bill([month('48', 9)]);
  expect(byDay(desk)).toEqual([12_000_000, 12_000_000, 24_000_000]);
  expect(desk.charges().every(({ provenance }) => provenance === 'billed')).toBe(true);
  expect(desk.sums()).toMatchObject({ billedMicros: 48_000_000, meteredMicros: 384_000_000 });
  expect(desk.sums().unmetered).toEqual([]);
  expect(desk.store.matched(0).reduce((sum, { billedMicros }) => sum + billedMicros, 0)).toBe(
    48_000_000,
  );
  // A corrected edition, and one from which the line is gone.
  desk.bill([month('24', 9)]);
  expect(byDay(desk)).toEqual([6_000_000, 6_000_000, 12_000_000]);
  desk.bill([]);
  expect(byDay(desk)).toEqual([96_000_000, 96_000_000, 192_000_000]);
});

test('what a month’s line counts beyond the metered hours is left over', () => {
  const desk = metered();
  desk.bill([month('100', 18)]);
  expect(byDay(desk).reduce((sum, micros) => sum + micros, 0)).toBe(50_000_000);
  const { unmetered } = desk.store.invoiced.sums(MONTH);
  expect(unmetered).toEqual([{ kind: 'compute', micros: 50_000_000 }]);
});

test('a month’s line of the same use stays beside finer lines, whole, in whatever order they come', () => {
  const monthly = month('48', 9);
  const hourly = [9, 10, 11].map((hour) => line(START + DAY + hour * HOUR, '5'));
  for (const order of [
    [monthly, ...hourly],
    [...hourly, monthly],
  ]) {
    const desk = metered();
    const [first, ...rest] = order;
    desk.bill(first ? [first] : [], EXPORTS, 'one');
    desk.bill(rest, EXPORTS, 'two');
    expect(byDay(desk)).toEqual([96_000_000, 15_000_000, 192_000_000]);
    const { billedMicros, unmetered } = desk.store.invoiced.sums(MONTH);
    expect(billedMicros).toBe(15_000_000);
    expect(unmetered).toEqual([{ kind: 'compute', micros: 48_000_000 }]);
  }
});

test('finer lines that are gone leave the time to the month’s line again', () => {
  const desk = metered();
  desk.bill([month('48', 9)], EXPORTS, 'one');
  desk.bill([line(START + 9 * HOUR, '5')], EXPORTS, 'two');
  expect(byDay(desk)[0]).toBe(69_000_000);
  desk.bill([], EXPORTS, 'two');
  expect(byDay(desk)).toEqual([12_000_000, 12_000_000, 24_000_000]);
});

test('a week’s line goes before a month’s; a correction of the month changes both', () => {
  const desk = metered();
  const week = month('30', 9, {
    chargePeriodStart: START - DAY,
    chargePeriodEnd: START + 6 * DAY,
  });
  desk.bill([month('48', 9), week]);
  expect(byDay(desk)).toEqual([7_500_000, 7_500_000, 15_000_000]);
  const correction = month('-6', 0, { chargeClass: 'Correction' });
  desk.bill([month('48', 9), week, correction]);
  expect(byDay(desk)).toEqual([6_000_000, 6_000_000, 12_000_000]);
});

test('of a month that has not ended, the first hours that its line counts are billed', () => {
  const desk = metered();
  const asOf = START + DAY + 12 * HOUR;
  desk.take([month('20', 4)], 'running', EXPORTS, asOf);
  desk.reconcile();
  expect(byDay(desk)).toEqual([15_000_000, 5_000_000 + 64_000_000, 192_000_000]);
  const unknown = month('20', 4, { consumedUnit: 'Units' });
  desk.take([unknown], 'running', EXPORTS, asOf);
  desk.reconcile();
  expect(byDay(desk)).toEqual([96_000_000, 96_000_000, 192_000_000]);
});

test('a month’s line that names no machine is for all of its type that no line names', () => {
  const desk = metered();
  const other = node('i-0aaaaaaaaaaaaaaa1');
  const from = START + DAY + 9 * HOUR;
  desk.meter([charge(from, from + HOUR, 32_000_000, { nodeId: other.id })], other);
  const { resourceId: _, ...unnamed } = month('52', 10);
  desk.bill([unnamed]);
  expect(byDay(desk)).toEqual([12_000_000, 16_000_000, 24_000_000]);
});

test('whatever lines of whatever length come, the ledger holds no more than the bills and the meter', () => {
  const lengths = [HOUR, 6 * HOUR, DAY, 2 * DAY, 3 * DAY, 10 * DAY];
  const anyLine = fc.record({
    at: fc.integer({ min: 0, max: 71 }),
    length: fc.constantFrom(...lengths),
    cents: fc.integer({ min: 1, max: 5_000 }),
  });
  fc.assert(
    fc.property(fc.array(anyLine, { minLength: 1, maxLength: 8 }), (drawn) => {
      const desk = metered();
      const lines = drawn.map(({ at, length, cents }) =>
        line(START + at * HOUR, (cents / 100).toFixed(2), {
          chargePeriodEnd: START + at * HOUR + length,
          consumedUnit: 'Units',
          skuMeter: `BoxUsage:p4d.24xlarge ${length}`,
        }),
      );
      desk.bill(lines, EXPORTS, 'all');
      const { billedMicros, unmetered } = desk.store.invoiced.sums({
        from: MONTH.from,
        to: MONTH.to + 10 * DAY,
      });
      const beside = unmetered.reduce((sum, { micros }) => sum + micros, 0);
      const all = drawn.reduce((sum, { cents }) => sum + cents * 10_000, 0);
      // Each line once, in the ledger or beside it.
      expect(billedMicros + beside).toBe(all);
      const billed = desk.charges().filter(({ provenance }) => provenance === 'billed');
      expect(billed.reduce((sum, { micros }) => sum + micros, 0)).toBe(billedMicros);
    }),
    { numRuns: 25 },
  );
});
