import { z } from 'zod';
import { serviceUrl } from '../rented.ts';

/** The `azure` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    /** Subscriptions to watch, by id or name; absent means every one that is signed in to. */
    subscriptions: z.array(z.string().min(1)).optional(),
    /** Tags that name a machine's owner, the first one present decides. */
    ownerTags: z
      .array(z.string().min(1))
      .default([
        'Owner',
        'owner',
        'User',
        'user',
        'created-by',
        'CreatedBy',
        'createdBy',
        'creator',
      ]),
    /** Further names that are you, as owner tags spell them. */
    mine: z.array(z.string().min(1)).default([]),
    /** Whether a machine of which nobody knows the owner counts as yours. */
    untaggedAreMine: z.boolean().default(true),
    /** Where Azure Resource Manager is, where that is not the cloud's own address. */
    url: serviceUrl.optional(),
    /** Where the Retail Prices API is. */
    pricesUrl: serviceUrl.default('https://prices.azure.com'),
  })
  .prefault({});
export type Settings = z.infer<typeof Settings>;
