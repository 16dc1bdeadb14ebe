import { type Gpu, kindOf } from './catalogue.ts';
import type { Clock, Time } from './clock.ts';
import type { Instance } from './instance.ts';
import { chance, drift } from './noise.ts';
import { type Doing, doingAt } from './workload.ts';

const SECOND = 1000;
const NOTHING: Doing = { busy: 0, out: 0, in: 0 };

/** What an exporter reads of one GPU in one collection. */
export interface GpuReading {
  index: number;
  gpu: Gpu;
  uuid: string;
  busId: string;
  /** The mean over the collection's period: the profiling counters are averages. */
  active: number;
  /** At the moment of collection: the driver's utilization is a short sample. */
  utilization: number;
  memoryUsedMiB: number;
  /** As at this moment, too. */
  watts: number;
  /** Bytes per second over PCIe, as a mean over the period. */
  out: number;
  in: number;
  /** What it has used since it was launched, in mJ. */
  energy: number;
}

/** When the exporter of an instance read what it tells, last. */
export function collectedAt(instance: Instance, clock: Clock): Time {
  const everyMs = instance.machine.exporter.collectSeconds * SECOND;
  const phase = chance(instance.seed, 11) * everyMs;
  return Math.floor((clock.now() - phase) / everyMs) * everyMs + phase;
}

/**
 * The GPUs of an instance as its exporter read them last. It reads every `collectSeconds`, each
 * exporter at its own moment, and answers with that until the next time.
 */
export function collect(instance: Instance, clock: Clock): GpuReading[] {
  const { workload, exporter, type } = instance.machine;
  const { gpus } = kindOf(type);
  const everyMs = exporter.collectSeconds * SECOND;
  const at = collectedAt(instance, clock);
  const doing = (when: Time) =>
    workload ? doingAt(workload, instance.seed, clock.origin, when) : NOTHING;
  const steps = Math.max(1, Math.round(everyMs / SECOND));
  const period = Array.from({ length: steps }, (_, step) => doing(at - step * SECOND));
  const mean = (what: keyof Doing) => period.reduce((sum, one) => sum + one[what], 0) / steps;
  const now = doing(at);
  return Array.from({ length: gpus.count }, (_, index) => {
    const seed = instance.seed + 101 * (index + 1);
    // No two GPUs of a machine are quite equal.
    const own = 1 + 0.015 * drift(seed, at, 30 * SECOND);
    const active = Math.min(1, mean('busy') * own);
    const utilization = Math.min(1, now.busy * own * 1.02);
    const watts = gpus.idleWatts + (gpus.limitWatts - gpus.idleWatts) * utilization * 0.93;
    const held = workload ? 0.71 + 0.02 * chance(seed, 1) : 0.001;
    return {
      index,
      gpu: gpus,
      uuid: uuidOf(seed),
      busId: `00000000:${(16 + index * 11).toString(16).toUpperCase()}:1C.0`,
      active,
      utilization,
      memoryUsedMiB: Math.round(gpus.memoryMiB * held),
      watts,
      out: mean('out') * own,
      in: mean('in') * own,
      energy: Math.max(0, at - instance.launchedAt) * gpus.limitWatts * 0.8,
    };
  });
}

function uuidOf(seed: number): string {
  const hex = (part: number, digits: number) =>
    Array.from({ length: digits }, (_, index) =>
      Math.floor(chance(seed, part, index) * 16).toString(16),
    ).join('');
  return `GPU-${hex(1, 8)}-${hex(2, 4)}-${hex(3, 4)}-${hex(4, 4)}-${hex(5, 12)}`;
}
