import type { Sample } from '../model/sample.ts';
import { MAX_DEVICE, type Traffic } from '../model/traffic.ts';

type Fits = (value: unknown) => boolean;

const text: Fits = (value) => typeof value === 'string';
const integer: Fits = Number.isSafeInteger;
const amount: Fits = (value) => typeof value === 'number' && value >= 0 && value < Infinity;
const index: Fits = (value) => integer(value) && amount(value);
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
