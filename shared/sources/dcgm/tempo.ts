import type { Interval } from '../../model/time.ts';

/** What is known of writes that keep one rhythm. */
export interface Tempo {
  /** How long lies between two of them, in ms. */
  period: Interval;
  /** When the next one comes. */
  next: Interval;
}

/**
 * What is known from writes in a row, of each of which it is known between which two instants it
 * came, if none was off its time by more than `jitterMs`. Each two of them bound it: the one as
 * early as it can have been, and the other as late. So what was once seen precisely counts for as
 * long as it is among them. Undefined where no rhythm fits them all, or there are fewer than two.
 */
export function tempoOf(writes: readonly Interval[], jitterMs: number): Tempo | undefined {
  const period = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
  const next = { ...period };
  for (const [index, late] of writes.entries()) {
    const ahead = writes.length - index;
    for (let before = 0; before < index; before += 1) {
      const early = writes[before] ?? late;
      const shortest = (late.from - early.to - 2 * jitterMs) / (index - before);
      const longest = (late.to - early.from + 2 * jitterMs) / (index - before);
      narrow(period, shortest, longest);
      narrow(next, late.from - jitterMs + ahead * shortest, late.to + jitterMs + ahead * longest);
    }
  }
  const fits = writes.length > 1 && period.from <= period.to;
  return fits
    ? { period, next: { from: next.from - jitterMs, to: next.to + jitterMs } }
    : undefined;
}

function narrow(interval: Interval, from: number, to: number): void {
  interval.from = Math.max(interval.from, from);
  interval.to = Math.min(interval.to, to);
}
