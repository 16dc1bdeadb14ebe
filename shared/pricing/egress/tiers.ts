import type { Micros } from '../../model/money.ts';

/** A price by the month's volume: from `from` bytes on, so many dollars for each of its units. */
export interface Tier {
  fromBytes: number;
  usdPerByte: number;
}

/**
 * What a month's bytes cost together, in whole micro-dollars rounded down. Each tier's price holds
 * for the bytes within it: the sum never falls with more bytes and has no steps, and what a part
 * of the month costs is the difference of two sums, so that parts add up to the whole.
 */
export function monthCost(tiers: readonly Tier[], bytes: number): Micros {
  let dollars = 0;
  for (const [index, { fromBytes, usdPerByte }] of tiers.entries()) {
    const to = Math.min(bytes, tiers[index + 1]?.fromBytes ?? Number.POSITIVE_INFINITY);
    if (to > fromBytes) dollars += (to - fromBytes) * usdPerByte;
  }
  return Math.floor(dollars * 1e6);
}

/** What further bytes cost in a month in which so many have gone before. */
export function costOfNext(tiers: readonly Tier[], before: number, bytes: number): Micros {
  return monthCost(tiers, before + bytes) - monthCost(tiers, before);
}
