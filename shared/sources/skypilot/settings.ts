import { z } from 'zod';

/** The `skypilot` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    /**
     * The API server's address, where neither SKYPILOT_API_SERVER_ENDPOINT nor ~/.sky/config.yaml
     * names it.
     */
    endpoint: z.url({ protocol: /^https?$/ }).optional(),
    /**
     * What stopping a cluster does. `auto` stops it, which can be undone, where its cloud can do
     * that, and else terminates it.
     */
    stop: z.enum(['auto', 'stop', 'down']).default('auto'),
    /**
     * Start the API server of this machine (`sky api start`) where it does not run. Without it,
     * clusters are read from SkyPilot's own file, and nothing can be stopped.
     */
    startServer: z.boolean().default(false),
    /** Further users that are you: their names, or their hashes as in ~/.sky/user_hash. */
    mine: z.array(z.string().min(1)).default([]),
  })
  .prefault({});
export type Settings = z.infer<typeof Settings>;
