import { z } from 'zod';
import type { Account } from '../../model/account.ts';

const dollars = z.number().nonnegative();

/** What a machine of a partition costs, in US dollars per hour; the parts add up. */
export const Price = z
  .strictObject({
    perGpuHour: dollars.optional(),
    perCoreHour: dollars.optional(),
    perNodeHour: dollars.optional(),
    /** For each unit that the partition's TRESBillingWeights make of what a machine has. */
    perBillingUnitHour: dollars.optional(),
  })
  .refine(
    (price) => Object.values(price).some((value) => value !== undefined),
    'name a price: perGpuHour, perCoreHour, perNodeHour or perBillingUnitHour',
  );
export type Price = z.infer<typeof Price>;

/** A slurmrestd and how to prove to it who you are. https://slurm.schedmd.com/rest.html */
const Rest = z.strictObject({
  /** `https://slurm.example:6820`, or `unix:/run/slurmrestd.sock`. */
  url: z.union([
    z.url({ protocol: /^https?$/ }),
    z.string().regex(/^unix:\/./, 'name its socket by a whole path: unix:/run/slurmrestd.sock'),
  ]),
  /** `v0.0.40`; absent: the newest that it speaks. */
  version: z
    .string()
    .regex(/^v0\.0\.\d+$/, 'a version is such as v0.0.40')
    .optional(),
  /** The variable that holds a token; where it is not set, `scontrol token` is asked for one. */
  tokenEnv: z.string().min(1).default('SLURM_JWT'),
  /** A file that holds nothing but a token: read each time, so that it may be renewed. */
  tokenFile: z.string().min(1).optional(),
});
export type Rest = z.infer<typeof Rest>;

/** How one cluster is reached, what it costs, and who you are there. */
const cluster = {
  /** Its name in Burnrate. Default: its ClusterName, or the host that is asked for it. */
  name: z.string().min(1).optional(),
  /** The folder of squeue, scontrol and the others, where it is not on PATH. */
  commands: z.string().min(1).optional(),
  /** The cluster's slurm.conf, where neither SLURM_CONF nor Slurm itself knows it. */
  conf: z.string().min(1).optional(),
  /** The host where its commands are, as your own ssh knows it: `login`, `ada@login.example`. */
  ssh: z
    .string()
    // A leading dash would be an option to ssh.
    .regex(/^[^-\s]\S*$/, 'a host as you name it to ssh')
    .optional(),
  rest: Rest.optional(),
  /** Prices by partition; `*` is for every other one. Absent: no price is known here. */
  prices: z.record(z.string().min(1), Price).optional(),
  /** Further users of the cluster that are you. */
  mine: z.array(z.string().min(1)).optional(),
  /** Read your own jobs only: lighter on a large cluster, where others' are of no interest. */
  onlyMine: z.boolean().optional(),
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
      .default([]),
  })
  .prefault({});
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
