import type { EgressCost } from './egress.ts';
import type { Micros } from './money.ts';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `1.4 TB`, in decimal units, with two digits at least where there are any. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/**
 * `≈$12.10`, what bills make likely; `up to $126.00`, where none tells where the bytes went; `no
 * charge`, where they cost nothing wherever they went; and that the price of some is not known.
 */
export function formatEgress(
  { high, likely, unpriced }: EgressCost,
  money: (micros: Micros) => string,
): string {
  if (unpriced) return high > 0 ? `up to ${money(high)} and more` : 'price unknown';
  if (high === 0) return 'no charge';
  return likely === undefined ? `up to ${money(high)}` : `≈${money(likely)}`;
}

/** The same in a sentence: from where to where it lies. */
export function egressRange(cost: EgressCost, money: (micros: Micros) => string): string {
  const { low, high, likely, unpriced } = cost;
  if (unpriced) return 'some of it left machines of which no egress price is known';
  if (high === 0)
    return 'nothing, wherever it went: the provider, or the month’s first part, is free';
  const range = `${money(low)} to ${money(high)}`;
  if (likely === undefined) {
    return `${range}: nothing where it stayed in the zone, the most where it went to the internet; no bill has told yet`;
  }
  return `${range}, by what this account’s bills say of data transfer`;
}
