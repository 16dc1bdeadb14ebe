import { holdings } from '@burnrate/shared/metering/holdings.ts';
import { type Fleet, identify } from '@burnrate/shared/metering/identity.ts';
import type { Charge } from '@burnrate/shared/model/charge.ts';
import { type Job, Level, type Share } from '@burnrate/shared/model/job.ts';
import { type Node, PER_SECOND } from '@burnrate/shared/model/node.ts';
import { type Instant, type Interval, MINUTE } from '@burnrate/shared/model/time.ts';
import type { RateChange } from '@burnrate/shared/store/store.ts';
import fc from 'fast-check';

/** Neither a full hour nor a full minute. */
export const START: Instant = Date.UTC(2026, 10, 20, 9, 17, 3, 141);

export function nodeOf(changes: Partial<Node> = {}): Node {
  return {
    id: 'aws:dev:i-0123456789abcdef0',
    source: 'aws',
    account: 'aws:dev',
    name: 'trainer',
    aliases: [],
    gpus: { count: 8 },
    state: 'running',
    launchedAt: START,
    billing: PER_SECOND,
    owner: 'ada',
    mine: true,
    labels: {},
    ...changes,
  };
}

export function jobOf(changes: Partial<Job> = {}): Job {
  const { id = 'slurm:lab:1' } = changes;
  return {
    id,
    source: 'slurm',
    account: 'slurm:lab',
    nativeId: id.slice(id.lastIndexOf(':') + 1),
    name: 'train',
    owner: 'bob',
    mine: true,
    level: 'scheduler',
    state: 'running',
    startedAt: START,
    shares: [{ node: nodeOf().id }],
    labels: {},
    ...changes,
  };
}

export function rateOf(microsPerHour: number, from: Instant = 0): RateChange {
  const rate = { microsPerHour, provenance: 'list' as const, basis: 'test', asOf: from };
  return { nodeId: nodeOf().id, from, rate };
}

export const resolveIn = (...nodes: Node[]): Fleet['resolve'] => identify(nodes).resolve;

/** Each holder's part of the node, as a fraction. */
export function partsOf(node: Node, jobs: readonly Job[]): Record<string, number> {
  const parts = holdings(node, jobs, resolveIn(node));
  const whole = parts.reduce((sum, { weight }) => sum + weight, 0);
  return Object.fromEntries(parts.map(({ jobId, weight }) => [jobId, weight / whole]));
}

export function sumOf(charges: readonly Charge[]): number {
  return charges.reduce((sum, { micros }) => sum + micros, 0);
}

export function byJob(charges: readonly Charge[]): Record<string, number> {
  const groups = Map.groupBy(charges, ({ jobId }) => jobId);
  return Object.fromEntries([...groups].map(([id, own]) => [id, sumOf(own)]).sort());
}

/** Whether any two charges of one job and node share an instant. */
export function overlaps(charges: readonly Charge[]): boolean {
  return charges.some((one, index) =>
    charges
      .slice(index + 1)
      .some(
        (other) =>
          one.jobId === other.jobId &&
          one.nodeId === other.nodeId &&
          one.from < other.to &&
          other.from < one.to,
      ),
  );
}

export const anyRate = fc.integer({ min: 0, max: 200_000_000 });

/** What a job may hold of a node of eight GPUs and 96 cores, sensible or not. */
const anyShare: fc.Arbitrary<Omit<Share, 'node'>> = fc.oneof(
  fc.constant({}),
  fc.record({ gpus: fc.integer({ min: 0, max: 10 }) }),
  fc.record({ gpus: fc.double({ min: 0, max: 2, noNaN: true }) }),
  fc.record({ cores: fc.integer({ min: 0, max: 128 }) }),
  fc
    .uniqueArray(fc.integer({ min: 0, max: 9 }), { maxLength: 8 })
    .map((gpuIndexes) => ({ gpuIndexes, gpus: gpuIndexes.length })),
);

/** Jobs on one node that come and go within the interval and around it. */
export function anyJobs(node: Node, within: Interval): fc.Arbitrary<Job[]> {
  const instant = fc.integer({ min: within.from - 20 * MINUTE, max: within.to + 20 * MINUTE });
  const job = fc.record({
    level: fc.constantFrom(...Level.options),
    span: fc.tuple(instant, instant),
    shares: fc.array(anyShare, { minLength: 1, maxLength: 2 }),
    owner: fc.constantFrom('ada', 'bob'),
  });
  return fc.array(job, { maxLength: 6 }).map((jobs) =>
    jobs.map(({ level, span, shares, owner }, index) =>
      jobOf({
        id: `slurm:lab:${index}`,
        level,
        owner,
        state: 'ended',
        startedAt: Math.min(...span),
        endedAt: Math.max(...span),
        shares: shares.map((share) => ({ ...share, node: node.id })),
      }),
    ),
  );
}
