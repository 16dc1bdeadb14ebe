import { z } from 'zod';
import { rentedSettings, serviceUrl } from '../rented.ts';

/** The `runpod` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    ...rentedSettings,
    onStop: z
      .enum(['stop', 'delete'])
      .optional()
      .describe(
        'What a stop does. Absent means what keeps most: a pod with a volume disk is stopped, which keeps it; one without is deleted, since a stop would keep nothing.',
      ),
    url: serviceUrl
      .default('https://rest.runpod.io/v1')
      .describe('Where the REST API is; for a gateway in front of it.'),
    telemetryUrl: serviceUrl
      .default('https://api.runpod.io')
      .describe(
        'Where the GraphQL API is, which alone tells how busy GPUs are: `/graphql` is appended.',
      ),
  })
  .prefault({})
  .describe('Machines rented from RunPod, by API key.');
export type Settings = z.infer<typeof Settings>;
