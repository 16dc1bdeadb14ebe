import type { PriceKey, Rate } from '../../model/rate.ts';
import { EVERYWHERE, type MachineType, machineTypesOf } from './price_list.ts';
import priceLists from './price_lists.json' with { type: 'json' };

/**
 * List prices of GPU machines, each with its source and date: those that ship with Burnrate, and
 * newer ones that are found on the disk. The last resort: a price that the provider's own API
 * names goes before each of them.
 */
export class Catalogue {
  /** By provider and type, of each region the newest. */
  readonly #types = new Map<string, Map<string, MachineType>>();
  #all: readonly MachineType[] | undefined;

  constructor(types: readonly MachineType[] = machineTypesOf(priceLists)) {
    this.add(types);
  }

  /** Takes in further prices; of two for the same machine and region, the newer one counts. */
  add(types: readonly MachineType[]): void {
    this.#all = undefined;
    for (const machine of types) {
      const place = placeOf(machine.provider, machine.type);
      const regions = this.#types.get(place) ?? new Map<string, MachineType>();
      this.#types.set(place, regions);
      const known = regions.get(machine.region);
      if (!known || machine.readAt > known.readAt) regions.set(machine.region, machine);
    }
  }

  /** Every machine type in every region: the same list until prices are added. */
  all(): readonly MachineType[] {
    this.#all ??= [...this.#types.values()].flatMap((regions) => [...regions.values()]);
    return this.#all;
  }

  /** The machine type, at best as it is in this region, else in another. */
  find(provider: string, type: string, region: string): MachineType | undefined {
    const regions = this.#types.get(placeOf(provider, type));
    if (regions)
      return (
        regions.get(region) ??
        regions.get(EVERYWHERE) ??
        [...regions.values()].toSorted((a, b) => b.readAt - a.readAt)[0]
      );
    // `8x NVIDIA H200`, of a provider that asks so much a GPU.
    const [, count, model] = /^(\d+)x (.+)$/.exec(type) ?? [];
    const one = model === undefined ? undefined : this.find(provider, model, region);
    return one?.perGpu ? timesOf(one, Number(count), type) : undefined;
  }

  /**
   * The list price of what a price key names; undefined where none is known, and for machines
   * that are not paid on demand, whose price that would not be.
   */
  rateOf({ provider, instanceType, region, market }: PriceKey): Rate | undefined {
    if (market !== 'on-demand') return undefined;
    const machine = this.find(provider, instanceType, region);
    if (!machine) return undefined;
    const there = machine.region === region || machine.region === EVERYWHERE;
    return {
      microsPerHour: machine.microsPerHour,
      provenance: 'list',
      basis: `${there ? '' : `that of ${machine.region}, since none is known of ${region}: `}${sourceOf(machine)}`,
      asOf: machine.readAt,
    };
  }
}

/** `catalogue, 2026-07-20, from github.com/aws/karpenter-provider-aws`. */
export function sourceOf({ source, readAt }: Pick<MachineType, 'source' | 'readAt'>): string {
  const date = new Date(readAt).toISOString().slice(0, 10);
  if (!URL.canParse(source)) return `catalogue, ${date}, from ${source}`;
  const { hostname, pathname } = new URL(source);
  const [owner, repository] = pathname.slice(1).split('/');
  const place = /github/.test(hostname) ? `github.com/${owner}/${repository}` : hostname;
  return `catalogue, ${date}, from ${place}`;
}

function timesOf(one: MachineType, count: number, type: string): MachineType {
  const { model, kind } = one.gpus;
  const { vcpus: _, memoryGiB: __, ...rest } = one;
  return { ...rest, type, gpus: { count, model, kind }, microsPerHour: one.microsPerHour * count };
}

function placeOf(provider: string, type: string): string {
  return `${provider}/${type.toLowerCase()}`;
}
