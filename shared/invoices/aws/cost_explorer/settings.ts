import { z } from 'zod';

/** The `aws-cost-explorer` section under `invoices` in burnrate.yaml. */
export const Settings = z
  .strictObject({
    /** Off, no request is made; each costs $0.01. */
    enabled: z.boolean().default(true),
    /** A cost allocation tag by which use is told apart, too: its value is then on each line. */
    tag: z.string().min(1).optional(),
    /**
     * Whether instances are asked for one by one, of the last 14 days, hourly where that is switched
     * on in Cost Explorer's own settings; it takes further requests.
     */
    resources: z.boolean().default(true),
  })
  .prefault({});
export type Settings = z.infer<typeof Settings>;
