import type { Micros } from './money.ts';

/**
 * How far off an amount may be: half the width of its 95% interval in micro-dollars, by the cause
 * of the error (a ratio that was learned from bills). What one cause does to several amounts it
 * does to all of them at once; causes are independent of each other.
 */
export type Spread = Record<string, Micros>;

/** The spread of a sum: errors of one cause add up in full. Undefined where there is none. */
export function addSpreads(spreads: Iterable<Spread | undefined>): Spread | undefined {
  let sum: Spread | undefined;
  for (const spread of spreads) {
    for (const [cause, micros] of Object.entries(spread ?? {})) {
      sum ??= {};
      sum[cause] = (sum[cause] ?? 0) + micros;
    }
  }
  return sum;
}

/** The spread of a part of an amount, or of a multiple. Whole micro-dollars. */
export function scaleSpread(spread: Spread, by: number): Spread {
  return Object.fromEntries(
    Object.entries(spread).map(([cause, micros]) => [cause, Math.round(micros * by)]),
  );
}

/** Half the width of the whole interval: independent causes add up by their squares. */
export function halfWidth(spread: Spread | undefined): Micros {
  return Math.round(Math.hypot(...Object.values(spread ?? {})));
}

/** From where to where an amount lies with 95% certainty; undefined where nothing tells. */
export function intervalOf(amount: {
  micros: Micros;
  spread?: Spread | undefined;
}): { low: Micros; high: Micros } | undefined {
  if (!amount.spread) return undefined;
  const half = halfWidth(amount.spread);
  return {
    low: Math.max(Math.min(0, amount.micros), amount.micros - half),
    high: amount.micros + half,
  };
}
