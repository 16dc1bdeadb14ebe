import { z } from 'zod';

/** The `skypilot` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    endpoint: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe(
        "The API server's address, where neither SKYPILOT_API_SERVER_ENDPOINT nor ~/.sky/config.yaml names it.",
      ),
    stop: z
      .enum(['auto', 'stop', 'down'])
      .default('auto')
      .describe(
        'What stopping a cluster does. `auto` stops it, which can be undone, where its cloud can do that, and else terminates it.',
      ),
    startServer: z
      .boolean()
      .default(false)
      .describe(
        "Start the API server of this machine (`sky api start`) where it does not run. Without it, clusters are read from SkyPilot's own file, and nothing can be stopped.",
      ),
    mine: z
      .array(z.string().min(1).meta({ 'x-names': 'owner' }))
      .default([])
      .describe('Further users that are you: their names, or their hashes as in ~/.sky/user_hash.'),
  })
  .prefault({})
  .describe('Clusters and managed jobs of SkyPilot, by its API server.');
export type Settings = z.infer<typeof Settings>;
