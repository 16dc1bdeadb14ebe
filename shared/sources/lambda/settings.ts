import { z } from 'zod';
import { rentedSettings, serviceUrl } from '../rented.ts';

/** The `lambda` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    ...rentedSettings,
    /** Where the API is; for a gateway in front of it. */
    url: serviceUrl.default('https://cloud.lambda.ai/api/v1'),
  })
  .prefault({});
export type Settings = z.infer<typeof Settings>;
