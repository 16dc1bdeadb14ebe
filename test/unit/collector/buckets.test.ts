import type { BucketReading } from '@burnrate/shared/model/bucket.ts';
import type { Job } from '@burnrate/shared/model/job.ts';
import type { Node } from '@burnrate/shared/model/node.ts';
import { HOUR, type Instant, MINUTE, startOfMonth } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { jobOf, nodeOf } from '../metering/given.ts';
import { Bench, GB, JOB, MACHINE, PRICED, START } from './traffic_bench.ts';

/** A bucket beside the machines that took in a checkpoint of 1.4 TB at an instant. */
function bucketAt(at: Instant, more: Partial<BucketReading> = {}): BucketReading {
  return {
    name: 's3://checkpoints',
    provider: 'aws',
    region: 'us-east-1',
    month: { from: startOfMonth(at), uploaded: 9e12, downloaded: 24e9, puts: 7_000, gets: 5_000 },
    uploads: [{ at, bytes: 1_390 * GB, puts: 1_000 }],
    ...more,
  };
}

/** Machines of which the first sends a checkpoint at minute 20, and where it went. */
function sentTo(
  bucketsAt: (at: Instant) => readonly BucketReading[],
  others: readonly { node: Node; job: Job; burst: number }[] = [],
  until = 40,
) {
  const bench = new Bench(
    [MACHINE, ...others.map(({ node }) => node)],
    [JOB, ...others.map(({ job }) => job)],
  );
  const began = bench.now;
  for (let minute = 0; minute <= until; minute += 1) {
    for (const { node, burst } of others) {
      const sent = minute * 0.1 * GB + (minute >= 20 ? burst : 0);
      bench.meter.take('dcgm:e', node.id, { at: bench.now, node: node.id, device: 'eth0', sent });
    }
    bench.minute(200 * GB + minute * 0.1 * GB + (minute >= 20 ? 1_400 * GB : 0));
  }
  bench.meter.takeBuckets('aws:dev', bucketsAt(began + 19 * MINUTE));
  return bench;
}

test('a checkpoint that the only job there sent is told with its bucket, and is in no other sum', () => {
  const without = sentTo(() => []);
  const bench = sentTo((at) => [bucketAt(at)]);
  const { checkpoint, ...egress } = bench.egress() ?? {};
  expect(checkpoint?.bucket).toEqual({
    name: 's3://checkpoints',
    at: START + 19 * MINUTE,
    puts: 1_000,
    cost: expect.objectContaining({ micros: 5_000, provenance: 'list' }),
  });
  // It may have gone elsewhere all the same: only what is likely has changed.
  const { checkpoint: before, ...untold } = without.egress() ?? {};
  expect(before?.cost).not.toHaveProperty('likely');
  expect(checkpoint?.cost).toEqual({ ...before?.cost, likely: 0 });
  expect(egress).toEqual(untold);
  expect(bench.meter.transfers()[0]).toEqual({
    ...without.meter.transfers()[0],
    buckets: [
      {
        name: 's3://checkpoints',
        region: 'us-east-1',
        use: { uploaded: 9e12, downloaded: 24e9, puts: 7_000, gets: 5_000 },
        cost: expect.objectContaining({ micros: 7_000 * 5 + 5_000 * 0.4 }),
      },
    ],
  });
  // Still told when the minutes that told it are forgotten.
  bench.meter.takeBuckets('aws:dev', [bucketAt(bench.now, { uploads: [] })]);
  for (let minute = 41; minute <= 120; minute += 1) {
    bench.minute(1_600 * GB + minute * 0.1 * GB);
  }
  expect(bench.egress()?.checkpoint?.bucket?.name).toBe('s3://checkpoints');
});

test('a checkpoint goes where those before it went, until three of them are not told of', () => {
  const bench = sentTo((at) => [bucketAt(at)]);
  let sent = 1_604 * GB;
  const another = () => {
    for (let minute = 0; minute < 20; minute += 1) {
      sent += 0.1 * GB + (minute === 5 ? 1_400 * GB : 0);
      bench.minute(sent);
    }
    const { at, bucket } = bench.egress()?.checkpoint ?? {};
    return { at, toldOf: bucket?.at };
  };
  const first = bench.egress()?.checkpoint?.at;
  const second = another();
  expect(second.at).toBeGreaterThan(first ?? 0);
  expect(second.toldOf).toBe(first);
  expect(another().toldOf).toBe(first);
  expect(another().toldOf).toBeUndefined();
  // Once the store has counted what came in, it is told of the newest that all have told of.
  bench.meter.takeBuckets('aws:dev', [bucketAt(second.at ?? 0)]);
  expect(bench.egress()?.checkpoint?.bucket?.at).toBe(second.at);
});

test('where two jobs of the region sent as much, or it is another region’s, nobody’s bucket is told', () => {
  const node = nodeOf({ id: 'aws:dev:i-2', priceKey: PRICED });
  const job = jobOf({ id: 'slurm:lab:43', startedAt: START - HOUR, shares: [{ node: node.id }] });
  const at = (region: string) => ({ ...node, priceKey: { ...PRICED, region } });
  const bucketOf = (bench: Bench) => bench.egress()?.checkpoint?.bucket;
  const told = (at: Instant) => [bucketAt(at)];
  expect(bucketOf(sentTo(told, [{ node, job, burst: 1_400 * GB }]))).toBeUndefined();
  expect(bucketOf(sentTo(told, [{ node, job, burst: 3 * GB }]))).toBeDefined();
  const elsewhere = { node: at('us-west-2'), job, burst: 1_400 * GB };
  expect(bucketOf(sentTo(told, [elsewhere]))).toBeDefined();
  const there = (at: Instant) => [bucketAt(at, { region: 'us-west-2' })];
  expect(bucketOf(sentTo(there))).toBeUndefined();
  // A job of two regions may have sent it from either.
  const both = { ...JOB, shares: [{ node: node.id }] };
  const wide = { node: at('us-west-2'), job: both, burst: 0 };
  for (const buckets of [told, there]) {
    expect(bucketOf(sentTo(buckets, [wide]))).toBeUndefined();
  }
  // Another machine may yet tell that it sent as much.
  expect(sentTo(told, [], 29).egress()?.checkpoint).toBeDefined();
  expect(bucketOf(sentTo(told, [], 29))).toBeUndefined();
  // After a restart nobody remembers what others sent.
  const bench = sentTo(() => []);
  bench.meter = bench.restarted();
  bench.meter.takeBuckets('aws:dev', told(START + 19 * MINUTE));
  bench.tick();
  expect(bucketOf(bench)).toBeUndefined();
});

test('a bucket nobody’s job is told to have used is the account’s; last month’s is not this one’s', () => {
  const bench = new Bench();
  bench.meter.takeBuckets('aws:dev', [bucketAt(bench.now, { region: 'cn-north-1' })]);
  const [transfer] = bench.meter.transfers();
  expect(transfer).toMatchObject({ account: 'aws:dev', sentBytes: 0 });
  expect(transfer?.buckets).toHaveLength(1);
  // Of what nobody knows the price of there is no amount.
  expect(transfer?.buckets?.[0]).not.toHaveProperty('cost');
  expect(bench.egress()).toBeUndefined();
  bench.now = Date.UTC(2026, 11, 1, 0, 5);
  bench.tick();
  expect(bench.meter.transfers()).toEqual([]);
});
