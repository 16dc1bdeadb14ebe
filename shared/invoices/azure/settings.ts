import { z } from 'zod';
import { serviceUrl } from '../../sources/rented.ts';

/** The `azure-cost-management` section under `invoices` in burnrate.yaml. */
export const Settings = z
  .strictObject({
    /** Whether the bills of watched subscriptions are read. */
    enabled: z.boolean().default(true),
    /** Where Azure Resource Manager is, where that is not the cloud's own address. */
    url: serviceUrl.optional(),
  })
  .prefault({});
export type Settings = z.infer<typeof Settings>;
