import { type Micros, toMicros } from '../../model/money.ts';
import { type PriceKey, priceKeyText, type Quote } from '../../model/rate.ts';
import { HOUR, type Instant } from '../../model/time.ts';
import { SourceError, type Surroundings } from '../source.ts';
import type { Item, itemsOf } from './retail.ts';

/** The list prices of machines: public, free, and the same for everybody. */
export interface Prices {
  /** Those that the list has. Rejects with a SourceError where none could be read. */
  read(
    keys: readonly PriceKey[],
    signal: AbortSignal,
  ): Promise<{ quotes: Quote[]; failures: SourceError[] }>;
}

/** Prices change on the first of a month, spot prices some times a month. */
const KEEP_MS = HOUR;
/** A filter names that many sizes at most, lest the address grow too long. */
const SIZES_AT_ONCE = 10;

export function pricesOf(ask: ReturnType<typeof itemsOf>, clock: Surroundings['clock']): Prices {
  const known = new Map<string, { micros: Micros | undefined; at: Instant }>();
  async function items(region: string, sizes: readonly string[], signal: AbortSignal) {
    const $filter = [
      "serviceName eq 'Virtual Machines'",
      "priceType eq 'Consumption'",
      `armRegionName eq '${region.replaceAll("'", '')}'`,
      `(${sizes.map((size) => `armSkuName eq '${size}'`).join(' or ')})`,
    ].join(' and ');
    return ask($filter, signal);
  }

  /** Reads what is not known, or is too old, and keeps it: also that there is no such price. */
  async function refresh(region: string, keys: readonly PriceKey[], signal: AbortSignal) {
    const read = await items(region, [...new Set(keys.map((key) => sizeOf(key)))], signal);
    const at = clock.now();
    for (const key of keys) {
      const dollars = priceIn(read, key, at);
      known.set(priceKeyText(key), {
        at,
        micros: dollars === undefined ? undefined : toMicros(dollars),
      });
    }
  }

  return {
    async read(keys, signal) {
      const own = keys.filter(({ provider, market }) => provider === 'azure' && market !== 'owned');
      const unique = [...new Map(own.map((key) => [priceKeyText(key), key])).values()];
      const old = unique.filter((key) => {
        const entry = known.get(priceKeyText(key));
        return !entry || clock.now() - entry.at >= KEEP_MS;
      });
      const failures: SourceError[] = [];
      for (const [region, missing] of Map.groupBy(old, (key) => key.region))
        for (let from = 0; from < missing.length; from += SIZES_AT_ONCE) {
          try {
            await refresh(region, missing.slice(from, from + SIZES_AT_ONCE), signal);
          } catch (error) {
            if (!(error instanceof SourceError)) throw error;
            failures.push(error);
          }
        }
      const quotes = unique.flatMap((key) => {
        // A price of an hour ago, dated as such, says more than none.
        const { micros, at } = known.get(priceKeyText(key)) ?? {};
        if (micros === undefined || at === undefined) return [];
        const day = new Date(at).toISOString().slice(0, 10);
        const kind = key.market === 'spot' ? ', spot' : '';
        const basis = `Azure Retail Prices, ${key.instanceType}${kind} in ${key.region}, ${day}`;
        return {
          key,
          rate: { microsPerHour: micros, provenance: 'list' as const, basis, asOf: at },
        };
      });
      const [first] = failures;
      if (first && quotes.length === 0) throw first;
      return { quotes, failures };
    },
  };
}

/** `Standard_NC6s_v3` of `Standard_NC6s_v3 Windows` and of `Standard_NC6s_v3 Low Priority`. */
function sizeOf({ instanceType }: PriceKey): string {
  // It stands between quotation marks.
  return (instanceType.split(' ')[0] ?? '').replaceAll("'", '');
}

/**
 * The price in force. The list names Windows by its product, spot and low priority (Azure ML's own
 * kind of spot) by the end of the meter's name, and has prices for classic Cloud Services beside.
 */
export function priceIn(items: readonly Item[], key: PriceKey, now: Instant): number | undefined {
  const market =
    key.market !== 'spot'
      ? ''
      : key.instanceType.endsWith(' Low Priority')
        ? 'Low Priority'
        : 'Spot';
  const prices = items
    .filter(
      (item) =>
        item.armSkuName?.toLowerCase() === sizeOf(key).toLowerCase() &&
        item.type === 'Consumption' &&
        item.currencyCode === 'USD' &&
        item.unitOfMeasure === '1 Hour' &&
        item.tierMinimumUnits === 0 &&
        /\bWindows\b/.test(item.productName) === key.instanceType.endsWith(' Windows') &&
        !/Cloud ?Services|Dedicated/i.test(item.productName) &&
        (/(Low Priority|Spot)$/.exec(item.meterName)?.[1] ?? '') === market &&
        Date.parse(item.effectiveStartDate) <= now &&
        !(Date.parse(item.effectiveEndDate ?? '') <= now),
    )
    .sort((a, b) => Date.parse(b.effectiveStartDate) - Date.parse(a.effectiveStartDate));
  return prices[0]?.retailPrice;
}
