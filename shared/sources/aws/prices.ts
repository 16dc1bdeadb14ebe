import { type PriceKey, priceKeyText, type Quote } from '../../model/rate.ts';
import { DAY, type Instant } from '../../model/time.ts';
import { SourceError, type Surroundings } from '../source.ts';
import type { Api } from './api.ts';
import { isTraining, listPricesOf } from './list_prices.ts';
import { readSpotPrices } from './spot_prices.ts';

/** How far back spot prices are read: at first, and after a long sleep. */
const FIRST_LOOK_MS = DAY;
const LONGEST_LOOK_MS = 7 * DAY;

/** The prices of kinds of machines: spot by zone, on-demand from the list. */
export interface Prices {
  /** Rejects with a SourceError where none could be read. */
  read(
    keys: readonly PriceKey[],
    signal: AbortSignal,
  ): Promise<{ quotes: Quote[]; failures: SourceError[] }>;
}

export function pricesOf(api: Api, clock: Surroundings['clock']): Prices {
  const list = listPricesOf(api, clock);
  const readAt = new Map<string, Instant>();
  return {
    async read(keys, signal) {
      const unique = new Map(
        keys.filter(({ provider }) => provider === 'aws').map((key) => [priceKeyText(key), key]),
      );
      const of = (market: PriceKey['market']) =>
        [...unique.values()].filter((key) => key.market === market);
      const spotByRegion = Map.groupBy(
        of('spot').filter(({ zone, instanceType }) => zone && !isTraining(instanceType)),
        ({ region }) => region,
      );
      const quotes: Quote[] = [];
      const failures: SourceError[] = [];
      await Promise.all([
        ...[...spotByRegion].map(async ([region, wanted]) => {
          try {
            const now = clock.now();
            const asked = wanted.map((key) => readAt.get(priceKeyText(key)) ?? now - FIRST_LOOK_MS);
            const since = Math.max(now - LONGEST_LOOK_MS, Math.min(now, ...asked));
            quotes.push(...(await readSpotPrices(api, region, wanted, { since, now }, signal)));
            for (const key of wanted) readAt.set(priceKeyText(key), now);
          } catch (error) {
            if (!(error instanceof SourceError)) throw error;
            failures.push(error);
          }
        }),
        list
          .read(
            [
              ...of('on-demand'),
              ...of('spot').filter(({ instanceType }) => isTraining(instanceType)),
            ],
            signal,
          )
          .then((part) => {
            quotes.push(...part.quotes);
            failures.push(...part.failures);
          }),
      ]);
      const [first] = failures;
      if (first && quotes.length === 0) throw first;
      return { quotes, failures };
    },
  };
}
