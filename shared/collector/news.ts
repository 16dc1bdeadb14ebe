import { activity, type Sample } from '../model/sample.ts';
import { type Instant, MINUTE, SECOND } from '../model/time.ts';

/** An answer that said nothing new waits so long for others: a step of a sparkline is longer. */
export const LEISURE_MS = 25 * SECOND;

/** Shares of time and of cycles that are no further apart are alike. */
const ALIKE = 0.1;
/** And watts that differ by no more than this part. */
const ALIKE_POWER = 0.15;

/** A GPU that has told nothing for so long is forgotten: what it tells next is news. */
const SILENT_MS = 5 * MINUTE;

/** What of a reading tells whether its GPU works. */
export type Gauge = Pick<
  Sample,
  'at' | 'node' | 'gpu' | 'utilization' | 'engineActive' | 'tensorActive' | 'power'
>;

/**
 * Tells which readings cannot wait: those of GPUs that do little, or something else than the last
 * time. Those of a job that works on as before change no figure, and no rule would say otherwise
 * of them: to make a tick of each took a third of what the collector uses at rest.
 */
export class News {
  readonly #last = new Map<string, Gauge>();
  #low = 1;

  /** `below`: the share of activity under which some rule may call a job idle. */
  configure(below: number): void {
    this.#low = below + ALIKE;
  }

  /** Whether one of these readings is news; all are remembered. */
  hears(gauges: readonly Gauge[]): boolean {
    let news = false;
    for (const gauge of gauges) {
      const gpu = `${gauge.node} ${gauge.gpu}`;
      const before = this.#last.get(gpu);
      this.#last.set(gpu, gauge);
      const value = activity(gauge);
      news ||= !before || value === undefined || value < this.#low || !areAlike(before, gauge);
    }
    return news;
  }

  forget(now: Instant): void {
    for (const [gpu, { at }] of this.#last) if (at < now - SILENT_MS) this.#last.delete(gpu);
  }
}

function areAlike(a: Gauge, b: Gauge): boolean {
  return (
    areNear(a.utilization, b.utilization, ALIKE) &&
    areNear(a.engineActive, b.engineActive, ALIKE) &&
    areNear(a.tensorActive, b.tensorActive, ALIKE) &&
    areNear(a.power, b.power, ALIKE_POWER * (a.power ?? 0))
  );
}

function areNear(a: number | undefined, b: number | undefined, by: number): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Math.abs(a - b) <= by;
}
