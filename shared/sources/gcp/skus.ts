import type { Sku } from './wire.ts';

/** One unit's price: nano-dollars for `factor` base units (seconds, or byte-seconds). */
export interface UnitPrice {
  baseUnit: string;
  factor: number;
  nanos: number;
}

/** Which list a SKU stands on. Vertex AI charges a fee of its own on machines at spot prices. */
export type Tariff = 'compute' | 'training' | 'fee';
export type Usage = 'on-demand' | 'spot' | 'flex-start';

/** What a SKU sells, as far as its description says; undefined for what is no part of a machine. */
export function readDescription(
  description: string,
): { tariff: Tariff; usage: Usage; label: string } | undefined {
  let text = description.toLowerCase().replace(/\s+(running )?in [^()]*$/, '');
  const take = (pattern: RegExp) => {
    const taken = pattern.test(text);
    text = text.replace(pattern, '');
    return taken;
  };
  const fee = take(/^vertex ai: training\/pipelines management fee on /);
  const training = take(/^vertex ai: training\/pipelines on /);
  const spot = take(/^(spot )?preemptible /) || take(/ attached to (spot )?preemptible vms$/);
  const flex = take(/^dws defined duration /) || take(/ attached to dws defined duration vms$/);
  if (/commitment|reserved|sole tenancy|calendar|premium|dws|:/.test(text)) return undefined;
  return {
    tariff: fee ? 'fee' : training ? 'training' : 'compute',
    usage: flex ? 'flex-start' : spot ? 'spot' : 'on-demand',
    label: labelOf(text),
  };
}

/** Words that stand in some descriptions of a thing and not in others. */
const NOISE = new Set(['nvidia', 'tesla', 'gpu', 'instance', 'predefined', 'amd', 'arm', 'pro']);

/**
 * A thing's name whatever the order and the fill of its words, which differ from one region and
 * service to the next: `Nvidia H100 80GB Plus GPU` and `NVIDIA H100 Mega 80GB` are one.
 */
export function labelOf(name: string): string {
  const words = name
    .toLowerCase()
    // `A4 Nvidia B200 (1 gpu slice)`
    .replace(/\(1 gpu slice\)/, '')
    .replace(/^\w+ (?=nvidia )/, '')
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !NOISE.has(word))
    .map((word) => (word === 'plus' ? 'mega' : word));
  return [...new Set(words)].sort().join(' ');
}

/** The price now in force; undefined where it is none in US dollars. */
export function unitPriceOf(sku: Sku): UnitPrice | undefined {
  // `A timeline of pricing info for this SKU in chronological order.`
  const expression = sku.pricingInfo.at(-1)?.pricingExpression;
  const { baseUnit, baseUnitConversionFactor: factor, tieredRates = [] } = expression ?? {};
  if (!baseUnit || !factor) return undefined;
  const nanos = tieredRates.flatMap(({ unitPrice: { currencyCode = 'USD', units, nanos } }) =>
    currencyCode === 'USD' ? units * 1e9 + nanos : [],
  );
  // A first tier at no charge is a monthly allowance, which other machines may have used.
  const price = nanos.find((one) => one > 0) ?? nanos[0];
  return price === undefined ? undefined : { baseUnit, factor, nanos: price };
}

/** The unit prices of one region, by tariff, usage and label. */
export class SkuBook {
  readonly #prices = new Map<string, UnitPrice>();

  learn(sku: Sku, region: string): void {
    if (!sku.serviceRegions.includes(region)) return;
    const what = readDescription(sku.description);
    const price = what && unitPriceOf(sku);
    if (!what || !price) return;
    // The category counts for more than words: preemptible ones were not always said to be spot.
    const spot = what.usage === 'on-demand' && sku.category.usageType === 'Preemptible';
    const { tariff, label } = what;
    this.#prices.set(keyOf(tariff, spot ? 'spot' : what.usage, label), price);
  }

  get(tariff: Tariff, usage: Usage, label: string): UnitPrice | undefined {
    return this.#prices.get(keyOf(tariff, usage, label));
  }

  get size(): number {
    return this.#prices.size;
  }
}

function keyOf(tariff: Tariff, usage: Usage, label: string): string {
  return `${tariff}/${usage}/${label}`;
}
