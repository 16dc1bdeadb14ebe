import { z } from 'zod';
import { rentedSettings, serviceUrl } from '../rented.ts';

/** The `vast` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    ...rentedSettings,
    /** What a stop does: `stop` keeps the disk, and its cost; `destroy` keeps nothing. */
    onStop: z.enum(['stop', 'destroy']).default('stop'),
    /** Where the API is; for a gateway in front of it. */
    url: serviceUrl.default('https://console.vast.ai'),
  })
  .prefault({});
export type Settings = z.infer<typeof Settings>;
