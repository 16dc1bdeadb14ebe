import { activity, type Sample } from '../model/sample.ts';
import { type Instant, MINUTE, SECOND } from '../model/time.ts';

/** An answer that said nothing new waits so long for others. */
export const LEISURE_MS = 50 * SECOND;

/**
 * A job that hangs, or no longer does, does so much less or more than it did, or goes further: its
 * kernels stay resident, so that its tensor cores and its power alone tell. All the rest is told
 * by how near to idle a GPU is. A job that works at 90 %, and then for a while at 60, is no news.
 */
const FAR_TENSOR = 0.6;
const FAR_POWER = 0.75;

/** What does little more than an idle GPU is looked at as one that may be. */
const MARGIN = 0.1;

/** A GPU that has told nothing for so long is forgotten: what it tells next is news. */
const SILENT_MS = 5 * MINUTE;

/** What of a reading tells whether its GPU works. */
export type Gauge = Pick<
  Sample,
  'at' | 'node' | 'gpu' | 'utilization' | 'engineActive' | 'tensorActive' | 'power'
>;

/**
 * Tells which readings cannot wait: those of GPUs that do little, or far less or more than the last
 * time. Those of a job that works on as before change no figure, and no rule would say otherwise
 * of them: to make a tick of each took a third of what the collector uses at rest.
 */
export class News {
  readonly #last = new Map<string, Gauge>();
  #low = 1;

  /** `below`: the share of activity under which some rule may call a job idle. */
  configure(below: number): void {
    this.#low = below + MARGIN;
  }

  /** Whether one of these readings is news; all are remembered. */
  hears(gauges: readonly Gauge[]): boolean {
    let news = false;
    for (const gauge of gauges) {
      const gpu = `${gauge.node} ${gauge.gpu}`;
      const before = this.#last.get(gpu);
      this.#last.set(gpu, gauge);
      news ||= !before || this.#isLow(gauge) || this.#isLow(before) || areFar(before, gauge);
    }
    return news;
  }

  #isLow(gauge: Gauge): boolean {
    const value = activity(gauge);
    return value === undefined || value < this.#low;
  }

  /** What runs has changed: whose GPUs they are, that told before, may be known only now. */
  startOver(): void {
    this.#last.clear();
  }

  forget(now: Instant): void {
    for (const [gpu, { at }] of this.#last) if (at < now - SILENT_MS) this.#last.delete(gpu);
  }
}

/** Whether the one tells what the other does not, or of far more or less work. */
function areFar(a: Gauge, b: Gauge): boolean {
  const figures = ['utilization', 'engineActive', 'tensorActive', 'power'] as const;
  if (figures.some((figure) => (a[figure] === undefined) !== (b[figure] === undefined)))
    return true;
  if (a.tensorActive !== undefined && b.tensorActive !== undefined)
    return ratio(a.tensorActive, b.tensorActive) < FAR_TENSOR;
  return ratio(a.power ?? 0, b.power ?? 0) < FAR_POWER;
}

/** Of the smaller to the larger; 1 of two that are nothing. */
function ratio(a: number, b: number): number {
  const larger = Math.max(a, b);
  return larger > 0 ? Math.min(a, b) / larger : 1;
}
