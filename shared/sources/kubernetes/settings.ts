import { z } from 'zod';

/** OpenCost writes its prices as text. */
const dollars = z.union([
  z.number().nonnegative(),
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'not a price')
    .transform(Number),
]);

/**
 * Prices in OpenCost's custom pricing format, in US dollars per hour unless `per` says month: of a core, of a GiB of memory,
 * of a GPU, each also on spot. What else such a file holds (disks, traffic) plays no part here.
 * https://opencost.io/docs/configuration/on-prem
 */
export const CustomPrices = z
  .object({
    CPU: dollars.optional(),
    spotCPU: dollars.optional(),
    RAM: dollars.optional(),
    spotRAM: dollars.optional(),
    GPU: dollars.optional(),
    spotGPU: dollars.optional(),
    /** A chart's `customPricing.costModel` has prices by the month, of 730 hours; OpenCost's file has not. */
    per: z.enum(['hour', 'month']).default('hour'),
    /** A label of spot nodes, and its value, where Burnrate would not know them for such. */
    spotLabel: z.string().optional(),
    spotLabelValue: z.string().optional(),
  })
  .refine(
    ({ CPU, RAM, GPU }) => (CPU ?? RAM ?? GPU) !== undefined,
    'name a price: CPU, RAM or GPU, in US dollars per hour',
  );
export type CustomPrices = z.infer<typeof CustomPrices>;

/** The `kubernetes` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    /** Contexts of your kubeconfig to use, `*` for all. Absent: the current one alone. */
    contexts: z.array(z.string().min(1)).optional(),
    /** Namespaces to read, where you may not list pods in all of them. */
    namespaces: z.array(z.string().min(1)).optional(),
    /**
     * Prices by context; `*` is for every other one. They go before what a cloud's price list says
     * of the same machine. Absent: the price is what the cloud's own account knows of it.
     */
    prices: z.record(z.string().min(1), CustomPrices).default({}),
    /** Labels and annotations that name a job's owner, the first one present decides. */
    ownerLabels: z
      .array(z.string().min(1))
      .default(['owner', 'user', 'created-by', 'skypilot-user', 'app.kubernetes.io/created-by']),
    /** Further names that are you, as owner labels spell them, and namespaces that are yours. */
    mine: z.array(z.string().min(1)).default([]),
    /** Whether a job that no label gives an owner counts as yours: for a cluster of your own. */
    unlabelledAreMine: z.boolean().default(false),
    /** Whether pods and nodes without GPUs are read, too, and how busy their cores are. */
    allPods: z.boolean().default(false),
  })
  .prefault({});
export type Settings = z.infer<typeof Settings>;
