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
    CPU: dollars.optional().describe('US dollars of a core.'),
    spotCPU: dollars.optional().describe('US dollars of a core on spot.'),
    RAM: dollars.optional().describe('US dollars of a GiB of memory.'),
    spotRAM: dollars.optional().describe('US dollars of a GiB of memory on spot.'),
    GPU: dollars.optional().describe('US dollars of a GPU.'),
    spotGPU: dollars.optional().describe('US dollars of a GPU on spot.'),
    per: z
      .enum(['hour', 'month'])
      .default('hour')
      .describe(
        "For how long the prices are: those of a chart's `customPricing.costModel` are by the month, of 730 hours; those of OpenCost's file by the hour.",
      ),
    spotLabel: z
      .string()
      .optional()
      .describe('A label of spot nodes, where Burnrate would not know them for such.'),
    spotLabelValue: z.string().optional().describe('The value of that label on spot nodes.'),
  })
  .refine(
    ({ CPU, RAM, GPU }) => (CPU ?? RAM ?? GPU) !== undefined,
    'name a price: CPU, RAM or GPU, in US dollars per hour',
  );
export type CustomPrices = z.infer<typeof CustomPrices>;

/** The `kubernetes` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    contexts: z
      .array(z.string().min(1).meta({ 'x-names': 'account' }))
      .optional()
      .describe('Contexts of your kubeconfig to use, `*` for all. Absent: the current one alone.'),
    namespaces: z
      .array(z.string().min(1))
      .optional()
      .describe('Namespaces to read, where you may not list pods in all of them.'),
    prices: z
      .record(z.string().min(1).meta({ 'x-names': 'account' }), CustomPrices)
      .default({})
      .describe(
        "Prices by context; `*` is for every other one. They go before what a cloud's price list says of the same machine. Absent: the price is what the cloud's own account knows of it.",
      ),
    ownerLabels: z
      .array(z.string().min(1))
      .default(['owner', 'user', 'created-by', 'skypilot-user', 'app.kubernetes.io/created-by'])
      .describe("Labels and annotations that name a job's owner, the first one present decides."),
    mine: z
      .array(z.string().min(1).meta({ 'x-names': 'owner' }))
      .default([])
      .describe(
        'Further names that are you, as owner labels spell them, and namespaces that are yours.',
      ),
    unlabelledAreMine: z
      .boolean()
      .default(false)
      .describe(
        'Whether a job that no label gives an owner counts as yours: for a cluster of your own.',
      ),
    allPods: z
      .boolean()
      .default(false)
      .describe('Whether pods and nodes without GPUs are read, too, and how busy their cores are.'),
  })
  .prefault({})
  .describe('Kubernetes clusters, by the contexts of your kubeconfig.');
export type Settings = z.infer<typeof Settings>;
