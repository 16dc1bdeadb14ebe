import { z } from 'zod';
import { Provenance } from './rate.ts';

const count = z.number().nonnegative();

/** What a bucket took in, gave out, and was asked for. */
export const BucketUse = z.object({
  uploaded: count,
  downloaded: count,
  /** Requests that write (`PUT`), and that read (`GET`). */
  puts: count,
  gets: count,
});
export type BucketUse = z.infer<typeof BucketUse>;

/** One minute in which something was uploaded to a bucket. */
export const Upload = z.object({
  at: z.number().int(),
  bytes: count,
  puts: count,
});
export type Upload = z.infer<typeof Upload>;

/**
 * What a store counts of one bucket's requests, from wherever they come: it does not tell whose they
 * are. Each reading stands for itself; a later one takes its place.
 */
export const BucketReading = z.object({
  /** `s3://checkpoints`. */
  name: z.string().regex(/^[a-z0-9]+:\/\/[\w.-]{1,255}$/),
  provider: z.string(),
  region: z.string(),
  /** From the month's beginning (UTC) on. */
  month: BucketUse.extend({ from: z.number().int() }),
  /** Of the last hours. */
  uploads: z.array(Upload),
});
export type BucketReading = z.infer<typeof BucketReading>;

/** What requests cost, in micro-dollars, and how that is known. */
export const RequestCost = z.object({
  micros: z.number().int().nonnegative(),
  provenance: Provenance,
  basis: z.string(),
});
export type RequestCost = z.infer<typeof RequestCost>;

/** A bucket's month, whoever's its requests were: in no job's sum, and no part of machines' bytes. */
export const BucketView = z.object({
  name: z.string(),
  region: z.string(),
  use: BucketUse,
  /** Absent where nobody knows the price of requests there. */
  cost: RequestCost.optional(),
});
export type BucketView = z.infer<typeof BucketView>;
