import { z } from 'zod';

/** Where OTLP over HTTP is sent unless told otherwise. */
export const DEFAULT_PORT = 4318;

/** The `otlp` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe(
        'Whether metrics are received. Off by default: the port is the one that a collector of your own would want, and Burnrate must not be there first.',
      ),
    port: z
      .number()
      .int()
      .min(1)
      .max(65_535)
      .default(DEFAULT_PORT)
      .describe('The port to listen at: on 127.0.0.1, and nowhere else.'),
  })
  .prefault({})
  .describe('Metrics that programs of your own send by OTLP over HTTP.');
export type Settings = z.infer<typeof Settings>;
