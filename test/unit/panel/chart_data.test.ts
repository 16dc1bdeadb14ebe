import { DAY, HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { chartData, historyQuery, RANGES, SLOTS } from '@burnrate/shared/panel/chart_data.ts';
import type { History } from '@burnrate/shared/protocol/protocol.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const T0 = Date.UTC(2026, 2, 1, 12);

/** Hourly steps; each series is a job's micro-dollars and activity, step by step. */
function history(...series: [string, (number | null)[], (number | null)[]?][]): History {
  const steps = series[0]?.[1].length ?? 0;
  return {
    from: T0,
    stepMs: HOUR,
    at: Array.from({ length: steps }, (_, index) => T0 + index * HOUR),
    series: series.map(([jobId, micros, activity]) => ({
      jobId,
      name: `name of ${jobId}`,
      micros,
      activity: activity ?? micros.map(() => null),
    })),
  };
}

test('what a step cost becomes a rate, and a step that has just begun counts only what has passed', () => {
  const data = chartData(history(['a', [2_000_000, 500_000]]), T0 + HOUR + 15 * MINUTE);
  expect(data.bands[0]?.dollarsPerHour).toEqual([2, 2]);
  expect(data.totalMicros).toBe(2_500_000);
});

test('a step younger than the meter’s delay is not shown: it would look like a drop', () => {
  const data = chartData(history(['a', [2_000_000, 10_000]]), T0 + HOUR + MINUTE);
  expect(data.at).toEqual([T0]);
  expect(data.bands[0]?.dollarsPerHour).toEqual([2]);
});

test('what has only just begun is shown all the same: else nothing would seem to cost anything', () => {
  const data = chartData(history(['a', [null, 10_000]]), T0 + HOUR + MINUTE);
  expect(data.at).toHaveLength(2);
  expect(data.totalMicros).toBe(10_000);
});

test('the costliest jobs get a colour each, the rest one, and idle nodes stand last', () => {
  const jobs = Array.from({ length: SLOTS + 3 }, (_, index): [string, number[]] => [
    `job-${index}`,
    [(index + 1) * 1_000_000],
  ]);
  const data = chartData(history(['idle', [9_000_000_000]], ...jobs), T0 + HOUR);
  expect(data.bands.map((band) => band.slot)).toEqual([0, 1, 2, 3, 4, 5, 'others', 'idle']);
  expect(data.bands[0]?.jobId).toBe(`job-${SLOTS + 2}`);
  expect(data.bands.at(-2)).toMatchObject({ name: '3 other jobs', totalMicros: 6_000_000 });
});

test('a job without cost has no band', () => {
  const all = history(['a', [1_000_000]], ['b', [null]]);
  const data = chartData(all, T0 + HOUR);
  expect(data.bands.map((band) => band.jobId)).toEqual(['a']);
  expect(data.totalMicros).toBe(1_000_000);
});

test('utilization is weighted by cost, and unknown where no reading is', () => {
  const data = chartData(
    history(
      ['dear', [9_000_000, 1_000_000, 1_000_000], [1, null, 0.4]],
      ['cheap', [1_000_000, 1_000_000, null], [0, null, 0.9]],
    ),
    T0 + 3 * HOUR,
  );
  expect(data.utilization).toEqual([0.9, null, 0.4]);
});

test('bands stack up to the sum of all that was metered, whatever it was', () => {
  const amounts = fc.array(fc.option(fc.nat(1e9)), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(amounts, { minLength: 1, maxLength: 20 }), (rows) => {
      const data = chartData(
        history(...rows.map((row, index): [string, (number | null)[]] => [`job-${index}`, row])),
        T0 + 3 * HOUR,
      );
      for (let step = 0; step < 3; step++) {
        const metered = rows.reduce((sum, row) => sum + (row[step] ?? 0), 0) / 1e6;
        const stacked = data.bands.reduce((sum, band) => sum + (band.dollarsPerHour[step] ?? 0), 0);
        expect(stacked).toBeCloseTo(metered, 6);
      }
    }),
  );
});

test('every range asks for few enough steps to draw, at places that do not move', () => {
  for (const range of RANGES) {
    const one = historyQuery(range, T0);
    const later = historyQuery(range, T0 + 1_000);
    expect((one.to - one.from) / one.stepMs).toBeLessThanOrEqual(200);
    expect(one.from).toBeLessThanOrEqual(T0 - range.spanMs);
    expect(one.from).toBeGreaterThan(T0 - range.spanMs - DAY - HOUR);
    expect((later.from - one.from) % range.stepMs).toBe(0);
  }
});
