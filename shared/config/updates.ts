import { z } from 'zod';

/** The `updates` section. */
export const UpdateSettings = z
  .strictObject({
    check: z
      .boolean()
      .default(true)
      .describe(
        'False: the tray app never looks for a newer version of itself, and does not offer to.',
      ),
  })
  .prefault({})
  .describe("The tray app's own updates.");
