import type { Instant } from '../../model/time.ts';
import type { Flow, Traffic } from '../../model/traffic.ts';
import { isOuterDevice } from '../node_traffic.ts';
import { first } from './attributes.ts';
import type { Metric } from './wire.ts';

/**
 * Bytes of a machine's interfaces and disks, by the conventions for systems and for hardware. The
 * names without a prefix are those of collectors that are older than the conventions.
 * https://opentelemetry.io/docs/specs/semconv/system/system-metrics/
 * https://opentelemetry.io/docs/specs/semconv/hardware/network/
 */
const METRICS: Readonly<
  Record<string, { direction: readonly string[]; device: readonly string[] }>
> = {
  'system.network.io': {
    direction: ['network.io.direction', 'direction'],
    device: ['network.interface.name', 'system.device', 'device'],
  },
  'hw.network.io': {
    direction: ['network.io.direction', 'direction'],
    device: ['hw.name', 'hw.id'],
  },
  'system.disk.io': {
    direction: ['disk.io.direction', 'direction'],
    device: ['system.device', 'device'],
  },
};

const FLOWS: Readonly<Record<string, Flow>> = {
  transmit: 'sent',
  receive: 'received',
  read: 'read',
  write: 'written',
};

export function isOfTraffic({ name }: Metric): boolean {
  return Object.hasOwn(METRICS, name);
}

interface Device {
  node: string;
  device: string;
  at: Instant;
  counts: Partial<Record<Flow, { value: number; at: Instant }>>;
}

/** How far each device of each machine has come. What is sent as differences is added up. */
export class Devices {
  readonly #known = new Map<string, Device>();
  readonly #most: number;

  /** `most`: how many are remembered at a time. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Takes in one point, or says what is wrong with it. */
  take(
    name: string,
    { value, at, delta }: { value: number; at: Instant; delta: boolean },
    attributes: ReadonlyMap<string, string>,
    node: string,
  ): string | undefined {
    const { direction, device: names } = METRICS[name] ?? { direction: [], device: [] };
    const flow = FLOWS[first(attributes, direction) ?? ''];
    const device = first(attributes, names) ?? 'all';
    if (!flow) return `${name} does not say in which direction`;
    if (!isOuterDevice(device)) return undefined;
    if (!(value >= 0) || !Number.isFinite(value)) return `${name}: ${value} is no count`;
    const key = JSON.stringify([node, name, device]);
    const known = this.#known.get(key) ?? { node, device, at, counts: {} };
    if (!this.#known.has(key) && this.#known.size >= this.#most)
      return `there are more than ${this.#most} devices; ${device} is left out`;
    this.#known.set(key, known);
    const before = known.counts[flow];
    if (before && at <= before.at) return undefined;
    known.counts[flow] = { value: delta ? (before?.value ?? 0) + value : value, at };
    known.at = Math.max(known.at, at);
    return undefined;
  }

  /** As last counted, of those that were heard of since. */
  traffic(since: Instant): Traffic[] {
    return [...this.#known.values()].flatMap(({ node, device, at, counts }) => {
      if (at < since) return [];
      const values = Object.entries(counts).map(([flow, { value }]) => [flow, value]);
      return { at, node, device, ...(Object.fromEntries(values) as Partial<Record<Flow, number>>) };
    });
  }

  forget(before: Instant): void {
    for (const [key, { at }] of this.#known) if (at < before) this.#known.delete(key);
  }
}
