import type { Progress } from '../../model/progress.ts';
import type { Sample } from '../../model/sample.ts';
import { type Instant, MINUTE } from '../../model/time.ts';
import type { Traffic } from '../../model/traffic.ts';
import { hintOf, hostOf, namesOf } from './attributes.ts';
import { Counters, counterOf, DELTA, type Reading, readingOf } from './counters.ts';
import { Gpus, isOfGpus } from './gpus.ts';
import { Devices, isOfTraffic } from './traffic.ts';
import type { Metric, MetricsRequest, Point } from './wire.ts';

/** What is older tells nothing of a GPU now. */
const FRESH_MS = 2 * MINUTE;
/** A sender that is silent for so long has ended. */
const SILENT_MS = 10 * MINUTE;
/** What one machine's senders may ask to be remembered. */
const MOST_GPUS = 5_000;
const MOST_COUNTERS = 10_000;
const MOST_DEVICES = 10_000;
/** Bit 0 of a point's flags: nothing was recorded. */
const NOTHING_RECORDED = 1;

/** What could not be used of a request. */
export interface Refused {
  points: number;
  /** Why, of the first. */
  because: string;
}

/**
 * What senders have told, as it stands now: the latest reading of each GPU and counter. Metrics of
 * other kinds are taken and dropped, as exporters send all that they have.
 */
export class Received {
  readonly #gpus = new Gpus(MOST_GPUS);
  readonly #counters = new Counters(MOST_COUNTERS);
  readonly #devices = new Devices(MOST_DEVICES);
  readonly #here: string;

  /** `here`: this machine's name, where a sender on it does not say its own. */
  constructor(here: string) {
    this.#here = here;
  }

  take({ resourceMetrics }: MetricsRequest, now: Instant): Refused | undefined {
    this.#forget(now);
    const refused: Refused = { points: 0, because: '' };
    const refuse = (points: number, because: string | undefined) => {
      if (because === undefined) return;
      refused.points += points;
      refused.because ||= because;
    };
    for (const { resource, scopeMetrics } of resourceMetrics) {
      const names = namesOf(resource?.attributes);
      for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) {
        if (isOfGpus(metric)) this.#takeGpus(metric, names, now, refuse);
        else if (isOfTraffic(metric)) this.#takeDevices(metric, names, now, refuse);
        else this.#takeCounters(metric, names, now, refuse);
      }
    }
    return refused.points > 0 ? refused : undefined;
  }

  samples(now: Instant): Sample[] {
    this.#forget(now);
    return this.#gpus.samples(now - FRESH_MS, now);
  }

  progress(now: Instant): Progress[] {
    this.#forget(now);
    return this.#counters.progress();
  }

  traffic(now: Instant): Traffic[] {
    this.#forget(now);
    return this.#devices.traffic(now - FRESH_MS);
  }

  #forget(now: Instant): void {
    this.#gpus.forget(now - SILENT_MS);
    this.#counters.forget(now - SILENT_MS);
    this.#devices.forget(now - SILENT_MS);
  }

  #takeGpus(
    metric: Metric,
    resource: ReadonlyMap<string, string>,
    now: Instant,
    refuse: (points: number, because: string | undefined) => void,
  ): void {
    const { slurmJob, pod, namespace } = hintOf(resource, this.#here);
    const machine = {
      node: hostOf(resource, this.#here),
      of: { ...(slurmJob && { slurmJob }), ...(pod && { pod }), ...(namespace && { namespace }) },
    };
    for (const point of (metric.gauge ?? metric.sum)?.dataPoints ?? []) {
      const value = valueIn(point);
      if (value === undefined) continue;
      const names = new Map([...resource, ...namesOf(point.attributes)]);
      refuse(1, this.#gpus.take(metric.name, { value, at: timeOf(point, now) }, names, machine));
    }
  }

  #takeDevices(
    { name, sum }: Metric,
    resource: ReadonlyMap<string, string>,
    now: Instant,
    refuse: (points: number, because: string | undefined) => void,
  ): void {
    if (!sum) refuse(1, `${name} is no counter`);
    const delta = sum?.aggregationTemporality === DELTA;
    const node = hostOf(resource, this.#here);
    for (const point of sum?.dataPoints ?? []) {
      const value = valueIn(point);
      if (value === undefined) continue;
      const names = namesOf(point.attributes);
      refuse(1, this.#devices.take(name, { value, at: timeOf(point, now), delta }, names, node));
    }
  }

  #takeCounters(
    metric: Metric,
    resource: ReadonlyMap<string, string>,
    now: Instant,
    refuse: (points: number, because: string | undefined) => void,
  ): void {
    const counter = counterOf(metric);
    if (!counter) return;
    const reading: Reading | string = readingOf(metric);
    if (typeof reading === 'string') {
      refuse(1, reading);
      return;
    }
    const of = hintOf(resource, this.#here);
    const identity = { name: metric.name, resource: textOf(resource), of };
    for (const point of reading.points) {
      const value = valueIn(point);
      if (value === undefined) continue;
      const attributes = textOf(namesOf(point.attributes));
      const since = millis(point.startTimeUnixNano);
      const read = { value, at: timeOf(point, now), since, heardAt: now };
      refuse(1, this.#counters.take(counter, read, reading, { ...identity, attributes }));
    }
  }
}

function textOf(names: ReadonlyMap<string, string>): string {
  return JSON.stringify([...names].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function valueIn({ asDouble, asInt, sum, flags }: Point): number | undefined {
  if (((flags ?? 0) & NOTHING_RECORDED) !== 0) return undefined;
  return asDouble ?? asInt ?? sum ?? undefined;
}

/** When a point was read; never in the future, whatever the sender's clock says. */
function timeOf({ timeUnixNano }: Point, now: Instant): Instant {
  return Math.min(now, millis(timeUnixNano) ?? now);
}

function millis(nanos: number | null | undefined): Instant | undefined {
  return nanos ? Math.round(nanos / 1e6) : undefined;
}
