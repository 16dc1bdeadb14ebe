import { z } from 'zod';
import type { Account } from '../../model/account.ts';

const dollars = z.number().nonnegative();

/** What a machine of a partition costs, in US dollars per hour; the parts add up. */
export const Price = z
  .strictObject({
    perGpuHour: dollars.optional().describe('US dollars per hour for each GPU.'),
    perCoreHour: dollars.optional().describe('US dollars per hour for each core.'),
    perNodeHour: dollars.optional().describe('US dollars per hour for each machine.'),
    perBillingUnitHour: dollars
      .optional()
      .describe(
        "US dollars per hour for each unit that the partition's TRESBillingWeights make of what a machine has.",
      ),
  })
  .refine(
    (price) => Object.values(price).some((value) => value !== undefined),
    'name a price: perGpuHour, perCoreHour, perNodeHour or perBillingUnitHour',
  );
export type Price = z.infer<typeof Price>;

/** A slurmrestd and how to prove to it who you are. https://slurm.schedmd.com/rest.html */
const Rest = z.strictObject({
  url: z
    .union([
      z.url({ protocol: /^https?$/ }),
      z.string().regex(/^unix:\/./, 'name its socket by a whole path: unix:/run/slurmrestd.sock'),
    ])
    .describe('Where it listens: `https://slurm.example:6820`, or `unix:/run/slurmrestd.sock`.'),
  version: z
    .string()
    .regex(/^v0\.0\.\d+$/, 'a version is such as v0.0.40')
    .optional()
    .describe('The version of its API: `v0.0.40`; absent: the newest that it speaks.'),
  tokenEnv: z
    .string()
    .min(1)
    .default('SLURM_JWT')
    .describe(
      'The variable that holds a token; where it is not set, `scontrol token` is asked for one.',
    ),
  tokenFile: z
    .string()
    .min(1)
    .optional()
    .describe('A file that holds nothing but a token: read each time, so that it may be renewed.'),
});
export type Rest = z.infer<typeof Rest>;

/** How one cluster is reached, what it costs, and who you are there. */
const cluster = {
  name: z
    .string()
    .min(1)
    .optional()
    .describe('Its name in Burnrate. Default: its ClusterName, or the host that is asked for it.'),
  commands: z
    .string()
    .min(1)
    .optional()
    .describe('The folder of squeue, scontrol and the others, where it is not on PATH.'),
  conf: z
    .string()
    .min(1)
    .optional()
    .describe("The cluster's slurm.conf, where neither SLURM_CONF nor Slurm itself knows it."),
  ssh: z
    .string()
    // A leading dash would be an option to ssh.
    .regex(/^[^-\s]\S*$/, 'a host as you name it to ssh')
    .optional()
    .describe(
      'The host where its commands are, as your own ssh knows it: `login`, `ada@login.example`.',
    ),
  rest: Rest.optional().describe(
    'A slurmrestd to ask instead of commands, and how to prove to it who you are.',
  ),
  prices: z
    .record(z.string().min(1).meta({ 'x-names': 'partition' }), Price)
    .optional()
    .describe('Prices by partition; `*` is for every other one. Absent: no price is known here.'),
  mine: z
    .array(z.string().min(1).meta({ 'x-names': 'owner' }))
    .optional()
    .describe('Further users of the cluster that are you.'),
  onlyMine: z
    .boolean()
    .optional()
    .describe(
      "Read your own jobs only: lighter on a large cluster, where others' are of no interest.",
    ),
};

/** The `slurm` section of burnrate.yaml: one cluster, and others beside it. */
export const Settings = z
  .strictObject({
    ...cluster,
    prices: cluster.prices.default({}),
    mine: cluster.mine.default([]),
    onlyMine: cluster.onlyMine.default(false),
    clusters: z
      .array(
        z
          .strictObject(cluster)
          .refine(
            ({ ssh, rest, conf, commands }) => ssh ?? rest ?? conf ?? commands,
            'say how it is reached: ssh, rest, conf or commands',
          ),
      )
      .default([])
      .describe(
        'Other clusters, each reached in one of the ways above; what they do not set is as above.',
      ),
  })
  .prefault({})
  .describe('Slurm clusters: how each is reached, what it costs, and who you are there.');
export type Settings = z.infer<typeof Settings>;

/** One cluster's settings. */
export type ClusterSettings = Omit<Settings, 'clusters'>;

/**
 * Each cluster's own settings: the section itself first, then those beside it, which take from it
 * the prices, the names and the rest that they do not set.
 */
export function clustersIn({
  clusters,
  ...first
}: Settings): [ClusterSettings, ...ClusterSettings[]] {
  const { prices, mine, onlyMine } = first;
  return [
    first,
    ...clusters.map((one) => ({
      ...one,
      prices: one.prices ?? prices,
      mine: one.mine ?? mine,
      onlyMine: one.onlyMine ?? onlyMine,
    })),
  ];
}

/**
 * The name of a cluster that is reached over the network. It is known without asking, so that the
 * account stays the same while nothing answers.
 */
export function nameOf({ name, ssh, rest }: ClusterSettings): string | undefined {
  const address = ssh ?? rest?.url;
  const host = address?.replace(/^(\w+:\/\/|unix:)/, '').replace(/^[^@/]*@|\/+$/g, '');
  return name ?? host?.toLowerCase();
}

/** What tells one of `clusters` from the others. */
export function keyOf(cluster: ClusterSettings): string {
  return cluster.ssh ?? cluster.rest?.url ?? cluster.conf ?? cluster.commands ?? '';
}

/** The settings of the cluster that the account is. */
export function clusterOf(account: Account, settings: Settings): ClusterSettings {
  const [first, ...others] = clustersIn(settings);
  return others.find((one) => keyOf(one) === account.options.cluster) ?? first;
}
