import { z } from 'zod';
import { BucketView, RequestCost } from './bucket.ts';

/**
 * What sending bytes out of machines costs, in micro-dollars. It is no part of any other sum:
 * a job's rate and total are its machines'. Telemetry does not tell where bytes went, so that it is
 * a range: nothing where they stayed in the zone, up to the internet's price. Bills narrow it.
 */
export const EgressCost = z.object({
  low: z.number().int(),
  high: z.number().int(),
  /** What the account's bills make likely; absent where none has told yet. */
  likely: z.number().int().optional(),
  /** Bytes went out of machines of which nobody knows the price of that: it is a lower bound. */
  unpriced: z.boolean(),
});
export type EgressCost = z.infer<typeof EgressCost>;

export const NO_EGRESS: EgressCost = { low: 0, high: 0, likely: 0, unpriced: false };

/** Adds costs; what is likely is known of the sum only where it is known of each part. */
export function addEgress(costs: Iterable<EgressCost>): EgressCost {
  const sum = { ...NO_EGRESS };
  for (const { low, high, likely, unpriced } of costs) {
    sum.low += low;
    sum.high += high;
    sum.unpriced ||= unpriced;
    if (unpriced || (likely === undefined && high > 0)) delete sum.likely;
    else if (sum.likely !== undefined) sum.likely += likely ?? 0;
  }
  return sum;
}

/** A burst of bytes over what a job moves otherwise: a checkpoint, mostly. */
export const CheckpointView = z.object({
  at: z.number().int(),
  ms: z.number().int().positive(),
  /** Beyond what the job moves otherwise. */
  bytes: z.number().int().nonnegative(),
  /** Out over the network, or to the machines' own disks. */
  by: z.enum(['sent', 'written']),
  /** The usual time from one to the next; absent after the first. */
  everyMs: z.number().int().positive().optional(),
  /** Of one that goes out over the network. */
  cost: EgressCost.optional(),
  /** What it costs by where it goes; within its zone nothing. */
  to: z
    .object({
      otherZone: z.number().int().nonnegative(),
      otherRegion: z.number().int().nonnegative(),
      internet: z.number().int().nonnegative(),
    })
    .optional(),
  /**
   * Where the job's checkpoints go: the bucket that took in as much as the one of `at` had, the newest
   * of which it can be told, when no other job there sent as much. Within a region AWS charges
   * nothing for that but the requests.
   */
  bucket: z
    .object({
      name: z.string(),
      at: z.number().int(),
      puts: z.number().nonnegative(),
      cost: RequestCost.optional(),
    })
    .optional(),
});
export type CheckpointView = z.infer<typeof CheckpointView>;

/** What a job moves, in bytes; absent what was not measured. */
export const MovedBytes = z.object({
  sent: z.number().int().nonnegative().optional(),
  received: z.number().int().nonnegative().optional(),
  read: z.number().int().nonnegative().optional(),
  written: z.number().int().nonnegative().optional(),
});

/** What jobs sent and wrote over a time, and what the sending cost beside their machines. */
export const EgressSum = z.object({ moved: MovedBytes, cost: EgressCost });
export type EgressSum = z.infer<typeof EgressSum>;

/** What a job sends and writes, and what the sending costs beside its machines. */
export const EgressView = z.object({
  /** Since local midnight, and since it began. */
  today: MovedBytes,
  total: MovedBytes,
  todayCost: EgressCost,
  totalCost: EgressCost,
  /** The newest checkpoint, one that went out before one that was written to disks. */
  checkpoint: CheckpointView.optional(),
});
export type EgressView = z.infer<typeof EgressView>;

/** What an account's machines sent this month (UTC), beside what its bills say of data transfer. */
export const TransferView = z.object({
  account: z.string(),
  sentBytes: z.number().int().nonnegative(),
  cost: EgressCost,
  /** What the price at the internet's end rests on. */
  basis: z.string().optional(),
  /** Its buckets of which requests are counted; their costs are in none of the sums here. */
  buckets: z.array(BucketView).optional(),
  /** The days that bills tell of: what they say, and what all would have cost to the internet. */
  billed: z
    .object({
      days: z.number().int().positive(),
      through: z.number().int(),
      micros: z.number().int(),
      listMicros: z.number().int(),
    })
    .optional(),
});
export type TransferView = z.infer<typeof TransferView>;
