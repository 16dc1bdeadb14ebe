import { z } from 'zod';
import type { PriceKey } from '../../model/rate.ts';
import type { Instant } from '../../model/time.ts';
import priceLists from './price_lists.json' with { type: 'json' };
import type { Tier } from './tiers.ts';

const BYTES = { GB: 1e9, GiB: 2 ** 30 } as const;

const dollars = z.number().nonnegative();

/**
 * What one provider asks for bytes that leave its machines, in the regions whose names begin so, as
 * one source had it on one day. Tiers are of a month's bytes, each from so many units on; prices are
 * in US dollars a unit. Between zones it is what both ends pay together.
 */
export const EgressPriceList = z.strictObject({
  provider: z.string().min(1),
  regions: z.array(z.string()).min(1),
  source: z.url({ protocol: /^https$/ }),
  readAt: z.iso.date(),
  unit: z.enum(['GB', 'GiB']),
  internet: z
    .array(z.tuple([z.number().nonnegative(), dollars]))
    .min(1)
    .refine(
      (tiers) =>
        tiers[0]?.[0] === 0 && tiers.every(([from], nth) => from >= (tiers[nth - 1]?.[0] ?? 0)),
      'tiers begin at 0 and go up',
    ),
  otherRegion: dollars,
  otherZone: dollars,
});

/** What it costs to send bytes out of a machine, by where they go; within its zone it is free. */
export interface EgressPrice {
  /** The same for all that share the tiers of a month. */
  list: string;
  internet: readonly Tier[];
  otherRegionUsdPerByte: number;
  otherZoneUsdPerByte: number;
  /** Where it was read, and when; and that it is another region's, where it is. */
  basis: string;
  asOf: Instant;
}

const LISTS = z.array(EgressPriceList).parse(priceLists);

/**
 * The prices where a machine runs; those of the provider's first list where its region is in none,
 * which the basis says. Undefined where nobody knows, and for machines that are the user's own.
 */
export function egressPriceOf({
  provider,
  region,
  market,
}: Pick<PriceKey, 'provider' | 'region' | 'market'>): EgressPrice | undefined {
  if (market === 'owned') return undefined;
  const place = `${provider} ${region}`;
  if (!known.has(place)) known.set(place, read(provider, region));
  return known.get(place);
}

const known = new Map<string, EgressPrice | undefined>();

function read(provider: string, region: string): EgressPrice | undefined {
  const lists = LISTS.filter((list) => list.provider === provider);
  const there = lists.find(({ regions }) => regions.some((prefix) => region.startsWith(prefix)));
  const list = there ?? lists[0];
  if (!list) return undefined;
  const bytes = BYTES[list.unit];
  const place = new URL(list.source).hostname;
  const elsewhere = there ? '' : `that of ${list.regions[0]}*, since none is known of ${region}: `;
  return {
    list: `${provider} ${list.regions[0]}`,
    internet: list.internet.map(([from, usd]) => ({
      fromBytes: from * bytes,
      usdPerByte: usd / bytes,
    })),
    otherRegionUsdPerByte: list.otherRegion / bytes,
    otherZoneUsdPerByte: list.otherZone / bytes,
    basis: `${elsewhere}list of egress prices, ${list.readAt}, from ${place}`,
    asOf: Date.parse(list.readAt),
  };
}
