import { type Metered, type MeterInput, meter } from '@burnrate/shared/metering/meter.ts';
import { CONTINUITY_MS, type Run, witness } from '@burnrate/shared/metering/uptime.ts';
import type { Job } from '@burnrate/shared/model/job.ts';
import { accrued } from '@burnrate/shared/model/money.ts';
import type { Node } from '@burnrate/shared/model/node.ts';
import { HOUR, type Instant, MINUTE, SECOND } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { byJob, jobOf, nodeOf, rateOf, resolveIn, START, sumOf } from './given.ts';

const PER_HOUR = 36_000_000;

/** Meters a node for the first time, once, at `now`. */
function once(
  node: Node,
  now: Instant,
  jobs: Job[] = [],
  changes: Partial<MeterInput> = {},
): Metered {
  const metered = meter({
    node,
    now,
    seenAt: now,
    stale: false,
    jobs: () => jobs,
    rates: [rateOf(PER_HOUR)],
    resolve: resolveIn(node),
    meteredThrough: undefined,
    ...changes,
  });
  if (!metered) throw new Error('nothing was metered');
  return metered;
}

const ended = (ranMs: number, changes: Partial<Node> = {}) =>
  nodeOf({ state: 'ended', endedAt: START + ranMs, ...changes });
const held = (ranMs: number, changes: Partial<Job> = {}) =>
  jobOf({ state: 'ended', endedAt: START + ranMs, ...changes });

test('per second with a minimum: less than a minute is paid as one, more to the second', () => {
  const cost = (ranMs: number) => sumOf(once(ended(ranMs), START + HOUR).charges);
  const through = (ms: number) => accrued(PER_HOUR, START, START + ms);
  expect(cost(1)).toBe(through(MINUTE));
  expect(cost(59_999)).toBe(through(MINUTE));
  expect(cost(60_001)).toBe(through(61 * SECOND));
  expect(cost(61_000)).toBe(through(61 * SECOND));
});

test('a node that is paid by the hour is paid to the full hour from its launch', () => {
  const hourly = { billing: { incrementMs: HOUR, minimumMs: 0 } };
  const { charges } = once(ended(61 * MINUTE, hourly), START + 5 * HOUR);
  expect(sumOf(charges)).toBe(accrued(PER_HOUR, START, START + 2 * HOUR));
  expect(charges.filter(({ kind }) => kind === 'minimum')).toMatchObject([
    { from: START + 61 * MINUTE, to: START + 2 * HOUR },
  ]);
});

test('while a node runs, nothing is paid ahead', () => {
  const hourly = nodeOf({ billing: { incrementMs: HOUR, minimumMs: HOUR } });
  const { charges } = once(hourly, START + 10 * MINUTE);
  expect(sumOf(charges)).toBe(accrued(PER_HOUR, START, START + 10 * MINUTE));
  expect(charges.every(({ kind }) => kind === 'metered')).toBe(true);
});

test('a minimum is owed by those who held the node last, in the parts that they held', () => {
  const billing = { incrementMs: HOUR, minimumMs: HOUR };
  const node = ended(20 * MINUTE, { billing });
  const share = (gpus: number) => [{ node: node.id, gpus }];
  const jobs = [
    held(5 * MINUTE, { id: 'early', shares: share(8) }),
    held(15 * MINUTE, { id: 'most', startedAt: START + 5 * MINUTE, shares: share(6) }),
    held(15 * MINUTE, { id: 'some', startedAt: START + 6 * MINUTE, shares: share(2) }),
  ];
  const { charges } = once(node, START + 3 * HOUR, jobs);
  const owed = byJob(charges.filter(({ kind }) => kind === 'minimum'));
  const sum = accrued(PER_HOUR, START + 20 * MINUTE, START + HOUR);
  expect(owed).toEqual({ most: (sum * 3) / 4, some: sum / 4 });
  expect(sumOf(charges)).toBe(accrued(PER_HOUR, START, START + HOUR));
});

test('a minimum is idle where nobody ever held the node, or only in an earlier run of it', () => {
  const billing = { incrementMs: HOUR, minimumMs: HOUR };
  const owed = (jobs: Job[], uptime?: Metered['uptime']) => {
    const again = ended(2 * HOUR + MINUTE, { billing, launchedAt: START + 2 * HOUR });
    const { charges } = once(again, START + 9 * HOUR, jobs, uptime ? { uptime } : {});
    return Object.keys(
      byJob(charges.filter(({ kind, from }) => kind === 'minimum' && from > START + 2 * HOUR)),
    );
  };
  expect(owed([])).toEqual(['idle']);
  const first = once(ended(MINUTE, { billing }), START + HOUR + MINUTE).uptime;
  expect(owed([held(MINUTE)], first)).toEqual(['idle']);
});

test('a node that is started again within its paid hour owes both runs, and no instant twice', () => {
  const billing = { incrementMs: HOUR, minimumMs: HOUR };
  const first = once(ended(10 * MINUTE, { billing }), START + 12 * MINUTE);
  const again = nodeOf({ billing, launchedAt: START + 30 * MINUTE });
  const second = once(again, START + 50 * MINUTE, [], {
    uptime: first.uptime,
    meteredThrough: START + HOUR,
    seam: (at) => Math.min(at, START + 10 * MINUTE),
  });
  const ends = second.charges.map(({ kind, from, to }) => [kind, from - START, to - START]);
  expect(ends).toContainEqual(['minimum', 10 * MINUTE, 30 * MINUTE]);
  expect(ends).toContainEqual(['metered', 30 * MINUTE, expect.any(Number)]);
  // The minimum was bought in full all the same: its whole sum is in the shorter time.
  const minimum = second.charges.filter(({ kind }) => kind === 'minimum');
  expect(sumOf(minimum)).toBe(accrued(PER_HOUR, START + 10 * MINUTE, START + HOUR));
});

