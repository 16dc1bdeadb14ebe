import type { Sample } from '../model/sample.ts';
import type { Instant } from '../model/time.ts';

/** What of many series is of interest: the rest is skipped unread. */
export interface Wanted {
  families: readonly string[];
  labels: readonly string[];
}

/** The values of the wanted labels, in their order; undefined where a reading lacks one. */
export type Labels = readonly (string | undefined)[];

/**
 * One reading: the family by its index among the wanted, and the labels by theirs. Readings with
 * the same labels, written in the same way, mostly share one array: it can be a key.
 */
export type OnReading = (family: number, labels: Labels, value: number) => void;

const MIB = 1024 * 1024;

type Field = Exclude<
  { [Key in keyof Sample]: Sample[Key] extends number | undefined ? Key : never }[keyof Sample],
  'at' | 'gpuIndex' | undefined
>;

/** A figure of an exporter: where it goes, and what one of its units is in ours. */
interface Figure {
  family: string;
  field: Field | 'memoryFree' | 'memoryReserved';
  unit: number;
  /** Values that say that there is none, beside those of DCGM. */
  blanks?: ReadonlySet<number>;
}

/**
 * Units as dcgm-exporter's own lists of counters give them (etc/dcp-metrics-included.csv): percent,
 * ratio, MiB, watts. The bytes of PCIe and NVLink are rates, in bytes per second, and gauges.
 * https://docs.nvidia.com/datacenter/dcgm/latest/reference/dcgm-exporter-metrics.html
 */
const DCGM: readonly Figure[] = [
  { family: 'DCGM_FI_DEV_GPU_UTIL', field: 'utilization', unit: 1 },
  { family: 'DCGM_FI_PROF_GR_ENGINE_ACTIVE', field: 'engineActive', unit: 1 },
  { family: 'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', field: 'tensorActive', unit: 1 },
  { family: 'DCGM_FI_DEV_FB_USED', field: 'memoryUsed', unit: MIB },
  { family: 'DCGM_FI_DEV_FB_FREE', field: 'memoryFree', unit: MIB },
  { family: 'DCGM_FI_DEV_FB_RESERVED', field: 'memoryReserved', unit: MIB },
  { family: 'DCGM_FI_DEV_FB_TOTAL', field: 'memoryTotal', unit: MIB },
  { family: 'DCGM_FI_DEV_POWER_USAGE', field: 'power', unit: 1 },
  { family: 'DCGM_FI_PROF_PCIE_TX_BYTES', field: 'pcieTx', unit: 1 },
  { family: 'DCGM_FI_PROF_PCIE_RX_BYTES', field: 'pcieRx', unit: 1 },
  { family: 'DCGM_FI_PROF_NVLINK_TX_BYTES', field: 'nvlinkTx', unit: 1 },
  { family: 'DCGM_FI_PROF_NVLINK_RX_BYTES', field: 'nvlinkRx', unit: 1 },
];

/** What AMD's library has no value for is all ones, of 16 or 32 bits; of 8 it is no percentage. */
const ALL_ONES: ReadonlySet<number> = new Set([0xffff, 0xffff_ffff]);
const NO_PERCENTAGE: ReadonlySet<number> = new Set([0xff, ...ALL_ONES]);

/**
 * AMD's device-metrics-exporter: percent, MiB, watts. Which of the powers there is depends on the
 * generation. https://github.com/ROCm/device-metrics-exporter/blob/main/docs/configuration/metricslist.md
 */
const AMD: readonly Figure[] = [
  { family: 'gpu_gfx_activity', field: 'utilization', unit: 1, blanks: NO_PERCENTAGE },
  { family: 'gpu_used_vram', field: 'memoryUsed', unit: MIB, blanks: ALL_ONES },
  { family: 'gpu_free_vram', field: 'memoryFree', unit: MIB, blanks: ALL_ONES },
  { family: 'gpu_total_vram', field: 'memoryTotal', unit: MIB, blanks: ALL_ONES },
  { family: 'gpu_power_usage', field: 'power', unit: 1, blanks: ALL_ONES },
  { family: 'gpu_average_package_power', field: 'power', unit: 1, blanks: ALL_ONES },
  { family: 'gpu_package_power', field: 'power', unit: 1, blanks: ALL_ONES },
];

