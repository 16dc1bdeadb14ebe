import { z } from 'zod';
import { Counter } from './progress.ts';
import { WASTE_CAUSES } from './waste.ts';

/** A counter of a job as a face shows it; what a unit is, UNITS says. */
export const UnitCost = z.object({
  counter: Counter,
  /** All that was counted since Burnrate has watched. */
  total: z.number().nonnegative(),
  /** How much is counted an hour, lately; absent where nothing was. */
  perHour: z.number().nonnegative().optional(),
  /** What a unit costs lately, and on the average of the last day, in micro-dollars. */
  micros: z.number().int().nonnegative().optional(),
  microsOverDay: z.number().int().nonnegative().optional(),
  /** When it last grew. */
  advancedAt: z.number().int(),
});
export type UnitCost = z.infer<typeof UnitCost>;

/** What did no work, in micro-dollars by cause. */
export const WasteSums = z.record(z.enum(WASTE_CAUSES), z.number().int().nonnegative());
