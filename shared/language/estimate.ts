import type { Micros } from '../model/money.ts';
import { type Provenance, weaker } from '../model/rate.ts';
import type { NodeView } from '../model/snapshot.ts';
import { HOUR, type Instant } from '../model/time.ts';
import { gpuKindOf, isSameGpu } from '../pricing/catalogue/gpu.ts';
import { type Elsewhere, elsewhere, type Offer, providerTitle } from '../pricing/elsewhere.ts';
import type { Ask, Need } from './ask.ts';

/** What is known of prices now. */
export interface Market {
  now: Instant;
  /** Machines that can be had on demand: the catalogue's, and live ones. */
  offers: readonly Offer[];
  /** Machines in sight: a cluster's nodes, and what my own contracts make of list prices. */
  nodes: readonly NodeView[];
}

/** What a job file's job would cost. */
export interface Estimate {
  /** The machines that it is the price of. */
  needs: readonly Need[];
  /** Of all that runs at once. */
  microsPerHour: Micros;
  provenance: Provenance;
  /** `AWS us-east-1`, `Slurm lab`. */
  where: string;
  /** Where the price comes from, for people. */
  basis: string;
  /** The same at the price that my bills have taught, where that is known beside it. */
  calibrated?: Micros;
  /** At the time limit: what it costs at most. */
  atLimit?: Micros;
  /** What the same GPUs cost elsewhere, cheapest first, for all that runs at once. */
  others: Elsewhere[];
}

/** What machines of one kind cost. */
interface KindPrice extends Pick<Estimate, 'microsPerHour' | 'provenance' | 'where' | 'basis'> {
  provider?: string;
  calibrated?: Micros;
}

/** The same, with how often they are needed one after another, and what they cost elsewhere. */
interface Price extends KindPrice, Pick<Estimate, 'others'> {
  rounds: number;
}

/** The estimate; undefined where no price of such GPUs is known. */
export function estimateOf(ask: Ask, market: Market): Estimate | undefined {
  const ways = [ask, ...(ask.instead ?? [])].flatMap((need) => {
    const estimate = togetherOf(ask, [need, ...(ask.beside ?? [])], market);
    return estimate ? [estimate] : [];
  });
  return ways.reduce<Estimate | undefined>(
    (best, one) => (best && best.microsPerHour <= one.microsPerHour ? best : one),
    undefined,
  );
}

/** Of all that runs at once; undefined where a part of it has no price: a sum without it is none. */
function togetherOf(ask: Ask, needs: readonly Need[], market: Market): Estimate | undefined {
  const prices = needs.flatMap((need) => priceOf(ask, need, market) ?? []);
  const [first] = prices;
  if (!first || prices.length < needs.length) return undefined;
  const sum = (of: (price: Price) => number) => prices.reduce((all, one) => all + of(one), 0);
  const hours = ask.limit && ask.limit.ms / HOUR;
  const known = prices.some(({ calibrated }) => calibrated !== undefined);
  return {
    needs,
    microsPerHour: sum(({ microsPerHour }) => microsPerHour),
    provenance: prices.map(({ provenance }) => provenance).reduce(weaker),
    where: [...new Set(prices.map(({ where }) => where))].join(' and '),
    basis: [...new Set(prices.map(({ basis }) => basis))].join('; '),
    ...(known && { calibrated: sum((one) => one.calibrated ?? one.microsPerHour) }),
    ...(hours !== undefined && {
      atLimit: Math.round(sum(({ microsPerHour, rounds }) => microsPerHour * hours * rounds)),
    }),
    // Machines of several kinds are not to be had elsewhere as one.
    others: prices.length === 1 ? first.others : [],
  };
}

function priceOf(ask: Ask, need: Need, market: Market): Price | undefined {
  const { gpus, runs, workers } = need;
  const kind = gpuKindOf(gpus?.model ?? '');
  const offered =
    kind && gpus
      ? elsewhere({ count: gpus.count, kind }, market.offers).map((one) => times(one, workers))
      : [];
  const price =
    ofCluster(ask, need, market) ?? ofType(need, market) ?? ofProvider(need, offered, market);
  return (
    price && {
      ...price,
      // Elements of an array follow one another where not all run at once.
      rounds: runs === undefined ? 1 : runs / workers,
      others: offered.filter(({ offer }) => offer.provider !== price.provider),
    }
  );
}

