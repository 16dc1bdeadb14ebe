import { z } from 'zod';
import { serviceUrl } from '../rented.ts';

/** The `azure` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    subscriptions: z
      .array(z.string().min(1).meta({ 'x-names': 'account' }))
      .optional()
      .describe(
        'Subscriptions to watch, by id or name; absent means every one that is signed in to.',
      ),
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
      ])
      .describe("Tags that name a machine's owner, the first one present decides."),
    mine: z
      .array(z.string().min(1).meta({ 'x-names': 'owner' }))
      .default([])
      .describe('Further names that are you, as owner tags spell them.'),
    untaggedAreMine: z
      .boolean()
      .default(true)
      .describe('Whether a machine of which nobody knows the owner counts as yours.'),
    url: serviceUrl
      .optional()
      .describe("Where Azure Resource Manager is, where that is not the cloud's own address."),
    pricesUrl: serviceUrl
      .default('https://prices.azure.com')
      .describe('Where the Retail Prices API is.'),
  })
  .prefault({})
  .describe('Microsoft Azure: virtual machines of the subscriptions that you are signed in to.');
export type Settings = z.infer<typeof Settings>;
