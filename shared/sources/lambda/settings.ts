import { z } from 'zod';
import { rentedSettings, serviceUrl } from '../rented.ts';

/** The `lambda` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    ...rentedSettings,
    url: serviceUrl
      .default('https://cloud.lambda.ai/api/v1')
      .describe('Where the API is; for a gateway in front of it.'),
  })
  .prefault({})
  .describe('Machines rented from Lambda Cloud, by API key.');
export type Settings = z.infer<typeof Settings>;
