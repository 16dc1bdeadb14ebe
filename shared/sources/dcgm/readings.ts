import type { Sample } from '../../model/sample.ts';
import type { Instant } from '../../model/time.ts';
import type { Endpoint } from './endpoint.ts';
import type { OnReading, Wanted } from './exposition.ts';
import type { Labels } from './labels.ts';

const MIB = 1024 * 1024;

type Field = Exclude<
  { [Key in keyof Sample]: Sample[Key] extends number | undefined ? Key : never }[keyof Sample],
  'at' | 'gpuIndex' | undefined
>;

/** A figure of DCGM: where it goes, and what one of its units is in ours. */
interface Figure {
  family: string;
  field: Field | 'memoryFree' | 'memoryReserved';
  unit: number;
}

/**
 * Units as dcgm-exporter's own lists of counters give them (etc/dcp-metrics-included.csv): percent,
 * ratio, MiB, watts. The bytes of PCIe and NVLink are rates, in bytes per second, and gauges.
 * https://docs.nvidia.com/datacenter/dcgm/latest/reference/dcgm-exporter-metrics.html
 */
const FIGURES: readonly Figure[] = [
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

/**
 * The labels of interest, by what they mean; the first that is there counts. `exported_` is what a
 * Prometheus that scraped the exporter itself puts before a label it has a value of its own for.
 * Versions of the exporter differ in `UUID` and `uuid`, `Hostname` and `hostname`.
 */
const LABELS = {
  gpu: ['gpu'],
  uuid: ['UUID', 'uuid', 'gpu_uuid'],
  model: ['modelName', 'model_name'],
  host: ['Hostname', 'hostname'],
  kubernetesNode: ['node', 'kubernetes_node', 'exported_node', 'node_name'],
  device: ['device'],
  migId: ['GPU_I_ID'],
  migProfile: ['GPU_I_PROFILE'],
  job: ['hpc_job', 'slurm_job_id', 'job_id', 'jobid'],
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

/** What is known of one GPU, or of one part (MIG instance) of it. */
interface Gpu {
  labels: Labels;
  jobs: Set<string>;
  values: Partial<Record<Figure['field'], number>>;
}

/** Gathers the readings of one exporter by GPU. */
export class Gpus {
  readonly #byKey = new Map<string, Gpu>();
  readonly #byLabels = new Map<Labels, Gpu>();

  readonly take: OnReading = (family, labels, value) => {
    const figure = FIGURES[family];
    const amount = figure && amountOf(value, figure.unit);
    const gpu = this.#byLabels.get(labels) ?? this.#find(labels);
    if (figure && amount !== undefined) gpu.values[figure.field] = amount;
  };

  samples(endpoint: Endpoint, at: Instant): Sample[] {
    return [...this.#byKey.values()].map((gpu) => toSample(gpu, endpoint, at));
  }

  #find(labels: Labels): Gpu {
    const key = `${hostOf(labels) ?? ''} ${nameOf(labels)}`;
    const gpu = this.#byKey.get(key) ?? { labels, jobs: new Set<string>(), values: {} };
    this.#byKey.set(key, gpu);
    this.#byLabels.set(labels, gpu);
    const job = read(labels, 'job');
    if (job) gpu.jobs.add(job);
    return gpu;
  }
}

function toSample(gpu: Gpu, endpoint: Endpoint, at: Instant): Sample {
  const { labels, values, jobs } = gpu;
  const { memoryFree, memoryReserved, power, ...figures } = values;
  const { memoryUsed, memoryTotal = sum(memoryUsed, memoryFree, memoryReserved) } = figures;
  const index = /\d+$/.exec(read(labels, 'gpu') ?? read(labels, 'device') ?? '')?.[0];
  const profile = read(labels, 'migProfile');
  const model = read(labels, 'model');
  const texts = {
    model: model && profile ? `${model} (MIG ${profile})` : model,
    // Two jobs share this GPU: neither may call its readings its own.
    slurmJob: jobs.size === 1 ? [...jobs][0] : undefined,
    pod: read(labels, 'pod'),
    namespace: read(labels, 'namespace'),
    container: read(labels, 'container'),
  };
  return {
    at,
    node: hostOf(labels) ?? endpoint.host,
    gpu: nameOf(labels),
    ...(index !== undefined && { gpuIndex: Number(index) }),
    ...present(texts),
    ...present({ ...figures, memoryTotal }),
    // A MIG instance reports what its whole GPU draws.
    ...(power !== undefined && !read(labels, 'migId') && { power }),
    ...ratios(values),
  };
}

/** Counters are read one after the other, so that a ratio may exceed 1 by a little. */
function ratios({ utilization, engineActive, tensorActive }: Gpu['values']) {
  const ratio = (value: number | undefined) => value && Math.min(1, value);
  return present({
    utilization: ratio(utilization && utilization / 100),
    engineActive: ratio(engineActive),
    tensorActive: ratio(tensorActive),
  });
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
function amountOf(value: number, unit: number): number | undefined {
  return value >= 0 && Number.isFinite(value) && !isBlank(value) ? value * unit : undefined;
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
function hostOf(labels: Labels): string | undefined {
  const host = read(labels, 'host')?.trim().toLowerCase();
  const node = read(labels, 'kubernetesNode')?.trim().toLowerCase();
  if (node && (!host || POD.test(host))) return node;
  return host || undefined;
}
