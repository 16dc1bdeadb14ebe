import type { Charge } from '../model/charge.ts';
import type { Micros } from '../model/money.ts';
import { HOUR, type Instant, type Interval } from '../model/time.ts';

/**
 * The part of an amount, spread evenly over `whole`, that falls into `[from, to)`. The parts of
 * any partition sum to the amount.
 */
export function portion(micros: Micros, whole: Interval, from: Instant, to: Instant): Micros {
  const begin = Math.max(from, whole.from);
  const end = Math.min(to, whole.to);
  if (end <= begin) return 0;
  if (begin === whole.from && end === whole.to) return micros;
  const through = (at: Instant) =>
    (BigInt(micros) * BigInt(at - whole.from)) / BigInt(whole.to - whole.from);
  return Number(through(end) - through(begin));
}

/** What of a charge falls into `[from, to)`. */
export function amountsOf(
  charge: Charge,
  from: Instant,
  to: Instant,
): Pick<Charge, 'micros' | 'metered'> {
  const part = (micros: number) => portion(micros, charge, from, to);
  return {
    micros: part(charge.micros),
    ...(charge.metered !== undefined && { metered: part(charge.metered) }),
  };
}

/** The charge, cut at each full hour (UTC) and to the window. */
export function cutAtHours(charge: Charge, window: Interval): Charge[] {
  const pieces: Charge[] = [];
  const end = Math.min(charge.to, window.to);
  let from = Math.max(charge.from, window.from);
  while (from < end) {
    const to = Math.min(end, (Math.floor(from / HOUR) + 1) * HOUR);
    pieces.push({ ...charge, from, to, micros: portion(charge.micros, charge, from, to) });
    from = to;
  }
  return pieces;
}

/** The amount by the equal steps that it falls into, numbered from the one that begins at `start`. */
export function* cutAtSteps(
  amount: Interval & { micros: Micros },
  start: Instant,
  stepMs: number,
): Generator<{ step: number; micros: Micros }> {
  let step = Math.floor((amount.from - start) / stepMs);
  for (let at = start + step * stepMs; at < amount.to; at += stepMs, step += 1) {
    yield { step, micros: portion(amount.micros, amount, at, at + stepMs) };
  }
}