test('a redo that would begin within a minimum begins with it, for it is one sum', () => {
  const billing = { incrementMs: HOUR, minimumMs: HOUR };
  const node = ended(5 * MINUTE, { billing });
  const now = START + 3 * HOUR;
  const first = once(node, now);
  const again = once(node, now, [held(55 * MINUTE)], {
    uptime: first.uptime,
    meteredThrough: START + HOUR,
    redoFrom: START + 55 * MINUTE,
    // The ledger keeps no charge over a full hour: there it could be cut.
    seam: () => Date.UTC(2026, 10, 20, 10),
  });
  expect(again.interval.from).toBe(START + 5 * MINUTE);
  expect(byJob(again.charges)).toEqual({
    'slurm:lab:1': accrued(PER_HOUR, START + 5 * MINUTE, START + HOUR),
  });
});

test('an end that nobody reported is not rounded up to an increment', () => {
  const hourly = nodeOf({ billing: { incrementMs: HOUR, minimumMs: MINUTE } });
  const { uptime } = once(hourly, START + 10 * MINUTE);
  const gone = once(hourly, START + 20 * MINUTE, [], {
    uptime,
    meteredThrough: START + 10 * MINUTE,
    seenAt: START + 10 * MINUTE,
    answeredAt: START + 20 * MINUTE,
  });
  expect(gone.charges).toEqual([]);
  expect(gone.uptime).toMatchObject([{ to: START + 10 * MINUTE, end: 'unseen' }]);
});

test('a node seen by a clock that was a day ahead, and gone: what lies ahead is in doubt', () => {
  const node = nodeOf();
  const ahead = START + 24 * HOUR;
  const { uptime } = once(node, ahead);
  const back = START + HOUR;
  const gone = once({ ...node, state: 'ended' }, back, [], {
    uptime,
    meteredThrough: ahead,
    seenAt: ahead,
  });
  expect(gone.interval).toEqual({ from: back, to: ahead });
  expect(gone.charges.every(({ uncertain }) => uncertain)).toBe(true);
  expect(sumOf(gone.charges)).toBe(accrued(PER_HOUR, back, ahead));
});

test('a node seen by a clock that was a day ahead, and launched again: the day is taken back', () => {
  const ahead = START + 24 * HOUR;
  const first = once(nodeOf(), ahead);
  const again = once(nodeOf({ launchedAt: START + 2 * HOUR }), START + 3 * HOUR, [], {
    uptime: first.uptime,
    meteredThrough: ahead,
  });
  // What is charged up to now stays; of what lies ahead nothing does.
  expect(again.interval).toEqual({ from: START + 3 * HOUR, to: ahead });
  expect(again.charges).toEqual([]);
  expect(again.uptime).toMatchObject([
    { from: START, to: START + 2 * HOUR, end: 'unseen' },
    { from: START + 2 * HOUR, to: START + 3 * HOUR },
  ]);
});

test('a stopped node costs nothing, and its next launch begins a run of its own', () => {
  const first = once(ended(HOUR), START + 2 * HOUR);
  const again = once(nodeOf({ launchedAt: START + 4 * HOUR }), START + 5 * HOUR, [], {
    uptime: first.uptime,
    meteredThrough: START + HOUR,
  });
  expect(again.uptime).toHaveLength(2);
  expect(again.charges[0]?.from).toBe(START + 4 * HOUR);
  expect(sumOf(again.charges)).toBe(accrued(PER_HOUR, START + 4 * HOUR, START + 5 * HOUR));
});

test('without a price nothing is written, and the evidence is kept', () => {
  const { charges, interval, uptime } = once(nodeOf(), START + HOUR, [], { rates: [] });
  expect(charges).toEqual([]);
  expect(interval.from).toBe(interval.to);
  expect(uptime).toMatchObject([{ from: START, to: START + HOUR }]);
});

test('an answer that was late does not shorten what a newer one has shown', () => {
  const node = nodeOf();
  const { uptime } = once(node, START + 10 * MINUTE);
  const late = once(node, START + 10 * MINUTE, [], {
    uptime,
    meteredThrough: START + 10 * MINUTE,
    seenAt: START + 5 * MINUTE,
  });
  expect(late).toMatchObject({ charges: [], uptime });
});

test('launch times that jump to and fro leave runs that follow one another', () => {
  const jumps = [
    [1, 0],
    [2, 5],
    [3, -10_002],
    [4, -1],
  ] as const;
  const runs = jumps.reduce<readonly Run[]>((before, [at, launched]) => {
    const seenAt = START + at;
    const node = nodeOf({ launchedAt: START + launched });
    const sighting = { node, now: seenAt, seenAt, answeredAt: seenAt, stale: false };
    return witness(before, { ...sighting, continuityMs: CONTINUITY_MS });
  }, []);
  const edges = runs.flatMap(({ from, to }) => [from, to]);
  expect(edges).toEqual(edges.toSorted((a, b) => a - b));
});
