import { z } from 'zod';
import { Failure } from './account.ts';

/** How bills and the meter compare over a time, in dollars. */
export const InvoiceSums = z.object({
  /** What bills say of the time that was metered, and what had been metered for it. */
  billedMicros: z.number().int(),
  meteredMicros: z.number().int(),
  /** Metered on my rented machines, with no bill yet. */
  pendingMicros: z.number().int(),
  /** On bills, and not metered: by kind, the most first. */
  unmetered: z.array(z.object({ kind: z.string(), micros: z.number().int() })),
  /** In currencies that no bill converts, in millionths of their own. */
  foreign: z.array(z.object({ currency: z.string(), micros: z.number().int() })),
  /** Until when bills go; absent where there are none. */
  through: z.number().int().optional(),
});
export type InvoiceSums = z.infer<typeof InvoiceSums>;

/** A bill that is read by itself. */
export const InvoiceSource = z.object({
  title: z.string(),
  account: z.string(),
  /** When it was last read in full. */
  readAt: z.number().int().optional(),
  failure: Failure.optional(),
  /** What reading it has cost today. */
  spentToday: z.number().int(),
});
export type InvoiceSource = z.infer<typeof InvoiceSource>;

/** What faces show of bills: this month (UTC), and where bills come from. */
export const InvoiceView = InvoiceSums.extend({
  from: z.number().int(),
  sources: z.array(InvoiceSource),
});
export type InvoiceView = z.infer<typeof InvoiceView>;