function times(one: Elsewhere, workers: number): Elsewhere {
  return {
    ...one,
    machines: one.machines * workers,
    microsPerHour: one.microsPerHour * workers,
  };
}

/** What a GPU of the cluster's own nodes costs, on the mean. */
function ofCluster({ source }: Ask, need: Need, { nodes }: Market): KindPrice | undefined {
  if (source === 'skypilot' || !need.gpus) return undefined;
  const fitting = nodes.filter((node) => node.source === source && isFor(need, node));
  const priced = fitting.flatMap(({ price, gpus, account }) =>
    price ? [{ price, account, perGpu: price.microsPerHour / gpus.count }] : [],
  );
  const [first] = priced;
  if (!first) return undefined;
  const perGpu = priced.reduce((sum, one) => sum + one.perGpu, 0) / priced.length;
  const title = source === 'slurm' ? 'Slurm' : 'Kubernetes';
  return {
    microsPerHour: Math.round(perGpu * need.gpus.count * need.workers),
    provenance: first.price.provenance,
    where: `${title} ${first.account.slice(first.account.indexOf(':') + 1)}`,
    basis: first.price.basis,
  };
}

function isFor({ gpus, partition, instanceType }: Need, node: NodeView): boolean {
  if (node.gpus.count === 0 || node.state === 'ended') return false;
  const { labels } = node;
  if (partition !== undefined && !(labels.partition ?? partition).split(',').includes(partition))
    return false;
  if (instanceType !== undefined && node.priceKey && node.priceKey.instanceType !== instanceType)
    return false;
  if (!gpus?.model) return true;
  const [wanted, has] = [gpuKindOf(gpus.model), gpuKindOf(node.gpus.model ?? '')];
  if (wanted && has) return isSameGpu(wanted, has);
  return node.gpus.model?.toLowerCase() === gpus.model.toLowerCase();
}

/** A machine type that the file names. */
function ofType(need: Need, { offers, nodes }: Market): KindPrice | undefined {
  const { instanceType, provider, region, workers } = need;
  if (instanceType === undefined) return undefined;
  const named = offers.filter(
    (offer) =>
      offer.type.toLowerCase() === instanceType.toLowerCase() &&
      (provider === undefined || provider === 'kubernetes' || offer.provider === provider),
  );
  const offer = named.find((one) => one.region === region) ?? named[0];
  if (!offer) return undefined;
  return priceAt(offer, workers, nodes);
}

/** So many of a machine on offer, and what my bills have taught of its kind. */
function priceAt(offer: Offer, machines: number, nodes: readonly NodeView[]): KindPrice {
  const own = nodes.find(
    ({ price, priceKey }) =>
      price?.provenance === 'calibrated' &&
      priceKey?.provider === offer.provider &&
      priceKey.instanceType === offer.type,
  );
  return {
    microsPerHour: offer.microsPerHour * machines,
    provenance: offer.provenance,
    where: placeOf(offer),
    basis: offer.basis,
    provider: offer.provider,
    ...(own?.price && { calibrated: own.price.microsPerHour * machines }),
  };
}

/** The GPUs alone are named: at the provider that is named, or where they are cheapest. */
function ofProvider(
  { provider }: Need,
  offered: readonly Elsewhere[],
  { nodes }: Market,
): KindPrice | undefined {
  const found =
    provider === undefined ? offered[0] : offered.find(({ offer }) => offer.provider === provider);
  return (
    found && { ...priceAt(found.offer, found.machines, nodes), microsPerHour: found.microsPerHour }
  );
}

function placeOf({ provider, region }: Offer): string {
  return region === '*' ? providerTitle(provider) : `${providerTitle(provider)} ${region}`;
}
