import type { Leftover } from './leftover.ts';
import { MICROS_PER_DOLLAR, type Micros, toMicros } from './money.ts';
import type { Rate } from './rate.ts';

// Apart from the schema, which the page does not take with it.

/** Providers name prices of storage by the month; an average one has 730 hours. */
export const HOURS_PER_MONTH = 730;

/** A price per month, US dollars, as micro-dollars an hour. */
export function monthlyDollars(dollars: number): Micros {
  return toMicros(dollars / HOURS_PER_MONTH);
}

/** What a rate comes to in a month, to the micro-dollar. */
export function perMonth({ microsPerHour }: Pick<Rate, 'microsPerHour'>): Micros {
  return microsPerHour * HOURS_PER_MONTH;
}

/** Whether it costs at least so many US dollars a month; what has no price does not. */
export function costsAtLeast({ rate }: Pick<Leftover, 'rate'>, dollarsPerMonth: number): boolean {
  return rate !== undefined && perMonth(rate) >= dollarsPerMonth * MICROS_PER_DOLLAR;
}

/** What they are together, for people: `disk`, `address`, `file system`. */
export const LEFTOVER_NAMES = {
  disk: 'disk',
  address: 'address',
  filesystem: 'file system',
} as const satisfies Record<Leftover['kind'], string>;

/** The dearest first; those without a price last, by name. */
export function byCost(a: Leftover, b: Leftover): number {
  const cost = (one: Leftover) => one.rate?.microsPerHour ?? -1;
  return cost(b) - cost(a) || (a.name < b.name ? -1 : 1);
}
