import { type _InstanceType, paginateDescribeSpotPriceHistory } from '@aws-sdk/client-ec2';
import { toMicros } from '../../model/money.ts';
import { type PriceKey, priceKeyText, type Quote } from '../../model/rate.ts';
import type { Instant } from '../../model/time.ts';
import type { Api } from './api.ts';
import { malformed } from './errors.ts';

/**
 * The spot prices in force since an instant, by zone, in one region: each change, then the price
 * that is in force now. A running spot instance pays its zone's current price, whatever it was when
 * it started: so these are the machine's own prices, also over hours in which nobody asked.
 *
 * A history holds, for each zone and type, also the price that was in force at its start.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSpotPriceHistory.html
 */
export async function readSpotPrices(
  api: Api,
  region: string,
  keys: readonly PriceKey[],
  { since, now }: { since: Instant; now: Instant },
  signal: AbortSignal,
): Promise<Quote[]> {
  const attempt = api.attempt('ec2:DescribeSpotPriceHistory', region);
  const points = new Map<string, { dollars: number; at: Instant }[]>();
  await api.ask(attempt, signal, async () => {
    const pages = paginateDescribeSpotPriceHistory(
      { client: api.ec2(region), pageSize: 1000 },
      {
        InstanceTypes: [
          ...new Set(keys.map(({ instanceType }) => instanceType)),
        ] as _InstanceType[],
        ProductDescriptions: ['Linux/UNIX'],
        StartTime: new Date(since),
      },
      { abortSignal: signal },
    );
    for await (const page of pages) {
      if (!page.SpotPriceHistory) throw malformed(attempt, 'the answer is not a price history');
      for (const price of page.SpotPriceHistory) {
        const dollars = Number(price.SpotPrice);
        if (!price.InstanceType || !price.AvailabilityZone || !price.SpotPrice) continue;
        if (!Number.isFinite(dollars) || dollars < 0)
          throw malformed(attempt, `"${price.SpotPrice}" is not a price`);
        const place = `${price.AvailabilityZone} ${price.InstanceType}`;
        const at = price.Timestamp?.getTime() ?? since;
        points.set(place, [...(points.get(place) ?? []), { dollars, at }]);
      }
    }
  });
  const unique = new Map(keys.map((key) => [priceKeyText(key), key]));
  return [...unique.values()].flatMap((key) => {
    const history = (points.get(`${key.zone} ${key.instanceType}`) ?? []).sort(
      (a, b) => a.at - b.at,
    );
    const last = history.at(-1);
    const past = history.filter(({ at }) => at < now);
    return [...past, ...(last ? [{ ...last, at: now }] : [])].map(({ dollars, at }) => ({
      key,
      rate: {
        microsPerHour: toMicros(dollars),
        provenance: 'quoted' as const,
        basis: `EC2 spot price in ${key.zone}`,
        asOf: at,
      },
    }));
  });
}
