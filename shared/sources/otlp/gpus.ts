import type { Sample } from '../../model/sample.ts';
import { type Instant, SECOND } from '../../model/time.ts';
import { first } from './attributes.ts';
import type { Metric } from './wire.ts';

/**
 * GPUs by OpenTelemetry's conventions for hardware, and their power by the names that collectors
 * gave it before there was one. Utilization is 0 to 1, memory bytes, power watts.
 * https://opentelemetry.io/docs/specs/semconv/hardware/gpu/
 */
const GAUGES: Readonly<Record<string, 'utilization' | 'memoryUsed' | 'memoryTotal' | 'power'>> = {
  'hw.gpu.utilization': 'utilization',
  'hw.gpu.memory.usage': 'memoryUsed',
  'hw.gpu.memory.limit': 'memoryTotal',
  'hw.power': 'power',
  'hw.gpu.power.draw': 'power',
};
/** Bytes over the bus, as a counter with a direction. */
const IO = 'hw.gpu.io';

/** Readings of one GPU so far apart are of two moments: an older figure is no longer true. */
const SAME_MOMENT_MS = 90 * SECOND;

type Field = 'utilization' | 'memoryUsed' | 'memoryTotal' | 'power' | 'pcieTx' | 'pcieRx';

interface Gpu {
  node: string;
  gpu: string;
  model: string | undefined;
  index: number | undefined;
  of: Pick<Sample, 'slurmJob' | 'pod' | 'namespace'>;
  values: Map<Field, { value: number; at: Instant }>;
  /** The last counts of bytes, from which rates are made. */
  bytes: Map<Field, { value: number; at: Instant }>;
}

/** Whether a metric is of hardware that may be a GPU. */
export function isOfGpus({ name }: Metric): boolean {
  return name === IO || Object.hasOwn(GAUGES, name);
}

/** The GPUs that senders tell of, each as it was last read. */
export class Gpus {
  readonly #known = new Map<string, Gpu>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** Takes in one figure, or says what is wrong with it. */
  take(
    name: string,
    { value, at }: { value: number; at: Instant },
    attributes: ReadonlyMap<string, string>,
    machine: Pick<Gpu, 'node' | 'of'>,
  ): string | undefined {
    const type = attributes.get('hw.type');
    if (type !== undefined && type !== 'gpu') return undefined;
    if (type === undefined && name === 'hw.power') return undefined;
    // A GPU also codes video; that is not what it is paid for.
    if ((attributes.get('hw.gpu.task') ?? 'general') !== 'general') return undefined;
    const id = first(attributes, ['hw.id', 'gpu.uuid', 'hw.serial_number']);
    if (id === undefined) return `${name} has no hw.id, by which one GPU is told from another`;
    if (!(value >= 0) || !Number.isFinite(value)) return `${name}: ${value} is no reading`;
    const key = `${machine.node} ${id}`;
    const gpu = this.#known.get(key) ?? this.#begin(key, id, attributes, machine);
    if (!gpu) return `there are more than ${this.#most} GPUs; ${id} is left out`;
    const field = GAUGES[name];
    if (field) note(gpu.values, field, field === 'utilization' ? Math.min(1, value) : value, at);
    else this.#flow(gpu, attributes, value, at);
    return undefined;
  }

  /** As last read, of those that were read since. */
  samples(since: Instant, now: Instant): Sample[] {
    return [...this.#known.values()].flatMap((gpu) => {
      const at = Math.max(...[...gpu.values.values()].map((one) => one.at));
      if (!(at >= since)) return [];
      const fresh = [...gpu.values].filter(([, one]) => at - one.at <= SAME_MOMENT_MS);
      const sample: Sample = {
        // A sender's clock may be ahead of this machine's; no reading is of the future.
        at: Math.min(at, now),
        node: gpu.node,
        gpu: gpu.gpu,
        ...(gpu.index !== undefined && { gpuIndex: gpu.index }),
        ...(gpu.model !== undefined && { model: gpu.model }),
        ...gpu.of,
        ...Object.fromEntries(fresh.map(([field, { value }]) => [field, value])),
      };
      return [sample];
    });
  }

  forget(before: Instant): void {
    for (const [key, { values, bytes }] of this.#known) {
      const latest = [...values.values(), ...bytes.values()].map(({ at }) => at);
      if (Math.max(...latest) < before) this.#known.delete(key);
    }
  }

  #begin(
    key: string,
    gpu: string,
    attributes: ReadonlyMap<string, string>,
    machine: Pick<Gpu, 'node' | 'of'>,
  ): Gpu | undefined {
    if (this.#known.size >= this.#most) return undefined;
    const index = Number(first(attributes, ['gpu.index', 'hw.gpu.index']) ?? Number.NaN);
    const known: Gpu = {
      ...machine,
      gpu,
      model: first(attributes, ['hw.model', 'hw.name']),
      index: Number.isSafeInteger(index) && index >= 0 ? index : undefined,
      values: new Map(),
      bytes: new Map(),
    };
    this.#known.set(key, known);
    return known;
  }

  #flow(gpu: Gpu, attributes: ReadonlyMap<string, string>, value: number, at: Instant): void {
    const direction = first(attributes, ['network.io.direction', 'direction']);
    const field = direction === 'transmit' ? 'pcieTx' : direction === 'receive' ? 'pcieRx' : '';
    if (field === '') return;
    const before = gpu.bytes.get(field);
    note(gpu.bytes, field, value, at);
    if (!before || at <= before.at || value < before.value) return;
    note(gpu.values, field, ((value - before.value) * SECOND) / (at - before.at), at);
  }
}

function note(figures: Gpu['values'], field: Field, value: number, at: Instant): void {
  if (at >= (figures.get(field)?.at ?? 0)) figures.set(field, { value, at });
}
