import { isBilled, type Node } from '../model/node.ts';
import { type PriceKey, priceKeyText, type Rate } from '../model/rate.ts';
import type { Interval } from '../model/time.ts';
import type { PriceHistory, PriceSeries } from '../protocol/prices.ts';
import type { PricePoint, Store } from '../store/store.ts';

/** More stretches than any chart has pixels. */
const STRETCHES = 1_000;

export interface PricesSource {
  store: Pick<Store, 'nodes' | 'job' | 'priceHistory'>;
  /** An account as faces call it. */
  titleOf: (account: string) => string;
  /** What a kind of machine costs on demand. */
  onDemand: (key: PriceKey) => Rate | undefined;
}

/** The spot prices of the machines that ran in the interval: of all of them, or of one job's. */
export function pricesOf(
  { store, titleOf, onDemand }: PricesSource,
  { jobId, ...interval }: Interval & { jobId?: string },
): PriceHistory {
  const { from, to } = interval;
  if (!(from < to)) throw new Error('prices: there is no time between from and to');
  const shares = jobId === undefined ? undefined : store.job(jobId)?.shares.map(({ node }) => node);
  const held = jobId === undefined ? undefined : new Set(shares);
  const nodes = store
    .nodes(from)
    .map(({ node }) => node)
    .filter(({ priceKey, launchedAt = from }) => priceKey?.market === 'spot' && launchedAt < to)
    .filter((node) => !held || [node.id, ...node.aliases].some((name) => held.has(name)));
  const kinds = Map.groupBy(nodes, ({ priceKey }) => priceKeyText(priceKey as PriceKey));
  const series = [...kinds].flatMap(([key, list]): PriceSeries[] => {
    const priceKey = list[0]?.priceKey;
    const points = priceKey ? store.priceHistory(priceKey, interval) : [];
    if (!priceKey || points.length === 0) return [];
    const { provider, instanceType, region, zone } = priceKey;
    const usual = onDemand({ provider, instanceType, region, market: 'on-demand' });
    return [
      {
        key,
        provider,
        instanceType,
        region,
        ...(zone && { zone }),
        accounts: accountsOf(list, titleOf),
        running: list.filter(isBilled).length,
        ...(usual && { onDemand: usual }),
        points: thinned(points, interval),
      },
    ];
  });
  series.sort((a, b) => Number(b.running > 0) - Number(a.running > 0) || (a.key < b.key ? -1 : 1));
  return { from, to, series };
}

function accountsOf(nodes: readonly Node[], titleOf: (account: string) => string) {
  const ids = [...new Set(nodes.map(({ account }) => account))].sort();
  return ids.map((id) => ({ id, title: titleOf(id) }));
}

/**
 * No more points than can be drawn, with every peak: of each stretch the lowest, the highest and the
 * last, which holds on into the next one.
 */
function thinned(points: readonly PricePoint[], { from, to }: Interval): PricePoint[] {
  if (points.length <= STRETCHES) return [...points];
  const stretchMs = (to - from) / STRETCHES;
  const stretches = Map.groupBy(points, ({ at }) => Math.floor((at - from) / stretchMs));
  return [...stretches.values()].flatMap((stretch) => {
    const sorted = stretch.toSorted((a, b) => a.microsPerHour - b.microsPerHour);
    const kept = new Set([sorted[0], sorted.at(-1), stretch.at(-1)]);
    return stretch.filter((point) => kept.has(point));
  });
}
