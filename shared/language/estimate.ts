import type { Micros } from '../model/money.ts';
import type { Provenance } from '../model/rate.ts';
import type { NodeView } from '../model/snapshot.ts';
import { HOUR, type Instant } from '../model/time.ts';
import { gpuKindOf, isSameGpu } from '../pricing/catalogue/gpu.ts';
import { type Elsewhere, elsewhere, type Offer, providerTitle } from '../pricing/elsewhere.ts';
import type { Ask } from './ask.ts';

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

interface Price {
  microsPerHour: Micros;
  provenance: Provenance;
  where: string;
  basis: string;
  provider?: string;
  calibrated?: Micros;
}

/** The estimate; undefined where no price of such GPUs is known. */
export function estimateOf(ask: Ask, market: Market): Estimate | undefined {
  const kind = gpuKindOf(ask.gpus?.model ?? '');
  const count = ask.gpus?.count;
  const offered =
    kind && count ? elsewhere({ count, kind }, market.offers).map((one) => times(one, ask)) : [];
  const price = ofCluster(ask, market) ?? ofType(ask, market) ?? ofProvider(ask, offered, market);
  if (!price) return undefined;
  const { provider, ...rest } = price;
  const hours = ask.limit && ask.limit.ms / HOUR;
  // Elements of an array follow one another where not all run at once.
  const rounds = ask.runs === undefined ? 1 : ask.runs / ask.workers;
  return {
    ...rest,
    ...(hours !== undefined && { atLimit: Math.round(price.microsPerHour * hours * rounds) }),
    others: offered.filter(({ offer }) => offer.provider !== provider),
  };
}

function times(one: Elsewhere, { workers }: Ask): Elsewhere {
  return {
    ...one,
    machines: one.machines * workers,
    microsPerHour: one.microsPerHour * workers,
  };
}

/** What a GPU of the cluster's own nodes costs, on the mean. */
function ofCluster(ask: Ask, { nodes }: Market): Price | undefined {
  if (ask.source === 'skypilot' || !ask.gpus) return undefined;
  const fitting = nodes.filter((node) => node.source === ask.source && isFor(ask, node));
  const priced = fitting.flatMap(({ price, gpus, account }) =>
    price ? [{ price, account, perGpu: price.microsPerHour / gpus.count }] : [],
  );
  const [first] = priced;
  if (!first) return undefined;
  const perGpu = priced.reduce((sum, one) => sum + one.perGpu, 0) / priced.length;
  const title = ask.source === 'slurm' ? 'Slurm' : 'Kubernetes';
  return {
    microsPerHour: Math.round(perGpu * ask.gpus.count * ask.workers),
    provenance: first.price.provenance,
    where: `${title} ${first.account.slice(first.account.indexOf(':') + 1)}`,
    basis: first.price.basis,
  };
}

function isFor({ gpus, partition, instanceType }: Ask, node: NodeView): boolean {
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
function ofType(ask: Ask, { offers, nodes }: Market): Price | undefined {
  const { instanceType, provider, region, workers } = ask;
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
function priceAt(offer: Offer, machines: number, nodes: readonly NodeView[]): Price {
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
  { provider }: Ask,
  offered: readonly Elsewhere[],
  { nodes }: Market,
): Price | undefined {
  const found =
    provider === undefined ? offered[0] : offered.find(({ offer }) => offer.provider === provider);
  return (
    found && { ...priceAt(found.offer, found.machines, nodes), microsPerHour: found.microsPerHour }
  );
}

function placeOf({ provider, region }: Offer): string {
  return region === '*' ? providerTitle(provider) : `${providerTitle(provider)} ${region}`;
}
