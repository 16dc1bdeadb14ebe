import { z } from 'zod';

/** The `aws-cost-explorer` section under `invoices` in burnrate.yaml. */
export const Settings = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('Whether Cost Explorer is asked; each request costs $0.01.'),
    tag: z
      .string()
      .min(1)
      .optional()
      .describe(
        'A cost allocation tag by which use is told apart, too: its value is then on each line.',
      ),
    resources: z
      .boolean()
      .default(true)
      .describe(
        "Whether instances are asked for one by one, of the last 14 days, hourly where that is switched on in Cost Explorer's own settings; it takes further requests.",
      ),
  })
  .prefault({})
  .describe('The bills of AWS accounts, by Cost Explorer.');
export type Settings = z.infer<typeof Settings>;
