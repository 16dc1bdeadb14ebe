import { z } from 'zod';

/** The `local` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    /** Whether this machine is looked at. */
    enabled: z.boolean().default(true),
    /**
     * What this machine costs, in US dollars per hour: its price over its life, power and room
     * included, or what a provider unknown to Burnrate asks for it. Absent means unpriced.
     */
    pricePerHour: z.number().positive().max(100_000).optional(),
  })
  .prefault({});
export type Settings = z.infer<typeof Settings>;
