import { z } from 'zod';

/** The tray app's own updates. */
export const UpdateSettings = z
  .strictObject({
    /** False: the tray app never looks for a newer version of itself, and does not offer to. */
    check: z.boolean().default(true),
  })
  .prefault({});
