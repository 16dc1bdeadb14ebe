import { z } from 'zod';
import { MICROS_PER_DOLLAR, type Micros, toMicros } from './money.ts';
import { Rate } from './rate.ts';

/** Something beside the machines that is paid for while nothing uses it. */
export const Leftover = z.object({
  /** `account:native id`, unique over everything Burnrate sees. */
  id: z.string(),
  source: z.string(),
  account: z.string(),
  kind: z.enum(['disk', 'address', 'filesystem']),
  name: z.string(),
  /** As the provider bills it: GB or GiB, which differ by 7%. */
  sizeGb: z.number().nonnegative().optional(),
  region: z.string(),
  /** The stopped machine that it waits for; absent where no machine has it at all. */
  machine: z.string().optional(),
  /** Since when nothing uses it, where the provider says so. */
  since: z.number().int().optional(),
  owner: z.string().optional(),
  mine: z.boolean(),
  /** Absent where its price is not known. */
  rate: Rate.optional(),
  /** The command that deletes it, with all that is on it. Burnrate never runs it. */
  remove: z.string(),
  labels: z.record(z.string(), z.string()),
});
export type Leftover = z.infer<typeof Leftover>;

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
