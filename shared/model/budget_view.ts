import { z } from 'zod';

/** A budget of a day or a month, from burnrate.yaml, and how much of it is spent. */
export const BudgetView = z.object({
  name: z.string(),
  span: z.enum(['day', 'month']),
  ceiling: z.number().int().positive(),
  spentMicros: z.number().int(),
  /** What the jobs under it cost an hour, now. */
  microsPerHour: z.number().int(),
  action: z.enum(['notify', 'stop']),
});
export type BudgetView = z.infer<typeof BudgetView>;
