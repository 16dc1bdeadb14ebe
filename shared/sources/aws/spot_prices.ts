import { type _InstanceType, paginateDescribeSpotPriceHistory } from '@aws-sdk/client-ec2';
import { toMicros } from '../../model/money.ts';
import { type PriceKey, priceKeyText, type Quote } from '../../model/rate.ts';
import type { Surroundings } from '../source.ts';
import type { Api } from './api.ts';
import { malformed } from './errors.ts';

/**
 * The spot prices in force now, by zone, in one region. A running spot instance pays its zone's
 * current price, whatever it was when it started: so this is the machine's own price.
 *
 * A history that starts now holds, for each zone and type, the price that is in force.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSpotPriceHistory.html
 */
export async function readSpotPrices(
  api: Api,
  region: string,
  keys: readonly PriceKey[],
  clock: Surroundings['clock'],
  signal: AbortSignal,
): Promise<Quote[]> {
  const attempt = api.attempt('ec2:DescribeSpotPriceHistory', region);
  const latest = new Map<string, { dollars: number; at: number }>();
  await api.ask(attempt, signal, async () => {
    const pages = paginateDescribeSpotPriceHistory(
      { client: api.ec2(region), pageSize: 1000 },
      {
        InstanceTypes: [
          ...new Set(keys.map(({ instanceType }) => instanceType)),
        ] as _InstanceType[],
        ProductDescriptions: ['Linux/UNIX'],
        StartTime: new Date(clock.now()),
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
        const at = price.Timestamp?.getTime() ?? 0;
        if (at >= (latest.get(place)?.at ?? 0)) latest.set(place, { dollars, at });
      }
    }
  });
  const unique = new Map(keys.map((key) => [priceKeyText(key), key]));
  return [...unique.values()].flatMap((key) => {
    const price = latest.get(`${key.zone} ${key.instanceType}`);
    if (!price) return [];
    return {
      key,
      rate: {
        microsPerHour: toMicros(price.dollars),
        provenance: 'quoted' as const,
        basis: `EC2 spot price in ${key.zone}`,
        asOf: clock.now(),
      },
    };
  });
}
