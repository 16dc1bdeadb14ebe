import { z } from 'zod';
import type { BucketUse, RequestCost } from '../../model/bucket.ts';
import requestPrices from './request_prices.json' with { type: 'json' };

/**
 * What one provider asks for requests to buckets of its standard class, in the regions whose names
 * begin so, as one source had it on one day.
 */
export const RequestPriceList = z.strictObject({
  provider: z.string().min(1),
  regions: z.array(z.string().min(1)).min(1),
  source: z.url({ protocol: /^https$/ }),
  readAt: z.iso.date(),
  /** US dollars. `PUT`, `COPY`, `POST` and `LIST` have the one price, `GET` and the rest the other. */
  usdPerMillionPuts: z.number().nonnegative(),
  usdPerMillionGets: z.number().nonnegative(),
});

const LISTS = z.array(RequestPriceList).parse(requestPrices);

/**
 * What requests cost by the list, in the standard class: which class objects are of is not counted,
 * and in the others requests cost more. Undefined where nobody knows the region's price.
 */
export function requestCost(
  { provider, region }: { provider: string; region: string },
  { puts, gets }: Pick<BucketUse, 'puts' | 'gets'>,
): RequestCost | undefined {
  const list = LISTS.find(
    (one) => one.provider === provider && one.regions.some((prefix) => region.startsWith(prefix)),
  );
  if (!list) return undefined;
  return {
    micros: Math.round(puts * list.usdPerMillionPuts + gets * list.usdPerMillionGets),
    provenance: 'list',
    basis: `list of request prices (standard class), ${list.readAt}, from ${new URL(list.source).hostname}`,
  };
}
