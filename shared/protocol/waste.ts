import { z } from 'zod';
import { Provenance } from '../model/rate.ts';
import { HOUR } from '../model/time.ts';
import { WasteSums } from '../model/work.ts';

/** What a chart of waste asks for. The ledger of waste has no finer steps than hours (UTC). */
export const WasteQuery = z.object({
  from: z.number(),
  to: z.number(),
  stepMs: z.number().min(HOUR),
});

/** What of my jobs' money did no work, step by step. */
export const WasteCourse = z.object({
  /** Start of each step. */
  at: z.array(z.number()),
  /** Micro-dollars by cause, one entry a step. */
  steps: z.array(WasteSums),
  /** The weakest that the cost of the jobs rests on; absent where nothing was wasted. */
  provenance: Provenance.optional(),
  /** How many jobs' GPUs were read in that time: of none of them nothing is known. */
  watched: z.number().int().nonnegative(),
});
export type WasteCourse = z.infer<typeof WasteCourse>;
