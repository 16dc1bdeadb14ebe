import { Counter, type JobHint, MAX_NAME, MAX_SERIES, type Progress } from '../model/progress.ts';
import type { Sample } from '../model/sample.ts';
import { MAX_DEVICE, type Traffic } from '../model/traffic.ts';

type Fits = (value: unknown) => boolean;

const text: Fits = (value) => typeof value === 'string';
const integer: Fits = Number.isSafeInteger;
const amount: Fits = (value) => typeof value === 'number' && value >= 0 && value < Infinity;
const index: Fits = (value) => integer(value) && amount(value);
const name = (longest: number): Fits => {
  return (value) => typeof value === 'string' && value.length > 0 && value.length <= longest;
};
const fraction: Fits = (value) => typeof value === 'number' && value >= 0 && value <= 1;

/** What the schema of samples asks of each field. */
const SAMPLE: Readonly<Record<keyof Sample, Fits>> = {
  at: integer,
  node: text,
  gpu: text,
  gpuIndex: index,
  model: text,
  utilization: fraction,
  engineActive: fraction,
  tensorActive: fraction,
  memoryUsed: amount,
  memoryTotal: amount,
  power: amount,
  pcieTx: amount,
  pcieRx: amount,
  nvlinkTx: amount,
  nvlinkRx: amount,
  slurmJob: text,
  pod: text,
  namespace: text,
  container: text,
};

/** The same of traffic. */
const TRAFFIC: Readonly<Record<keyof Traffic, Fits>> = {
  at: integer,
  since: integer,
  node: text,
  device: (value) => typeof value === 'string' && value.length <= MAX_DEVICE,
  sent: amount,
  received: amount,
  read: amount,
  written: amount,
};

const jobName = name(MAX_NAME);
const HINT: Readonly<Record<keyof JobHint, Fits>> = {
  job: jobName,
  slurmJob: jobName,
  pod: jobName,
  namespace: jobName,
  skypilotTask: jobName,
  skypilotCluster: jobName,
  host: jobName,
  pid: (value) => integer(value) && (value as number) > 0,
};

const COUNTERS: ReadonlySet<unknown> = new Set(Counter.options);

/** And of counts. */
const PROGRESS: Readonly<Record<keyof Progress, Fits>> = {
  at: integer,
  counter: (value) => COUNTERS.has(value),
  series: name(MAX_SERIES),
  value: amount,
  fromZero: (value) => typeof value === 'boolean',
  since: integer,
  of: (value) => isPlain(value, HINT, []),
};

/**
 * Whether it is a sample as it stands, nothing to be left out. The schema says the same, and why
 * not; but it makes a new object of each, and a fleet has thousands every few seconds.
 */
export function isPlainSample(item: unknown): item is Sample {
  return isPlain(item, SAMPLE, ['at', 'node', 'gpu']);
}

/** The same of a reading of traffic. */
export function isPlainTraffic(item: unknown): item is Traffic {
  return isPlain(item, TRAFFIC, ['at', 'node', 'device']);
}

/** The same of a count of a job's own work. */
export function isPlainProgress(item: unknown): item is Progress {
  return isPlain(item, PROGRESS, ['at', 'counter', 'series', 'value', 'fromZero', 'of']);
}

function isPlain(
  item: unknown,
  fits: Readonly<Record<string, Fits>>,
  required: readonly string[],
): boolean {
  if (typeof item !== 'object' || item === null) return false;
  const fields = item as Record<string, unknown>;
  for (const name in fields) {
    if (!Object.hasOwn(fits, name) || !fits[name]?.(fields[name])) return false;
  }
  return required.every((name) => name in fields);
}
