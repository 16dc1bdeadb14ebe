import type { Point } from '@burnrate/shared/serve/metrics/family.ts';
import { fleetFamilies } from '@burnrate/shared/serve/metrics/fleet.ts';
import { jobFamilies, OTHER } from '@burnrate/shared/serve/metrics/jobs.ts';
import { prometheusText } from '@burnrate/shared/serve/metrics/prometheus.ts';
import { resourceMetrics } from '@burnrate/shared/serve/metrics/resource.ts';
import { Spend } from '@burnrate/shared/serve/metrics/spend.ts';
import { expect, test } from 'vitest';
import { job, snapshot } from '../cli/scene.ts';

const figure = (micros: number) =>
  ({ micros, provenance: 'quoted', uncertain: false, unpriced: 0 }) as const;

/** A thousand jobs of as many owners, in three accounts; the dearest is the last. */
const MANY = Array.from({ length: 1_000 }, (_, index) =>
  job(`train-${index}`, {
    id: `aws:demo:${index}`,
    account: `aws:${index % 3}`,
    owner: `user-${index}`,
    state: 'running',
    rate: figure((index + 1) * 1_000_000),
    total: figure((index + 1) * 2_000_000),
  }),
);

function pointsOf(families: ReturnType<typeof jobFamilies>, name: string): readonly Point[] {
  const found = families.find((one) => one.name === name);
  if (!found || found.kind === 'histogram') throw new Error(`no ${name}`);
  return found.points;
}

const sum = (points: readonly Point[]) => points.reduce((total, { value }) => total + value, 0);

test('however many jobs there are, the series are few and the sums are right', () => {
  const families = jobFamilies({ jobs: MANY }, 10);
  const rates = pointsOf(families, 'burnrate_job_rate_usd_per_hour');
  // Ten with names, and the others of each account together.
  expect(rates).toHaveLength(13);
  expect(sum(rates)).toBeCloseTo((1_000 * 1_001) / 2, 6);
  expect(rates.filter(({ labels }) => labels.job === OTHER)).toHaveLength(3);
  expect(rates.some(({ labels }) => labels.job === 'train-999')).toBe(true);
  expect(rates.some(({ labels }) => labels.job === 'train-5')).toBe(false);
  for (const family of families) {
    if (family.kind !== 'histogram') expect(family.points.length).toBeLessThanOrEqual(13);
  }
});

test('what costs nothing any more has no rate, but what it has cost', () => {
  const ended = job('done', { state: 'ended', rate: figure(0), total: figure(5_000_000) });
  const families = jobFamilies({ jobs: [ended] }, 10);
  expect(pointsOf(families, 'burnrate_job_rate_usd_per_hour')).toEqual([]);
  expect(sum(pointsOf(families, 'burnrate_job_cost_usd'))).toBe(5);
});

test('a missing reading is no zero, and a missing price is told', () => {
  const blind = job('blind', {
    state: 'running',
    rate: { micros: 0, uncertain: false, unpriced: 2 },
  });
  delete blind.activity;
  const families = jobFamilies({ jobs: [blind] }, 10);
  expect(pointsOf(families, 'burnrate_job_gpu_utilization_ratio')).toEqual([]);
  expect(sum(pointsOf(families, 'burnrate_job_unpriced_nodes'))).toBe(2);
  const [rate] = pointsOf(families, 'burnrate_job_rate_usd_per_hour');
  expect(rate?.labels.provenance).toBe('none');
});

test('the counter begins with what is spent from now on, and never falls', () => {
  const spend = new Spend();
  const look = (...totals: number[]) => {
    const jobs = totals.map((total, index) =>
      job(`j${index}`, {
        id: `aws:demo:${index}`,
        account: 'aws:demo',
        owner: 'ada',
        total: figure(total),
      }),
    );
    spend.look({ jobs }, 10);
    const family = spend.family();
    return family.kind === 'counter' ? sum(family.points) : Number.NaN;
  };
  expect(look(10_000_000)).toBe(0);
  expect(look(12_000_000)).toBe(2);
  // A job that is new has cost all that it has cost while this watched.
  expect(look(12_000_000, 3_000_000)).toBe(5);
  // The bill says less: nothing is taken back, nor counted twice when it has grown again.
  expect(look(9_000_000, 3_000_000)).toBe(5);
  expect(look(12_000_000, 3_000_000)).toBe(5);
  expect(look(13_000_000, 3_000_000)).toBe(6);
});

test('owners without end make no series without end', () => {
  const spend = new Spend();
  spend.look({ jobs: [] }, 10);
  spend.look({ jobs: MANY }, 10);
  const family = spend.family();
  if (family.kind !== 'counter') throw new Error('no counter');
  expect(family.points.length).toBeLessThanOrEqual(13);
  expect(sum(family.points)).toBeCloseTo(1_000 * 1_001, 6);
});

test('names that would break the text are escaped in it', () => {
  const hostile = job('a"b\\c\nburnrate_fake 1', { state: 'running', rate: figure(1_000_000) });
  const families = [
    ...fleetFamilies(snapshot({ jobs: [hostile] }), 10),
    ...jobFamilies({ jobs: [hostile] }, 10),
  ];
  const { text } = prometheusText(resourceMetrics(families, { startedAt: 0, now: 1_000 }));
  expect(text).toContain('job="a\\"b\\\\c\\nburnrate_fake 1"');
  expect(text).not.toMatch(/^burnrate_fake/m);
});
