import type { CostPage } from '@burnrate/shared/protocol/report.ts';
import type { Page } from '@burnrate/shared/report/pages.ts';
import { reportOf } from '@burnrate/shared/report/sums.ts';
import { expect, test } from 'vitest';

const DAY = 86_400_000;
const NOON = new Date(2026, 10, 24).getTime();

function cost(jobId: string, nodeId: string, micros: number): CostPage['costs'][number] {
  return {
    jobId,
    nodeId,
    from: NOON,
    to: NOON + DAY,
    micros,
    provenance: 'list',
    uncertain: false,
  };
}

/** Two days: the same two jobs of Ada's, on two nodes, and one of Bob's that counts nothing. */
function pages(): Page[] {
  const jobs = {
    a: { name: 'train', owner: 'ada', run: 'llama' },
    b: { name: 'serve', owner: 'ada', run: 'llama' },
    c: { name: 'other', owner: 'bob' },
  };
  return [0, 1].map((day) => ({
    from: NOON + day * DAY,
    to: NOON + (day + 1) * DAY,
    costs: [
      cost('a', 'n1', 4e6),
      cost('a', 'n2', 6e6),
      cost('b', 'n1', 5e6),
      cost('c', 'n2', 7e6),
      cost('idle', 'n1', 1e6),
    ],
    jobs,
    nodes: {},
    work: {
      a: {
        steps: { amount: 2_000, micros: 10e6 },
        tokens: { amount: 8e6, micros: 10e6 },
        waste: { idle: 1e6, stalled: 0, waiting: 5e5 },
      },
      b: { tokens: { amount: 2e6, micros: 5e6 }, savedMicros: 3e6 },
    },
  }));
}

async function report(by: 'job' | 'owner' | 'run' | 'day' | 'node') {
  const span = { from: NOON, to: NOON + 2 * DAY };
  async function* given() {
    yield* pages();
  }
  const { rows, total } = await reportOf({ ...span, by, everyones: true }, given());
  return { rows: new Map(rows.map(({ key, work }) => [key, work])), total: total.work };
}

const A = {
  steps: { amount: 4_000, micros: 20e6 },
  tokens: { amount: 16e6, micros: 20e6 },
  waste: { idle: 2e6, stalled: 0, waiting: 1e6 },
  savedMicros: 0,
};

test('what a job did is in its row, on whatever nodes it ran', async () => {
  const { rows } = await report('job');
  expect(rows.get('a')).toEqual(A);
  expect(rows.get('b')).toMatchObject({ tokens: { amount: 4e6, micros: 10e6 }, savedMicros: 6e6 });
  expect(rows.get('c')).toBeUndefined();
});

test('by owner, what counts steps is divided by what its steps cost, and no other job', async () => {
  const { rows, total } = await report('owner');
  expect(rows.get('ada')).toEqual({
    ...A,
    tokens: { amount: 20e6, micros: 30e6 },
    savedMicros: 6e6,
  });
  expect(rows.get('bob')).toBeUndefined();
  expect(total).toEqual(rows.get('ada'));
});

test('a run’s jobs are its own work, whosever and however many they are', async () => {
  const { rows } = await report('run');
  expect(rows.get('ada/llama')).toMatchObject({
    steps: { amount: 4_000, micros: 20e6 },
    tokens: { amount: 20e6, micros: 30e6 },
  });
});

test('by day each has its own; by node nothing, as a job may run on several', async () => {
  const { rows } = await report('day');
  for (const work of rows.values()) {
    expect(work?.steps).toEqual({ amount: 2_000, micros: 10e6 });
  }
  expect(rows.size).toBe(2);
  expect([...(await report('node')).rows.values()].filter(Boolean)).toEqual([]);
});
