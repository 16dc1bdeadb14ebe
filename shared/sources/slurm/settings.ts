import { z } from 'zod';

const dollars = z.number().nonnegative();

/** What a machine of a partition costs, in US dollars per hour; the parts add up. */
export const Price = z
  .strictObject({
    perGpuHour: dollars.optional(),
    perCoreHour: dollars.optional(),
    perNodeHour: dollars.optional(),
  })
  .refine(
    (price) => Object.values(price).some((value) => value !== undefined),
    'name a price: perGpuHour, perCoreHour or perNodeHour',
  );
export type Price = z.infer<typeof Price>;

/** The `slurm` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    /** The folder of squeue, scontrol and the others, where it is not on PATH. */
    commands: z.string().min(1).optional(),
    /** The cluster's slurm.conf, where neither SLURM_CONF nor Slurm itself knows it. */
    conf: z.string().min(1).optional(),
    /** Prices by partition; `*` is for every other one. Absent: no price is known here. */
    prices: z.record(z.string().min(1), Price).default({}),
    /** Further users of the cluster that are you. */
    mine: z.array(z.string().min(1)).default([]),
    /** Read your own jobs only: lighter on a large cluster, where others' are of no interest. */
    onlyMine: z.boolean().default(false),
  })
  .prefault({});
export type Settings = z.infer<typeof Settings>;
