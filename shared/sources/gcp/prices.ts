import { type PriceKey, priceKeyText, type Quote, type Rate } from '../../model/rate.ts';
import { DAY, HOUR, type Instant } from '../../model/time.ts';
import type { Surroundings } from '../source.ts';
import type { Api } from './api.ts';
import { type DiskOffer, diskMicrosPerHour, microsPerHour } from './compose.ts';
import type { Inventory } from './inventory.ts';
import { type Offer, parseOffer } from './offer.ts';
import { SkuBook } from './skus.ts';
import { SkuPage } from './wire.ts';

/** The catalogue's numbers of the services. */
const COMPUTE_ENGINE = '6F81-5844-456A';
const VERTEX_AI = 'C7E2-9256-1C43';

/** List prices change seldom, those of spot machines once a day at most. */
const KEEP_MS = DAY;
/** Some kind that has no price yet may get one. */
const KEEP_ABSENCE_MS = 6 * HOUR;

/** Of 5,000 at once, which it allows, the garbage alone takes 30 MB; of 500, some 10. */
const PAGE_SKUS = 500;

const FIELDS =
  'nextPageToken,skus(description,category/usageType,serviceRegions,pricingInfo/pricingExpression(baseUnit,baseUnitConversionFactor,tieredRates/unitPrice))';

/** A region's prices of one service. */
interface Page {
  book: SkuBook;
  at: Instant;
}

/** List prices of kinds of machines, put together from what the catalogue says of their parts. */
export interface Prices {
  read(keys: readonly PriceKey[], signal: AbortSignal): Promise<Quote[]>;
  ofDisk(disk: DiskOffer, signal: AbortSignal): Promise<Rate | undefined>;
}

export function pricesOf(api: Api, inventory: Inventory, clock: Surroundings['clock']): Prices {
  const books = new Map<string, Page>();

  /**
   * Reads a service's catalogue, some 40,000 SKUs, keeping those of these regions. It is free, and
   * cannot be asked for less. https://cloud.google.com/billing/docs/reference/rest/v1/services.skus/list
   */
  async function readCatalogue(service: string, regions: Iterable<string>, signal: AbortSignal) {
    const fresh = new Map([...regions].map((region) => [region, new SkuBook()]));
    const path = `/v1/services/${service}/skus?currencyCode=USD&pageSize=${PAGE_SKUS}&fields=${encodeURIComponent(FIELDS)}`;
    for await (const { skus } of api.pages('cloudbilling', path, SkuPage, signal))
      for (const sku of skus) for (const [region, book] of fresh) book.learn(sku, region);
    for (const [region, book] of fresh)
      books.set(`${service}/${region}`, { book, at: clock.now() });
  }

  const isFresh = (service: string, region: string) => {
    const page = books.get(`${service}/${region}`);
    return (
      page !== undefined && clock.now() - page.at < (page.book.size ? KEEP_MS : KEEP_ABSENCE_MS)
    );
  };

  async function quoteOf(key: PriceKey, offer: Offer, signal: AbortSignal): Promise<Quote[]> {
    const facts = await inventory.facts(offer, key.zone, signal);
    if (!facts || (key.market !== 'on-demand' && key.market !== 'spot')) return [];
    const pages = [COMPUTE_ENGINE, VERTEX_AI].flatMap(
      (service) => books.get(`${service}/${key.region}`) ?? [],
    );
    const micros = microsPerHour(offer, facts, key.market, {
      get: (tariff, usage, label) =>
        pages.map(({ book }) => book.get(tariff, usage, label)).find((price) => price),
    });
    if (micros === undefined) return [];
    const at = Math.min(...pages.map((page) => page.at));
    const kind = offer.flexStart ? 'flex start' : key.market;
    return [
      {
        key,
        rate: {
          microsPerHour: micros,
          provenance: 'list',
          basis: `Cloud Billing Catalog, ${key.instanceType} in ${key.region}, ${kind}, ${new Date(at).toISOString().slice(0, 10)}`,
          asOf: at,
        },
      },
    ];
  }

  /** The reading of a catalogue that is under way: several disks wait for the same one. */
  const underWay = new Map<string, Promise<void>>();
  async function ensure(region: string, signal: AbortSignal): Promise<void> {
    if (isFresh(COMPUTE_ENGINE, region)) return;
    const reading = underWay.get(region) ?? readCatalogue(COMPUTE_ENGINE, [region], signal);
    underWay.set(region, reading);
    await reading.finally(() => underWay.delete(region));
  }

  return {
    async ofDisk(disk, signal) {
      await ensure(disk.region, signal);
      const page = books.get(`${COMPUTE_ENGINE}/${disk.region}`);
      const micros = page && diskMicrosPerHour(disk, page.book);
      if (!page || micros === undefined) return undefined;
      return {
        microsPerHour: micros,
        provenance: 'list',
        basis: `Cloud Billing Catalog, ${disk.type} in ${disk.region}, ${new Date(page.at).toISOString().slice(0, 10)}`,
        asOf: page.at,
      };
    },
    async read(keys, signal) {
      const wanted = [
        ...new Map(
          keys.filter(({ provider }) => provider === 'gcp').map((key) => [priceKeyText(key), key]),
        ).values(),
      ].map((key) => ({ key, offer: parseOffer(key.instanceType) }));
      const regionsFor = (service: string, some: typeof wanted) =>
        new Set(some.map(({ key }) => key.region).filter((region) => !isFresh(service, region)));
      const vertex = wanted.filter(({ offer }) => offer.service === 'vertex');
      for (const [service, some] of [
        [COMPUTE_ENGINE, wanted],
        [VERTEX_AI, vertex],
      ] as const) {
        const regions = regionsFor(service, some);
        if (regions.size > 0) await readCatalogue(service, regions, signal);
      }
      const quotes: Quote[] = [];
      for (const { key, offer } of wanted) quotes.push(...(await quoteOf(key, offer, signal)));
      return quotes;
    },
  };
}
