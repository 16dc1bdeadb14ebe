import { z } from 'zod';
import { PriceKey, Provenance } from './rate.ts';

/**
 * Why some machines of a job cost what they do per hour: what a face says when it is asked. All
 * amounts are of one whole machine, in micro-dollars per hour; the job may hold a part of it.
 */
export const PriceReason = z.object({
  /** So many of the job's machines have this price, for this reason. */
  machines: z.number().int().positive(),
  /** The kind of machine, where one is known. */
  kind: PriceKey.optional(),
  microsPerHour: z.number().int().nonnegative(),
  provenance: Provenance,
  /** Where the price was read, before any bill corrected it: `Price List API, 2026-11-20`. */
  basis: z.string(),
  /** When it was read: its age. */
  asOf: z.number().int(),
  /** What bills have made of it; absent where they teach nothing. */
  bills: z
    .object({
      /** The price before: a list price or, of a spot machine, the spot price. */
      listMicros: z.number().int().nonnegative(),
      /** What the price is of that: 0.851. */
      ratio: z.number().nonnegative(),
      /** Half the width of the interval in which it lies with 95% certainty. */
      marginMicros: z.number().int().nonnegative(),
      /** Of how many days there are bills that say so, and the last of them (its start, UTC). */
      days: z.number().int().positive(),
      lastDay: z.number().int(),
      /** Whether those are bills of the same family and region, or only of others of the account. */
      own: z.boolean(),
      /** What use of the month so far has made of the list price, as the provider's terms say: 0.8. */
      sustained: z.number().min(0).max(1).optional(),
      /** The part of the machine's time that a Savings Plan or reservation is paying now, 0 to 1. */
      covered: z.number().min(0).max(1).optional(),
    })
    .optional(),
});
export type PriceReason = z.infer<typeof PriceReason>;