/** In Kubernetes, AMD's names begin with a prefix; it is a setting of the exporter. */
const FIGURES: readonly Figure[] = [
  ...DCGM,
  ...AMD,
  ...AMD.map((figure) => ({ ...figure, family: `amd_${figure.family}` })),
];

/**
 * The labels of interest, by what they mean; the first that is there counts. `exported_` is what a
 * Prometheus that scraped the exporter itself puts before a label it has a value of its own for.
 * Versions of the exporter differ in `UUID` and `uuid`, `Hostname` and `hostname`. `instance` is
 * the address at which a Prometheus found the exporter.
 */
const LABELS = {
  gpu: ['gpu', 'gpu_id'],
  uuid: ['UUID', 'uuid', 'gpu_uuid'],
  model: ['modelName', 'model_name', 'card_series'],
  host: ['exported_Hostname', 'Hostname', 'exported_hostname', 'hostname'],
  instance: ['exported_instance', 'instance'],
  kubernetesNode: ['node', 'kubernetes_node', 'exported_node', 'node_name'],
  device: ['device'],
  migId: ['GPU_I_ID'],
  migProfile: ['GPU_I_PROFILE'],
  job: ['exported_hpc_job', 'hpc_job', 'slurm_job_id', 'exported_job_id', 'job_id', 'jobid'],
  pod: ['exported_pod', 'pod', 'pod_name'],
  namespace: ['exported_namespace', 'namespace', 'pod_namespace'],
  container: ['exported_container', 'container', 'container_name'],
} as const;

export const WANTED: Wanted = {
  families: FIGURES.map(({ family }) => family),
  labels: Object.values(LABELS).flat(),
};

const INDEXES = Object.fromEntries(
  Object.entries(LABELS).map(([meaning, names]) => [
    meaning,
    names.map((name) => WANTED.labels.indexOf(name)),
  ]),
) as Record<keyof typeof LABELS, number[]>;

/** What the labels of a GPU, or of one part (MIG instance) of it, say of it. */
interface Identity {
  key: string;
  host: string | undefined;
  gpu: string;
  job: string | undefined;
  /** Read when a sample is first made of it. */
  texts?: Texts;
}

type Texts = Pick<Sample, 'gpuIndex' | 'model' | 'pod' | 'namespace' | 'container'>;

/** What is known of one GPU, or of one part of it. */
interface Gpu {
  labels: Labels;
  identity: Identity;
  job: string | undefined;
  /** Two jobs share this GPU: neither may call its readings its own. */
  isShared: boolean;
  values: Partial<Record<Figure['field'], number>>;
}

/** By labels: an exporter writes the same ones each time, and they are read once. */
const identities = new WeakMap<Labels, Identity>();

/** Gathers readings of one moment by GPU. */
export class Gpus {
  readonly #byKey = new Map<string, Gpu>();
  readonly #byLabels = new Map<Labels, Gpu>();

  readonly take: OnReading = (family, labels, value) => {
    const figure = FIGURES[family];
    const amount = figure && amountOf(value, figure);
    const gpu = this.#byLabels.get(labels) ?? this.#find(labels);
    if (figure && amount !== undefined) gpu.values[figure.field] = amount;
  };

  /** `host`: the machine's name where the readings do not give one. */
  samples(host: string, at: Instant): Sample[] {
    return [...this.#byKey.values()].map((gpu) => toSample(gpu, host, at));
  }

  #find(labels: Labels): Gpu {
    const identity = identityOf(labels);
    const { key, job } = identity;
    const gpu = this.#byKey.get(key) ?? { labels, identity, job, isShared: false, values: {} };
    this.#byKey.set(key, gpu);
    this.#byLabels.set(labels, gpu);
    gpu.job ??= job;
    gpu.isShared ||= job !== undefined && job !== gpu.job;
    return gpu;
  }
}

/** The same for all readings of one GPU, or of one part of it. */
export function gpuOf(labels: Labels): string {
  return identityOf(labels).key;
}

function identityOf(labels: Labels): Identity {
  const known = identities.get(labels);
  if (known) return known;
  const host = hostOf(labels);
  const gpu = nameOf(labels);
  const identity: Identity = {
    key: `${host ?? ''} ${gpu}`,
    host,
    gpu,
    job: read(labels, 'job'),
  };
  identities.set(labels, identity);
  return identity;
}

