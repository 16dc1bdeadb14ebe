import { type Job, Level } from '@burnrate/shared/model/job.ts';
import { accrued } from '@burnrate/shared/model/money.ts';
import type { Node } from '@burnrate/shared/model/node.ts';
import { DAY, HOUR, type Instant, MINUTE, SECOND } from '@burnrate/shared/model/time.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byJob, jobOf, nodeOf, overlaps, START, sumOf } from '../metering/given.ts';
import { joined, type Report, WatchOver } from './watch_over.ts';

const AWS = 'aws:dev';
const SLURM = 'slurm:lab';
const LONG = 6 * HOUR;

const rate = (microsPerHour: number): NonNullable<Node['rate']> => ({
  microsPerHour,
  provenance: 'quoted',
  basis: 'test',
  asOf: START,
});

/** What really happened to a machine and the jobs on it. */
interface Truth {
  node: Node & { launchedAt: Instant; endedAt: Instant };
  jobs: (Job & { startedAt: Instant; endedAt: Instant })[];
}

const within = (from: number, to: number) => fc.integer({ min: from, max: to });

const anyTruth: fc.Arbitrary<Truth[]> = fc
  .array(
    fc.record({
      launch: within(0, LONG / 2),
      runs: within(1, LONG / 2),
      perHour: fc.integer({ min: 1, max: 99_000_000 }),
      billing: fc.constantFrom(
        { incrementMs: SECOND, minimumMs: MINUTE },
        { incrementMs: HOUR, minimumMs: 0 },
        { incrementMs: 1, minimumMs: 0 },
        { incrementMs: MINUTE, minimumMs: 10 * MINUTE },
      ),
      jobs: fc.array(
        fc.record({
          span: fc.tuple(
            fc.double({ min: 0, max: 1, noNaN: true }),
            fc.double({ min: 0, max: 1, noNaN: true }),
          ),
          gpus: fc.option(within(1, 8), { nil: undefined }),
          level: fc.constantFrom(...Level.options),
        }),
        { maxLength: 4 },
      ),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((nodes) =>
    nodes.map(({ launch, runs, perHour, billing, jobs }, number) => {
      const [launchedAt, endedAt] = [START + launch, START + launch + runs];
      const node = {
        ...nodeOf({ id: `${AWS}:i-${number}`, name: `n${number}`, billing, rate: rate(perHour) }),
        launchedAt,
        endedAt,
      };
      return {
        node,
        jobs: jobs.map(({ span, gpus, level }, index) => ({
          ...jobOf({
            id: `${SLURM}:${number}-${index}`,
            level,
            shares: [{ node: node.id, ...(gpus !== undefined && { gpus }) }],
          }),
          startedAt: launchedAt + Math.floor(runs * Math.min(...span)),
          endedAt: launchedAt + Math.ceil(runs * Math.max(...span)),
        })),
      };
    }),
  );

/** What the providers report of it at a moment of true time. */
function reported(truths: readonly Truth[], at: Instant): Record<string, Report> {
  return {
    [AWS]: {
      nodes: truths
        .filter(({ node }) => node.launchedAt <= at)
        .map(({ node: { endedAt, ...node } }) =>
          endedAt <= at ? { ...node, state: 'ended' as const, endedAt } : node,
        ),
    },
    [SLURM]: {
      jobs: truths
        .flatMap(({ jobs }) => jobs)
        .filter((job) => job.startedAt <= at)
        .map(({ endedAt, ...job }) =>
          endedAt <= at ? { ...job, state: 'ended' as const, endedAt } : job,
        ),
    },
  };
}

/** One tick: how long after the last, by how much the clock is wrong, and what befalls it. */
const anyTicks = fc.array(
  fc.record({
    afterMs: fc.oneof(within(1, 2 * MINUTE), within(MINUTE, 2 * HOUR)),
    wrongBy: fc.constantFrom(0, 0, 0, 0, 17_000, -17_000, HOUR, -HOUR, DAY, -DAY),
    fate: fc.constantFrom('ok', 'ok', 'ok', 'doubled', 'lost', 'restart', 'unanswered'),
  }),
  { maxLength: 14 },
);

const END = START + LONG + 2 * HOUR;

/** The ledger after just one tick, when all is over. */
function onceAtTheEnd(truths: readonly Truth[]): WatchOver {
  const watch = new WatchOver(END);
  watch.see(reported(truths, END));
  return watch;
}

test('whatever befalls the ticks, the ledger is that of one tick with the same evidence', () => {
  fc.assert(
    fc.property(anyTruth, anyTicks, (truths, ticks) => {
      const watch = new WatchOver(START);
      let at = START;
      for (const { afterMs, wrongBy, fate } of ticks) {
        at = Math.min(at + afterMs, END - 1);
        if (fate === 'lost') continue;
        if (fate === 'restart') watch.restart();
        if (fate === 'unanswered') {
          watch.miss(AWS, at + wrongBy);
          continue;
        }
        watch.see(reported(truths, at), at + wrongBy);
        if (fate === 'doubled') watch.see(reported(truths, at), at + wrongBy);
        expect(overlaps(watch.charges())).toBe(false);
      }
      watch.see(reported(truths, END), END);
      expect(joined(watch.charges())).toEqual(joined(onceAtTheEnd(truths).charges()));
      watch.store.close();
    }),
    { numRuns: 150 },
  );
});

test('jobs and idle together cost what the machines cost, to the micro-dollar', () => {
  fc.assert(
    fc.property(anyTruth, (truths) => {
      const watch = onceAtTheEnd(truths);
      for (const { node } of truths) {
        const own = watch.charges().filter(({ nodeId }) => nodeId === node.id);
        const { incrementMs, minimumMs } = node.billing;
        const ran = node.endedAt - node.launchedAt;
        const billed = Math.max(Math.ceil(ran / incrementMs) * incrementMs, minimumMs);
        const perHour = node.rate?.microsPerHour ?? 0;
        expect(sumOf(own)).toBe(accrued(perHour, node.launchedAt, node.launchedAt + billed));
      }
      const totals = watch.store.totals({ from: 0, to: END * 2 });
      const sums = Object.entries(byJob(watch.charges()));
      expect([...totals].map(([id, { micros }]) => [id, micros]).sort()).toEqual(sums);
      watch.store.close();
    }),
    { numRuns: 60 },
  );
});
