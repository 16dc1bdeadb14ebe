import { z } from 'zod';
import { serviceUrl } from '../../sources/rented.ts';

/** The `azure-cost-management` section under `invoices` in burnrate.yaml. */
export const Settings = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('Whether the bills of watched subscriptions are read.'),
    url: serviceUrl
      .optional()
      .describe("Where Azure Resource Manager is, where that is not the cloud's own address."),
  })
  .prefault({})
  .describe('The bills of Azure subscriptions, by Cost Management.');
export type Settings = z.infer<typeof Settings>;
