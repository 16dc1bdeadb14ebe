import { z } from 'zod';
import { rentedSettings, serviceUrl } from '../rented.ts';

/** The `vast` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    ...rentedSettings,
    onStop: z
      .enum(['stop', 'destroy'])
      .default('stop')
      .describe('What a stop does: `stop` keeps the disk, and its cost; `destroy` keeps nothing.'),
    url: serviceUrl
      .default('https://console.vast.ai')
      .describe('Where the API is; for a gateway in front of it.'),
  })
  .prefault({})
  .describe('Machines rented from Vast.ai, by API key.');
export type Settings = z.infer<typeof Settings>;
