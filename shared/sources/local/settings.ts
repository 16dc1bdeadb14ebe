import { z } from 'zod';

/** The `local` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether this machine is looked at.'),
    logs: z
      .array(
        z.strictObject({
          folder: z.string().min(1).describe('The folder that the logs are written to.'),
          job: z
            .string()
            .min(1)
            .meta({ 'x-names': 'job' })
            .optional()
            .describe('The job that writes them, by its name. Default: the one on this machine.'),
        }),
      )
      .max(20)
      .default([])
      .describe(
        "Folders with the logs of training: TensorBoard's event files, W&B's and MLflow's runs. How far they have come is read from there; `job` names the job that writes them, by default the one on this machine. The working folders of this machine's jobs are looked through without.",
      ),
    pricePerHour: z
      .number()
      .positive()
      .max(100_000)
      .optional()
      .describe(
        'What this machine costs, in US dollars per hour: its price over its life, power and room included, or what a provider unknown to Burnrate asks for it. Absent means unpriced.',
      ),
  })
  .prefault({})
  .describe('This machine: its GPUs, and what runs on them.');
export type Settings = z.infer<typeof Settings>;
