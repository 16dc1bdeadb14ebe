import { z } from 'zod';
import type { Micros } from './money.ts';
import { addSpreads, type Spread } from './spread.ts';

/** Where a figure comes from, best first. No sum is shown without one. */
export const Provenance = z.enum(['billed', 'quoted', 'calibrated', 'list']);
export type Provenance = z.infer<typeof Provenance>;

/** The weaker of two provenances: a sum is only as good as its worst part. */
export function weaker(a: Provenance, b: Provenance): Provenance {
  const order = Provenance.options;
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}

/** See spread.ts, which the page uses too: it takes no part of zod with it. */
export const AnySpread: z.ZodType<Spread> = z.record(z.string(), z.number().nonnegative());

/** US micro-dollars per hour, and how that is known. */
export const Rate = z.object({
  microsPerHour: z.number().int().nonnegative(),
  provenance: Provenance,
  /** Where it was read, for people: `Price List API, 2026-11-20` or `your burnrate.yaml`. */
  basis: z.string(),
  asOf: z.number().int(),
  /**
   * Of a calibrated rate: the price per hour that the account's ratio was applied to (the list
   * price, or the spot price). Bills are compared with this, or the ratio would learn from itself.
   */
  list: z.number().int().nonnegative().optional(),
  /** How far off it may be, per hour. */
  spread: AnySpread.optional(),
});
export type Rate = z.infer<typeof Rate>;

/** What identifies a price: one machine type, in one place, bought in one way. */
export const PriceKey = z.object({
  provider: z.string(),
  instanceType: z.string(),
  region: z.string(),
  zone: z.string().optional(),
  market: z.enum(['on-demand', 'spot', 'reserved', 'owned']),
});
export type PriceKey = z.infer<typeof PriceKey>;

/** One string a price key, for maps and the database. Spot prices differ by zone, others do not. */
export function priceKeyText(key: PriceKey): string {
  const place = key.market === 'spot' && key.zone ? key.zone : key.region;
  return [key.provider, key.market, place, key.instanceType].join('/');
}

/** A price that a source has read: for a kind of machine, or for one node alone. */
export interface Quote {
  key: PriceKey;
  /** Set where the provider names this very machine's price. */
  nodeId?: string;
  rate: Rate;
}

/** An amount and what it rests on. */
export const Figure = z.object({
  micros: z.number().int(),
  /** The weakest among its parts; absent where there are no parts. */
  provenance: Provenance.optional(),
  /** True where a part was metered without fresh evidence (a stale source, an unproven gap). */
  uncertain: z.boolean(),
  /** Nodes that run but whose price nobody knows: the amount is then a lower bound. */
  unpriced: z.number().int(),
  /** How far off its calibrated parts may be; see `intervalOf`. */
  spread: AnySpread.optional(),
});
export type Figure = z.infer<typeof Figure>;

export const NOTHING: Figure = { micros: 0, uncertain: false, unpriced: 0 };

/** Adds figures; provenance becomes the weakest, doubts and spreads add up. */
export function addFigures(figures: Iterable<Figure>): Figure {
  const spreads: (Spread | undefined)[] = [];
  let micros: Micros = 0;
  let provenance: Provenance | undefined;
  let uncertain = false;
  let unpriced = 0;
  for (const figure of figures) {
    micros += figure.micros;
    if (figure.provenance) {
      provenance = provenance ? weaker(provenance, figure.provenance) : figure.provenance;
    }
    uncertain ||= figure.uncertain;
    unpriced += figure.unpriced;
    spreads.push(figure.spread);
  }
  const spread = addSpreads(spreads);
  return {
    micros,
    ...(provenance && { provenance }),
    uncertain,
    unpriced,
    ...(spread && { spread }),
  };
}
