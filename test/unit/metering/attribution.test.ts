import { attribute, cut, shareOut } from '@burnrate/shared/metering/attribution.ts';
import type { Charge } from '@burnrate/shared/model/charge.ts';
import { accrued } from '@burnrate/shared/model/money.ts';
import { HOUR, type Interval, MINUTE } from '@burnrate/shared/model/time.ts';
import { portion } from '@burnrate/shared/store/portion.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  anyJobs,
  anyRate,
  byJob,
  jobOf,
  nodeOf,
  overlaps,
  rateOf,
  resolveIn,
  START,
  sumOf,
} from './given.ts';

const node = nodeOf({ cores: 96 });
const WHOLE: Interval = { from: START, to: START + 3 * HOUR };
const resolve = resolveIn(node);
const instantWithin = fc.integer({ min: WHOLE.from, max: WHOLE.to });

const anyRates = fc
  .array(fc.tuple(instantWithin, anyRate), { maxLength: 4 })
  .chain((changes) => anyRate.map((first) => ({ first, changes })))
  .map(({ first, changes }) => {
    const later = new Map(changes);
    return [
      rateOf(first, START - HOUR),
      ...[...later].sort(([a], [b]) => a - b).map(([at, rate]) => rateOf(rate, at)),
    ];
  });

/** What the node costs over the interval, by its rates alone. */
function costOf({ from, to }: Interval, rates: ReturnType<typeof rateOf>[]): number {
  const pieces = cut(
    { from, to },
    rates.map((change) => change.from),
  );
  return pieces.reduce((sum, piece) => {
    const inForce = rates.findLast((change) => change.from <= piece.from) ?? rates[0];
    return sum + accrued(inForce?.rate.microsPerHour ?? 0, piece.from, piece.to);
  }, 0);
}

test('jobs and idle together cost exactly what the node costs, whoever holds what', () => {
  fc.assert(
    fc.property(anyJobs(node, WHOLE), anyRates, (jobs, rates) => {
      const charges = attribute({ node, jobs, rates, interval: WHOLE, resolve });
      expect(sumOf(charges)).toBe(costOf(WHOLE, rates));
      expect(overlaps(charges)).toBe(false);
      for (const { from, to, micros } of charges) {
        expect(micros).toBeGreaterThanOrEqual(0);
        expect(Number.isSafeInteger(micros)).toBe(true);
        expect(Math.floor(from / HOUR)).toBe(Math.floor((to - 1) / HOUR));
      }
    }),
  );
});

test('any partition of time gives each job the same', () => {
  fc.assert(
    fc.property(
      anyJobs(node, WHOLE),
      anyRates,
      fc.array(instantWithin, { maxLength: 12 }),
      (jobs, rates, cuts) => {
        const whole = attribute({ node, jobs, rates, interval: WHOLE, resolve });
        const parts: Charge[] = cut(WHOLE, cuts).flatMap((interval) =>
          attribute({ node, jobs, rates, interval, resolve }),
        );
        expect(byJob(parts)).toEqual(byJob(whole));
      },
    ),
  );
});

test('the order in which jobs are listed is of no matter', () => {
  const shuffled = anyJobs(node, WHOLE).chain((jobs) =>
    fc.tuple(fc.constant(jobs), fc.shuffledSubarray(jobs, { minLength: jobs.length })),
  );
  fc.assert(
    fc.property(shuffled, anyRates, ([jobs, others], rates) => {
      const charges = attribute({ node, jobs, rates, interval: WHOLE, resolve });
      expect(attribute({ node, jobs: others, rates, interval: WHOLE, resolve })).toEqual(charges);
    }),
  );
});

test('a rate that changes within the interval is paid from then on, to the millisecond', () => {
  const at = START + 17 * MINUTE + 1;
  const rates = [rateOf(36_000_000), rateOf(72_000_000, at)];
  const interval = { from: START, to: START + 40 * MINUTE };
  const charges = attribute({ node, jobs: [jobOf()], rates, interval, resolve });
  const expected = accrued(36_000_000, START, at) + accrued(72_000_000, at, interval.to);
  expect(byJob(charges)).toEqual({ 'slurm:lab:1': expected });
});

test('the first rate holds for the time before it too; without any there is no charge', () => {
  const interval = { from: START, to: START + 10 * MINUTE };
  const late = [rateOf(36_000_000, START + 5 * MINUTE)];
  expect(sumOf(attribute({ node, jobs: [], rates: late, interval, resolve }))).toBe(
    accrued(36_000_000, interval.from, interval.to),
  );
  expect(attribute({ node, jobs: [], rates: [], interval, resolve })).toEqual([]);
});

test('what nobody holds is idle, and owned by who owns the node', () => {
  const interval = { from: START, to: START + 30 * MINUTE };
  const half = jobOf({ shares: [{ node: node.id, gpus: 4 }], endedAt: START + 10 * MINUTE });
  const charges = attribute({ node, jobs: [half], rates: [rateOf(6_000_000)], interval, resolve });
  const idle = charges.filter(({ jobId }) => jobId === 'idle');
  expect(idle.every(({ owner }) => owner === 'ada')).toBe(true);
  expect(charges.find(({ jobId }) => jobId === half.id)?.owner).toBe('bob');
  expect(byJob(charges)['slurm:lab:1']).toBeCloseTo(500_000, -1);
  expect(sumOf(charges)).toBe(accrued(6_000_000, interval.from, interval.to));
});

test('money accrues evenly over every charge, so that a part of it can be told', () => {
  fc.assert(
    fc.property(anyJobs(node, WHOLE), anyRates, instantWithin, (jobs, rates, at) => {
      const input = { node, jobs, rates, resolve };
      const before = byJob(attribute({ ...input, interval: { from: WHOLE.from, to: at } }));
      const parts = attribute({ ...input, interval: WHOLE })
        .map((charge) => ({ ...charge, micros: portion(charge.micros, charge, WHOLE.from, at) }))
        .filter(({ from }) => from < at);
      const told = byJob(parts);
      for (const [id, micros] of Object.entries(before)) {
        expect(Math.abs((told[id] ?? 0) - micros)).toBeLessThanOrEqual(2);
      }
    }),
  );
});

test('parts of one instant never fall as time goes on', () => {
  const parts = fc.array(
    fc.record({ jobId: fc.string(), weight: fc.integer({ min: 1, max: 1_000_000_000 }) }),
    { minLength: 1, maxLength: 9 },
  );
  fc.assert(
    fc.property(anyRate, parts, fc.nat(1000), (rate, holders, ms) => {
      const interval = { from: START, to: START + ms };
      const amounts = shareOut(rate, interval, holders);
      expect(amounts.every((amount) => amount >= 0)).toBe(true);
      expect(amounts.reduce((a, b) => a + b, 0)).toBe(accrued(rate, interval.from, interval.to));
    }),
  );
});
