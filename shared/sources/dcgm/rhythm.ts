import { type Instant, type Interval, SECOND } from '../../model/time.ts';

/** So many writes are seen before a rhythm is believed, and so many of the last tell it. */
const FEWEST_WRITES = 4;
const MOST_WRITES = 12;
/** How far a write may be off its time, to either side. Twice that of one that has been further off. */
const JITTER_MS = 200;
const MOST_JITTER_MS = 1 * SECOND;
/** A write whose moment is not known better than this, of the time between two asks, is halved in on. */
const WIDE = 0.6;
/**
 * After so many writes one ask comes before the next is due: one that begins to write more often
 * would have something new at each ask, and be seen ever later, unnoticed.
 */
const BELIEVED = 5;
const SHORTLY_MS = 2.5 * SECOND;
/** One that has gone is to be noticed; and one that wrote the same twice may write anew sooner. */
const LONGEST_MS = 35 * SECOND;

/**
 * When an exporter writes anew, learned from which of its answers had changed. dcgm-exporter
 * collects each 30 s and answers the same until then, byte for byte: to ask it earlier tells
 * nothing. Of each write it is known between which two asks it came; of one that keeps its time,
 * the next is that much later, and an ask after it, before it or in the midst says so ever better.
 */
export class Rhythm {
  /** Of each write in a row: after `from`, and by `to`. */
  #writes: Interval[] = [];
  #askedAt: Instant | undefined;
  #jitterMs = JITTER_MS;
  /** So many writes in a row were taken for what was expected, with no ask shortly before them. */
  #believed = 0;

  /**
   * It answered well what it was asked `askedAt`; `anew`: with anything else than the last time.
   * Of what it wrote at its time, the result says until when the answer before had stood.
   */
  answered(askedAt: Instant, at: Instant, anew: boolean): Instant | undefined {
    const before = this.#askedAt;
    this.#askedAt = askedAt;
    const known = this.#expected();
    const isSurprise = known && (anew ? askedAt < known.from : askedAt > known.to);
    if (isSurprise) this.#surprised();
    else if (known && !anew && askedAt >= known.from - SHORTLY_MS) this.#believed = 0;
    if (!anew || before === undefined) return undefined;
    const expected = isSurprise ? undefined : known;
    if (before > askedAt) {
      // The clock was set back: nothing is known of when it wrote.
      this.#writes = [];
      return undefined;
    }
    const from = Math.max(before, expected?.from ?? before);
    this.#believed += 1;
    this.#writes = [...this.#writes, { from, to: Math.min(at, expected?.to ?? at) }].slice(
      -MOST_WRITES,
    );
    return from > before ? Math.floor(from) : undefined;
  }

  /** It did not, or not wholly: its rhythm is learned again. */
  startOver(askedAt: Instant): void {
    this.#askedAt = askedAt;
    this.#writes = [];
  }

  /**
   * From when on it may be asked next, and by when it is to be, for somebody who asks each
   * `everyMs`. Of one that keeps its rhythm, each write is seen within that time, as if it were
   * asked each time.
   */
  next(everyMs: number): Interval {
    const askedAt = this.#askedAt;
    if (askedAt === undefined)
      return { from: Number.NEGATIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
    const expected = this.#expected();
    // One that writes nearly as often as it is asked, or more often, is asked each time.
    if (!expected || this.#period().from < 1.1 * everyMs)
      return { from: askedAt + 0.9 * everyMs, to: askedAt + everyMs };
    const last = askedAt + LONGEST_MS;
    const shortly = expected.from - SHORTLY_MS;
    if (this.#believed >= BELIEVED && askedAt < shortly)
      return within(shortly, expected.from - this.#jitterMs, last);
    const from = Math.max(expected.from, askedAt);
    if (expected.to - from > WIDE * everyMs)
      return within((from + expected.to) / 2, expected.to, Math.min(from + everyMs, last));
    return within(expected.to, from + everyMs, last);
  }

  /** Whether it may say something new, for somebody who asks each `everyMs`. */
  isDue(at: Instant, everyMs: number): boolean {
    // Where the clock was set back, nothing is known of what lies between.
    const isBack = this.#askedAt !== undefined && at < this.#askedAt;
    return isBack || at >= this.next(everyMs).from;
  }

  /** About how many ms lie between two writes, of one that has a rhythm. */
  get periodMs(): number | undefined {
    if (!this.#expected()) return undefined;
    const { from, to } = this.#period();
    return (from + to) / 2;
  }

  /** The shortest and the longest that the time between two writes can be. */
  #period(): Interval {
    const gaps = this.#writes.length - 1;
    const [first, last] = [this.#writes[0], this.#writes.at(-1)];
    if (!first || !last || gaps < 1) return { from: 0, to: Number.POSITIVE_INFINITY };
    return { from: (last.from - first.to) / gaps, to: (last.to - first.from) / gaps };
  }

  /** When the next write comes, of one that has a rhythm. */
  #expected(): Interval | undefined {
    const last = this.#writes.at(-1);
    if (!last || this.#writes.length < FEWEST_WRITES) return undefined;
    const { from, to } = this.#period();
    return { from: last.from + from - this.#jitterMs, to: last.to + to + this.#jitterMs };
  }

  /** It wrote before its time, or not by then. */
  #surprised(): void {
    this.#writes = [];
    this.#jitterMs = Math.min(2 * this.#jitterMs, MOST_JITTER_MS);
  }
}

/** From one instant to another, and neither later than the last. */
function within(from: Instant, to: Instant, last: Instant): Interval {
  return { from: Math.min(from, last), to: Math.min(to, last) };
}