function textsOf(labels: Labels): Texts {
  const index = /\d+$/.exec(read(labels, 'gpu') ?? read(labels, 'device') ?? '')?.[0];
  const profile = read(labels, 'migProfile');
  const model = read(labels, 'model');
  return present({
    gpuIndex: index === undefined ? undefined : Number(index),
    model: model && profile ? `${model} (MIG ${profile})` : model,
    pod: read(labels, 'pod'),
    namespace: read(labels, 'namespace'),
    container: read(labels, 'container'),
  });
}

const RATIOS = ['utilization', 'engineActive', 'tensorActive'] as const;
const AMOUNTS = ['memoryUsed', 'pcieTx', 'pcieRx', 'nvlinkTx', 'nvlinkRx'] as const;

/** Assigns rather than spreads: it is done for each GPU of a fleet, every few seconds. */
function toSample(gpu: Gpu, host: string, at: Instant): Sample {
  const { labels, identity, job, isShared, values } = gpu;
  identity.texts ??= textsOf(labels);
  const sample: Sample = { at, node: identity.host ?? host, gpu: identity.gpu, ...identity.texts };
  if (job !== undefined && !isShared) sample.slurmJob = job;
  for (const field of RATIOS) {
    const value = values[field];
    // Counters are read one after the other, so that a ratio may exceed 1 by a little.
    if (value !== undefined)
      sample[field] = Math.min(1, field === 'utilization' ? value / 100 : value);
  }
  for (const field of AMOUNTS) {
    const value = values[field];
    if (value !== undefined) sample[field] = value;
  }
  const { memoryUsed, memoryFree, memoryReserved, power } = values;
  const memoryTotal = values.memoryTotal ?? sum(memoryUsed, memoryFree, memoryReserved);
  if (memoryTotal !== undefined) sample.memoryTotal = memoryTotal;
  // A MIG instance reports what its whole GPU draws.
  if (power !== undefined && !read(labels, 'migId')) sample.power = power;
  return sample;
}

function sum(...parts: (number | undefined)[]): number | undefined {
  const [used, free] = parts;
  if (used === undefined || free === undefined) return undefined;
  return parts.reduce<number>((total, part) => total + (part ?? 0), 0);
}

function present<T extends object>(object: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: NonNullable<T[Key]>;
  };
}

/** The value in our unit; undefined for what is no amount. */
function amountOf(value: number, { unit, blanks }: Figure): number | undefined {
  if (!(value >= 0) || !Number.isFinite(value)) return undefined;
  return isBlank(value) || blanks?.has(value) ? undefined : value * unit;
}

/**
 * DCGM's words for "no value", "not supported" and the like are numbers: sixteen from each of
 * 0x7ffffff0 (32 bits), 2^47 (doubles) and 0x7ffffffffffffff0 (64 bits; as a double, 2^63).
 * https://github.com/NVIDIA/DCGM/blob/master/dcgmlib/dcgm_structs.h
 */
function isBlank(value: number): boolean {
  if (value < 0x7ffffff0) return false;
  return value <= 0x7fffffff || (value >= 2 ** 47 && value < 2 ** 47 + 16) || value >= 2 ** 62;
}

function read(labels: Labels, meaning: keyof typeof LABELS): string | undefined {
  for (const index of INDEXES[meaning]) {
    const value = labels[index];
    if (value) return value;
  }
  return undefined;
}

function nameOf(labels: Labels): string {
  const gpu = read(labels, 'uuid') ?? read(labels, 'device') ?? read(labels, 'gpu') ?? 'gpu';
  const part = read(labels, 'migId');
  return part === undefined ? gpu : `${gpu}/${part}`;
}

/** Kubernetes ends the names of a daemon set's pods in five of these. */
const POD = /-[bcdfghjklmnpqrstvwxz2456789]{5}$/;

/** The machine: `Hostname`, unless that is a pod's name and the node's own is known. */
export function hostOf(labels: Labels): string | undefined {
  const host = read(labels, 'host')?.trim().toLowerCase();
  const node = read(labels, 'kubernetesNode')?.trim().toLowerCase();
  if (node && (!host || POD.test(host))) return node;
  if (host) return host;
  // `gpu01:9400`, `[fd00::1]:9400`
  const instance = read(labels, 'instance')?.trim().toLowerCase();
  return instance?.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1') || undefined;
}
