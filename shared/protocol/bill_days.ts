import { z } from 'zod';

/** What one account's rented machines cost on one day (UTC): estimate against invoice. */
export const BillDay = z.object({
  /** When the day begins. */
  at: z.number().int(),
  account: z.string(),
  /** Metered over the whole day, with its 95% interval where past bills tell one. */
  meteredMicros: z.number().int(),
  low: z.number().int().optional(),
  high: z.number().int().optional(),
  /** What the bill says; absent where none covers any of it yet. */
  billedMicros: z.number().int().optional(),
  /** What had been metered for the time that is on the bill. */
  meteredForBilled: z.number().int(),
});
export type BillDay = z.infer<typeof BillDay>;

export const BillDays = z.object({ days: z.array(BillDay) });
export type BillDays = z.infer<typeof BillDays>;
