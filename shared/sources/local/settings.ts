import { z } from 'zod';

/** The `local` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    /** Whether this machine is looked at. */
    enabled: z.boolean().default(true),
    /**
     * Folders with the logs of training: TensorBoard's event files, W&B's and MLflow's runs. How far
     * they have come is read from there; `job` names the job that writes them, by default the one on
     * this machine. The working folders of this machine's jobs are looked through without.
     */
    logs: z
      .array(z.strictObject({ folder: z.string().min(1), job: z.string().min(1).optional() }))
      .max(20)
      .default([]),
    /**
     * What this machine costs, in US dollars per hour: its price over its life, power and room
     * included, or what a provider unknown to Burnrate asks for it. Absent means unpriced.
     */
    pricePerHour: z.number().positive().max(100_000).optional(),
  })
  .prefault({});
export type Settings = z.infer<typeof Settings>;
