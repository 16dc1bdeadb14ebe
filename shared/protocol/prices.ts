import { z } from 'zod';
import { Rate } from '../model/rate.ts';

/** A kind of spot machine in one zone, and what it cost over time. */
export const PriceSeries = z.object({
  /** One string a kind and zone, as `priceKeyText` makes it. */
  key: z.string(),
  provider: z.string(),
  instanceType: z.string(),
  region: z.string(),
  /** Absent where the provider has one price for the whole region. */
  zone: z.string().optional(),
  /** Those with such machines in the time asked for: by id, and by the title that faces show. */
  accounts: z.array(z.object({ id: z.string(), title: z.string() })),
  /** How many such machines run now. */
  running: z.number().int().nonnegative(),
  /** What one of them costs on demand there, where that is known: with its source and age. */
  onDemand: Rate.optional(),
  /**
   * What each step of the time was: the price in force from `at` until the next point, the last one
   * until the end. The first is the one in force at the start, where it is known, and else the first
   * that was read. Never empty. Of a stretch with more changes than can be drawn there are its
   * lowest and its highest price, and the last.
   */
  points: z.array(z.object({ at: z.number().int(), microsPerHour: z.number().int() })),
});
export type PriceSeries = z.infer<typeof PriceSeries>;

/** Spot prices over time, by kind and zone: those that run now first, then by name. */
export const PriceHistory = z.object({
  from: z.number().int(),
  to: z.number().int(),
  series: z.array(PriceSeries),
});
export type PriceHistory = z.infer<typeof PriceHistory>;
