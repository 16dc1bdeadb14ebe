import { z } from 'zod';

/** Minutes from the story's beginning; below zero for what came before it. */
const minute = z.number();
const fraction = z.number().min(0).max(1);

/** What runs on a machine's GPUs. */
export const Workload = z.strictObject({
  /**
   * `training` is steady but for checkpoints and evaluations, `service` follows the hours of the
   * day between some 60% of its level and all of it, `idle` holds memory and does little.
   */
  kind: z.enum(['training', 'service', 'idle']),
  /** How busy its GPUs are at its best. */
  level: fraction,
  /** When it begins to work; before, it loads its data. */
  from: minute.optional(),
  /** The trouble: from then on it does only this much, and goes on costing as before. */
  drop: z.strictObject({ at: minute, to: fraction }).optional(),
  /** The checkpoints that it sends away while it works; its machine then tells of its network. */
  uploads: z
    .strictObject({
      gigabytes: z.number().positive(),
      everyMinutes: z.number().positive(),
      /** A bucket of the machine's region, whose requests S3 then counts. */
      bucket: z.string().optional(),
    })
    .optional(),
});
export type Workload = z.infer<typeof Workload>;

/** How a machine's exporter answers. Broken ones are what a wrong address or a sick host gives. */
export const Exporter = z.strictObject({
  answers: z.enum(['metrics', 'html', 'flood', 'nothing']).default('metrics'),
  /** How often it reads its GPUs: dcgm-exporter's own default is 30 s. */
  collectSeconds: z.number().positive().default(30),
});
export type Exporter = z.infer<typeof Exporter>;

/** An instance of the cloud, with what runs on it and who watches it. */
export const Machine = z.strictObject({
  name: z.string(),
  type: z.string(),
  region: z.string().default('us-east-1'),
  market: z.enum(['on-demand', 'spot']).default('on-demand'),
  launched: minute,
  /** The person who launched it, as the tag `Owner` says. */
  owner: z.string().optional(),
  tags: z.record(z.string(), z.string()).default({}),
  workload: Workload.optional(),
  exporter: Exporter.prefault({}),
});
export type Machine = z.infer<typeof Machine>;

/** A disk that no machine has, which costs what it did. */
export const Disk = z.strictObject({
  name: z.string(),
  type: z.string().default('gp3'),
  sizeGb: z.number().int().positive(),
  region: z.string().default('us-east-1'),
  created: minute,
  tags: z.record(z.string(), z.string()).default({}),
});
export type Disk = z.infer<typeof Disk>;

/** A public address that is held for no machine. */
export const Address = z.strictObject({
  ip: z.ipv4(),
  region: z.string().default('us-east-1'),
  tags: z.record(z.string(), z.string()).default({}),
});
export type Address = z.infer<typeof Address>;

/** A machine of another cloud than AWS, or a cluster of one that SkyPilot has launched. */
export const Rented = z.strictObject({
  provider: z.enum(['gcp', 'azure', 'lambda', 'runpod', 'vast', 'skypilot']),
  name: z.string(),
  type: z.string(),
  gpu: z.string(),
  gpus: z.number().int().positive(),
  dollarsPerHour: z.number().positive(),
  launched: minute,
  /** How busy its GPUs are; RunPod tells. */
  level: fraction.default(0.8),
});
export type Rented = z.infer<typeof Rented>;

/** A cluster whose scheduler hands out GPUs, and the jobs that have some. */
export const Cluster = z.strictObject({
  scheduler: z.enum(['slurm', 'kubernetes']),
  name: z.string(),
  dollarsPerGpuHour: z.number().positive(),
  nodes: z.array(
    z.strictObject({
      name: z.string(),
      gpus: z.number().int().positive(),
      gpu: z.string(),
      cores: z.number().int().positive(),
    }),
  ),
  jobs: z.array(
    z.strictObject({
      name: z.string(),
      user: z.string(),
      node: z.string(),
      gpus: z.number().int().positive(),
      started: minute,
    }),
  ),
});
export type Cluster = z.infer<typeof Cluster>;

/** A story that a fleet plays. The same seed tells it the same way each time. */
export const Scenario = z.strictObject({
  seed: z.number().int(),
  account: z.string().regex(/^\d{12}$/),
  /** The IAM user whose credentials these are. */
  user: z.string(),
  machines: z.array(Machine),
  disks: z.array(Disk).default([]),
  addresses: z.array(Address).default([]),
  rented: z.array(Rented).default([]),
  /** One of each scheduler. */
  clusters: z.array(Cluster).max(2).default([]),
});
export type Scenario = z.infer<typeof Scenario>;
export type ScenarioInput = z.input<typeof Scenario>;
