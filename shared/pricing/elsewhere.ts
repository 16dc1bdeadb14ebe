import { formatMoney, type Micros } from '../model/money.ts';
import type { Provenance } from '../model/rate.ts';
import type { NodeView } from '../model/snapshot.ts';
import { DAY, type Instant } from '../model/time.ts';
import { sourceOf } from './catalogue/catalogue.ts';
import { type GpuKind, gpuKindOf, isSameGpu } from './catalogue/gpu.ts';
import type { MachineType } from './catalogue/price_list.ts';

/** GPUs for which the price elsewhere is asked: how many, and what. */
export interface WantedGpus {
  count: number;
  kind: GpuKind;
}

/** A kind of machine that can be had on demand, at a price. */
export interface Offer {
  /** As in price keys: `lambda`. */
  provider: string;
  type: string;
  region: string;
  gpus: { count: number; model: string; kind: GpuKind };
  /** Of one such machine. */
  microsPerHour: Micros;
  provenance: Provenance;
  /** Where the price comes from, for people. */
  basis: string;
  asOf: Instant;
}

/** What the wanted GPUs cost at one provider. */
export interface Elsewhere {
  offer: Offer;
  /** So many such machines have the wanted GPUs. */
  machines: number;
  /** Of all of them. */
  microsPerHour: Micros;
}

const TITLES: Readonly<Record<string, string>> = {
  aws: 'AWS',
  azure: 'Azure',
  coreweave: 'CoreWeave',
  crusoe: 'Crusoe',
  digitalocean: 'DigitalOcean',
  fluidstack: 'FluidStack',
  gcp: 'Google Cloud',
  hyperstack: 'Hyperstack',
  lambda: 'Lambda',
  nebius: 'Nebius',
  runpod: 'RunPod',
  together: 'Together AI',
  vast: 'Vast.ai',
};

/** `Lambda`, for people. */
export function providerTitle(provider: string): string {
  return TITLES[provider] ?? provider;
}

/**
 * What the same GPUs cost elsewhere: of each provider the cheapest way to have exactly so many, the
 * cheapest provider first. Machines that have fewer GPUs are taken several times, of which those
 * with the most GPUs go before: eight GPUs in one machine do more together than in eight. A machine
 * with more of them is no offer, since the others would be paid for too.
 *
 * Pure: `offers` are those of the catalogue (`offersOfCatalogue`) and live ones (`offersOfNodes`);
 * of one machine in one region the newer price counts, whatever its source.
 */
export function elsewhere(
  { count, kind }: WantedGpus,
  offers: readonly Offer[],
  { except = new Set() }: { except?: ReadonlySet<string> } = {},
): Elsewhere[] {
  const fitting = offers.filter(
    ({ provider, gpus }) =>
      !except.has(provider) &&
      gpus.count > 0 &&
      count % gpus.count === 0 &&
      isSameGpu(gpus.kind, kind),
  );
  const newest = Map.groupBy(
    fitting,
    ({ provider, type, region }) => `${provider}/${type}/${region}`,
  );
  const current = [...newest.values()].map((same) =>
    same.reduce((a, b) => (b.asOf > a.asOf ? b : a)),
  );
  const found = [...Map.groupBy(current, ({ provider }) => provider).values()].map((of) => {
    const most = Math.max(...of.map(({ gpus }) => gpus.count));
    const offer = of
      .filter(({ gpus }) => gpus.count === most)
      .reduce((a, b) => (b.microsPerHour < a.microsPerHour ? b : a));
    const machines = count / offer.gpus.count;
    return { offer, machines, microsPerHour: offer.microsPerHour * machines };
  });
  return found.toSorted((a, b) => a.microsPerHour - b.microsPerHour);
}

/** `the same 8x A100 SXM 80GB is $22.32/h on Lambda`. */
export function sayElsewhere({ offer, machines, microsPerHour }: Elsewhere): string {
  const { count, model } = offer.gpus;
  return `the same ${count * machines}x ${model} is ${formatMoney(microsPerHour)}/h on ${providerTitle(offer.provider)}`;
}

/** Its source and age: `8x gpu_1x_a10; list price: catalogue, 2026-09-20, from …, 66 d old`. */
export function saySource({ offer, machines }: Elsewhere, now: Instant): string {
  const what = machines === 1 ? offer.type : `${machines}x ${offer.type}`;
  const age = now - offer.asOf;
  const old = age < DAY ? 'of today' : `${Math.round(age / DAY)} d old`;
  return `${what}; ${offer.provenance === 'list' ? 'list price' : offer.provenance}: ${offer.basis}, ${old}`;
}

/** Of each list of machines that was asked about. */
const offersOf = new WeakMap<readonly MachineType[], readonly Offer[]>();

/** The catalogue's machines as offers: made once of each list, which rules ask about at each tick. */
export function offersOfCatalogue(types: readonly MachineType[]): readonly Offer[] {
  const known = offersOf.get(types);
  if (known) return known;
  const offers = types.map(
    (machine): Offer => ({
      provider: machine.provider,
      type: machine.type,
      region: machine.region,
      gpus: machine.gpus,
      microsPerHour: machine.microsPerHour,
      provenance: 'list',
      basis: sourceOf(machine),
      asOf: machine.readAt,
    }),
  );
  offersOf.set(types, offers);
  return offers;
}

/** What machines in sight cost on demand, which their like would cost, too. */
export function offersOfNodes(nodes: readonly NodeView[]): Offer[] {
  return nodes.flatMap(({ priceKey, price, gpus }) => {
    const kind = gpuKindOf(gpus.model ?? '');
    if (!kind || !gpus.model || !price || priceKey?.market !== 'on-demand') return [];
    // What an account's own contract makes of a price, nobody is offered.
    if (price.provenance === 'billed' || price.provenance === 'calibrated') return [];
    return {
      provider: priceKey.provider,
      type: priceKey.instanceType,
      region: priceKey.region,
      gpus: { count: gpus.count, model: gpus.model, kind },
      microsPerHour: price.microsPerHour,
      provenance: price.provenance,
      basis: price.basis,
      asOf: price.asOf,
    };
  });
}
