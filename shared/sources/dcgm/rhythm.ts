import { type Instant, SECOND } from '../../model/time.ts';

/** So many gaps between two changes are looked at: the shortest of them counts. */
const GAPS = 3;
/** One that has gone is to be noticed; and one that wrote the same twice may write anew sooner. */
const LONGEST_MS = 26 * SECOND;

/**
 * How often an exporter writes anew, learned from when its answers changed. dcgm-exporter collects
 * each 30 s and answers the same until then, byte for byte: to ask it earlier can tell nothing.
 */
export class Rhythm {
  /** From one change seen to the next, in ms, newest last. */
  #gaps: number[] = [];
  #changedAt: Instant | undefined;
  #askedAt: Instant | undefined;

  /** It answered well; `anew`: with anything else than the last time. */
  answered(at: Instant, anew: boolean): void {
    this.#askedAt = at;
    if (!anew) return;
    if (this.#changedAt !== undefined) {
      this.#gaps = [...this.#gaps, at - this.#changedAt].slice(-GAPS);
    }
    this.#changedAt = at;
  }

  /** It did not, or not wholly: it is asked until it does, and its rhythm learned again. */
  failed(): void {
    this.#gaps = [];
    this.#changedAt = undefined;
  }

  /**
   * Whether it may say something new, for somebody who asks each `everyMs`. Of one that keeps its
   * rhythm, nothing is seen later than if it were asked each time: a change is seen up to
   * `everyMs` after it was written, so that the shortest of three gaps is longer than the rhythm
   * by at most a third of that.
   */
  isDue(at: Instant, everyMs: number): boolean {
    const { changedAt, askedAt } = { changedAt: this.#changedAt, askedAt: this.#askedAt };
    if (changedAt === undefined || askedAt === undefined || this.#gaps.length < GAPS) return true;
    const [since, silent] = [at - changedAt, at - askedAt];
    // Where the clock was set back, nothing is known of what lies between.
    if (since < 0 || silent < 0 || silent >= LONGEST_MS) return true;
    return since >= Math.min(...this.#gaps) - (1 + 1 / GAPS) * everyMs;
  }
}
