import { monthlyDollars } from '../../model/leftover_cost.ts';
import type { Rate } from '../../model/rate.ts';
import { DAY, type Instant } from '../../model/time.ts';
import { SourceError, type Surroundings } from '../source.ts';
import type { Disk } from './leftovers.ts';
import type { Item, itemsOf } from './retail.ts';

/** What managed disks cost, which are sold in fixed sizes by the month. */
export interface DiskPrices {
  /** By the disks' ids; one that has no price there has none. Never rejects. */
  of(disks: readonly Disk[], signal: AbortSignal): Promise<ReadonlyMap<string, Rate>>;
}

/**
 * The sizes on offer, in GiB, each with its number: 1024 GiB of Premium SSD are a P30. A disk costs
 * what the next larger size does. https://azure.microsoft.com/pricing/details/managed-disks/
 */
const SIZES: readonly (readonly [gib: number, tier: number])[] = [
  [4, 1],
  [8, 2],
  [16, 3],
  [32, 4],
  [64, 6],
  [128, 10],
  [256, 15],
  [512, 20],
  [1024, 30],
  [2048, 40],
  [4096, 50],
  [8192, 60],
  [16_384, 70],
  [32_767, 80],
];
/** Standard HDDs begin at 32 GiB. */
const KINDS: Readonly<Record<string, { letter: string; from: number }>> = {
  Premium: { letter: 'P', from: 4 },
  StandardSSD: { letter: 'E', from: 4 },
  Standard: { letter: 'S', from: 32 },
};

/** `P30 LRS Disk`, as the price list calls it; undefined for what is sold otherwise. */
export function meterOf({ sku, properties }: Pick<Disk, 'sku' | 'properties'>): string | undefined {
  const [, kind = '', redundancy] = /^(\w+)_(LRS|ZRS)$/.exec(sku?.name ?? '') ?? [];
  const offer = KINDS[kind];
  const size = properties.diskSizeGB;
  if (!offer || size == null) return undefined;
  const tier = SIZES.find(([gib]) => gib >= size && gib >= offer.from)?.[1];
  return tier === undefined ? undefined : `${offer.letter}${tier} ${redundancy} Disk`;
}

export function diskPricesOf(
  ask: ReturnType<typeof itemsOf>,
  clock: Surroundings['clock'],
): DiskPrices {
  const known = new Map<string, { dollars: number | undefined; at: Instant }>();

  async function refresh(region: string, meters: readonly string[], signal: AbortSignal) {
    const of = meters.map((meter) => `meterName eq '${meter}'`).join(' or ');
    const filter = [
      "serviceName eq 'Storage'",
      "priceType eq 'Consumption'",
      `armRegionName eq '${region.replaceAll("'", '')}'`,
      `(${of})`,
    ].join(' and ');
    const items = await ask(filter, signal);
    const at = clock.now();
    for (const meter of meters)
      known.set(`${region}/${meter}`, { at, dollars: priceIn(items, meter, at) });
  }

  return {
    async of(disks, signal) {
      const wanted = disks.flatMap((disk) => {
        const meter = meterOf(disk);
        return meter ? [{ id: disk.id, region: disk.location, meter }] : [];
      });
      for (const [region, some] of Map.groupBy(wanted, (one) => one.region)) {
        const old = new Set(some.map(({ meter }) => meter)).values().filter((meter) => {
          const entry = known.get(`${region}/${meter}`);
          return !entry || clock.now() - entry.at >= DAY;
        });
        const meters = [...old];
        if (meters.length === 0) continue;
        // That the list cannot be read is told by those who ask it for machines.
        await refresh(region, meters, signal).catch((error: unknown) => {
          if (!(error instanceof SourceError)) throw error;
        });
      }
      return new Map(
        wanted.flatMap(({ id, region, meter }): [string, Rate][] => {
          const { dollars, at } = known.get(`${region}/${meter}`) ?? {};
          if (dollars === undefined || at === undefined) return [];
          const day = new Date(at).toISOString().slice(0, 10);
          const basis = `Azure Retail Prices, ${meter} in ${region}, ${day}`;
          return [
            [id, { microsPerHour: monthlyDollars(dollars), provenance: 'list', basis, asOf: at }],
          ];
        }),
      );
    },
  };
}

/** US dollars a month, as in force. */
function priceIn(items: readonly Item[], meter: string, now: Instant): number | undefined {
  return items
    .filter(
      (item) =>
        item.meterName === meter &&
        item.type === 'Consumption' &&
        item.currencyCode === 'USD' &&
        item.unitOfMeasure === '1/Month' &&
        item.tierMinimumUnits === 0 &&
        Date.parse(item.effectiveStartDate) <= now &&
        !(Date.parse(item.effectiveEndDate ?? '') <= now),
    )
    .sort((a, b) => Date.parse(b.effectiveStartDate) - Date.parse(a.effectiveStartDate))[0]
    ?.retailPrice;
}
