import { type Instant, type Interval, SECOND } from '../../model/time.ts';
import { type Tempo, tempoOf } from './tempo.ts';

/** So many writes are seen before a rhythm is believed, and so many of the last tell it. */
const FEWEST_WRITES = 4;
const MOST_WRITES = 40;
/** How far a write may be off its time, to either side. Twice that of one that has been further off. */
const JITTER_MS = 200;
const MOST_JITTER_MS = 1 * SECOND;
/** A write whose moment is not known better than this, of the time between two asks, is halved in on. */
const WIDE = 0.6;
/** How near to the middle an ask is that halves, of what it halves, to either side. */
const MIDDLE = 0.125;
/**
 * What stands for long is read within this part of that time, where that is more than the time
 * between two asks: it is then read together with others, since to wake is most of what reading
 * one costs.
 */
const SEEN_WITHIN = 1 / 4;
/**
 * One that begins to write more often would have something new at each ask, and be seen ever
 * later, unnoticed. After so many writes it is asked early where others are asked anyway; and
 * after so many, whether or not. Within this part of its period before the next is due.
 */
const BELIEVED = 5;
const LONG_BELIEVED = 20;
const EARLY = 1 / 3;
/** One that has gone is to be noticed; and one that wrote the same twice may write anew sooner. */
const LONGEST_MS = 40 * SECOND;

/**
 * When an exporter writes anew, learned from which of its answers had changed. dcgm-exporter
 * collects each 30 s and answers the same until then, byte for byte: to ask it earlier tells
 * nothing. Of each write it is known between which two asks it came; of one that keeps its time,
 * the next is that much later, and an ask after it, before it or in the midst says so ever better.
 */
export class Rhythm {
  /** Of each write in a row: after `from`, and by `to`. */
  #writes: Interval[] = [];
  /** What those tell, once they tell a rhythm. */
  #tempo: Tempo | undefined;
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
    const next = this.#tempo?.next;
    const isSurprise = next && (anew ? askedAt < next.from : askedAt > next.to);
    if (isSurprise) this.#surprised();
    else if (!anew && this.#tempo && askedAt >= earlyOf(this.#tempo)) this.#believed = 0;
    if (!anew || before === undefined) return undefined;
    if (before > askedAt) {
      // The clock was set back: nothing is known of when it wrote.
      this.#forget();
      return undefined;
    }
    this.#believed += 1;
    this.#wrote({ from: before, to: at });
    if (!next || isSurprise || next.from <= before) return undefined;
    return Math.floor(next.from);
  }

  /** It did not, or not wholly: its rhythm is learned again. */
  startOver(askedAt: Instant): void {
    this.#askedAt = askedAt;
    this.#forget();
  }

  /**
   * From when on it may be asked next, and by when it is to be, for somebody who asks each
   * `everyMs`. Of one that keeps its rhythm, each write is seen within that time, as if it were
   * asked each time, or within a part of its period.
   */
  next(everyMs: number): Interval {
    const askedAt = this.#askedAt;
    if (askedAt === undefined)
      return { from: Number.NEGATIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
    const tempo = this.#tempo;
    // One that writes nearly as often as it is asked, or more often, is asked each time.
    if (!tempo || tempo.period.from < 1.1 * everyMs)
      return { from: askedAt + 0.9 * everyMs, to: askedAt + everyMs };
    const usual = this.#after(tempo, askedAt, everyMs);
    const early = Math.max(askedAt + everyMs, earlyOf(tempo));
    const sure = tempo.next.from - this.#jitterMs;
    if (this.#believed < BELIEVED || askedAt >= earlyOf(tempo) || early > sure) return usual;
    const by = this.#believed < LONG_BELIEVED ? usual.to : sure;
    return within(early, by, usual.to);
  }

  /** Whether it may say something new, for somebody who asks each `everyMs`. */
  isDue(at: Instant, everyMs: number): boolean {
    // Where the clock was set back, nothing is known of what lies between.
    const isBack = this.#askedAt !== undefined && at < this.#askedAt;
    return isBack || at >= this.next(everyMs).from;
  }

  /** About how many ms lie between two writes, of one that has a rhythm. */
  get periodMs(): number | undefined {
    if (!this.#tempo) return undefined;
    const { from, to } = this.#tempo.period;
    return (from + to) / 2;
  }

  /** When it is asked for what it writes next: after that, or in the midst of when it may come. */
  #after({ period, next }: Tempo, askedAt: Instant, everyMs: number): Interval {
    const last = askedAt + LONGEST_MS;
    const from = Math.max(next.from, askedAt);
    const width = next.to - from;
    if (width > WIDE * everyMs) {
      const middle = from + width / 2;
      const soon = Math.min(from + everyMs, last);
      return within(middle - MIDDLE * width, middle + MIDDLE * width, soon);
    }
    return within(next.to, from + Math.max(everyMs, SEEN_WITHIN * period.from), last);
  }

  #wrote(write: Interval): void {
    this.#writes = [...this.#writes, write].slice(-MOST_WRITES);
    if (this.#writes.length < FEWEST_WRITES) return;
    this.#tempo = tempoOf(this.#writes, this.#jitterMs);
    if (!this.#tempo) this.#surprised();
  }

  /** It wrote before its time, or not by then. */
  #surprised(): void {
    this.#forget();
    this.#jitterMs = Math.min(2 * this.#jitterMs, MOST_JITTER_MS);
  }

  #forget(): void {
    this.#writes = [];
    this.#tempo = undefined;
  }
}

/** From when on an ask is shortly before the next write. */
function earlyOf({ period, next }: Tempo): Instant {
  return next.from - EARLY * period.from;
}

/** From one instant to another, and neither later than the last. */
function within(from: Instant, to: Instant, last: Instant): Interval {
  return { from: Math.min(from, last), to: Math.min(to, last) };
}
