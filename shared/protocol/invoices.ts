import { z } from 'zod';
import { InvoiceSums } from '../model/invoice_view.ts';

/** How bills and the meter compare over an interval, machine by machine and line by line. */
export const InvoiceReport = InvoiceSums.extend({
  from: z.number().int(),
  to: z.number().int(),
  nodes: z.array(
    z.object({
      nodeId: z.string(),
      name: z.string(),
      hours: z.number().int(),
      billedMicros: z.number().int(),
      meteredMicros: z.number().int(),
    }),
  ),
  /** By account, kind and service, the most first; in the currency's millionths. */
  unmeteredLines: z.array(
    z.object({
      provider: z.string(),
      account: z.string(),
      kind: z.string(),
      service: z.string(),
      currency: z.string(),
      micros: z.number().int(),
      lines: z.number().int(),
    }),
  ),
});
export type InvoiceReport = z.infer<typeof InvoiceReport>;
