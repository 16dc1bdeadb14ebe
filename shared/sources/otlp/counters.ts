import { createHash } from 'node:crypto';
import type { Counter, JobHint, Progress } from '../../model/progress.ts';
import type { Instant } from '../../model/time.ts';
import { counterNamed } from '../job_counters.ts';
import type { Metric, Point } from './wire.ts';

/**
 * Tokens as OpenTelemetry's conventions for generative AI count them: a histogram of tokens per
 * call, or counters by kind.
 * https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/
 */
const GEN_AI = /^gen_ai\.(client\.token\.usage|client\.inference\.usage\.(input|output)_tokens)$/;

/** Which of a job's counters a metric is; undefined where it is none. */
export function counterOf({ name }: Metric): Counter | undefined {
  return GEN_AI.test(name) ? 'tokens' : counterNamed(name);
}

/** The temporality of points that say what came since the one before. */
export const DELTA = 1;

/** How a metric's points are to be read. */
export interface Reading {
  points: readonly Point[];
  /** Each point says what came to it, and not how much there is. */
  delta: boolean;
  /** Counted from zero; a gauge is a position, such as a step's number. */
  fromZero: boolean;
}

/** The points of a counter, or what is wrong with how they are sent. */
export function readingOf(metric: Metric): Reading | string {
  const { gauge, sum, histogram, exponentialHistogram } = metric;
  if (gauge) return { points: gauge.dataPoints, delta: false, fromZero: false };
  const counted = sum ?? histogram ?? exponentialHistogram;
  if (!counted) return `${metric.name} is neither a counter, a gauge nor a histogram`;
  if (sum && !sum.isMonotonic) return `${metric.name} may fall: send it as a Counter or a Gauge`;
  const delta = counted.aggregationTemporality === DELTA;
  return { points: counted.dataPoints, delta, fromZero: true };
}

/** A counter of a process as it was last read. */
interface Known extends Progress {
  heardAt: Instant;
}

/** The latest reading of each counter. What is sent as differences is added up. */
export class Counters {
  readonly #known = new Map<string, Known>();
  readonly #most: number;

  /** `most`: how many are remembered at a time. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Takes in one point, or says what is wrong with it. */
  take(
    counter: Counter,
    point: { value: number; at: Instant; since: Instant | undefined; heardAt: Instant },
    { delta, fromZero }: Reading,
    identity: { name: string; resource: string; attributes: string; of: JobHint },
  ): string | undefined {
    const { value, at, since, heardAt } = point;
    const { name, of } = identity;
    if (!(value >= 0) || !Number.isFinite(value)) return `${name}: ${value} is no count`;
    // Processes that do not say who they are are told apart by when they began to count.
    const began = delta ? undefined : since;
    const key = createHash('sha256')
      .update(JSON.stringify([name, identity.resource, identity.attributes, began]))
      .digest('base64url');
    const before = this.#known.get(key);
    if (before && at <= before.at) return undefined;
    if (!before && this.#known.size >= this.#most)
      return `there are more than ${this.#most} counters; ${name} is left out`;
    this.#known.set(key, {
      at,
      counter,
      series: `${name} ${key}`,
      value: delta ? (before?.value ?? 0) + value : value,
      fromZero,
      ...(delta ? { since: before?.since ?? since ?? at } : since !== undefined && { since }),
      of,
      heardAt,
    });
    return undefined;
  }

  /** Forgets those that are silent since before. */
  forget(before: Instant): void {
    for (const [key, { heardAt }] of this.#known) if (heardAt < before) this.#known.delete(key);
  }

  progress(): Progress[] {
    return [...this.#known.values()].map(({ heardAt: _, ...progress }) => progress);
  }
}
