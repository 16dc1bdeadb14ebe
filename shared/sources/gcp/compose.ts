import type { Micros } from '../../model/money.ts';
import { gpusOf, LOCAL_SSD, type Offer, type TypeFacts } from './offer.ts';
import { labelOf, type SkuBook, type Tariff, type UnitPrice, type Usage } from './skus.ts';

const SECONDS = 3600;
const GIB = 2 ** 30;
const LOCAL_SSD_GIB = 375;

/** One of the things that a machine is charged for. */
interface Part {
  /** What the SKU may be called, the best name first. */
  labels: readonly string[];
  baseUnit: 's' | 'By.s';
  /** In base units, for an hour. */
  quantity: number;
}

/**
 * The list price of a machine: its cores, memory, GPUs and local SSDs at their own prices. Undefined
 * where any of them has none: part of a price is a wrong one.
 *
 * Vertex AI charges for on-demand machines by a list of its own; for spot and flex start it charges
 * Compute Engine's prices and a fee. https://cloud.google.com/vertex-ai/pricing#custom-trained_models
 */
export function microsPerHour(
  offer: Offer,
  facts: TypeFacts,
  market: 'on-demand' | 'spot',
  book: Pick<SkuBook, 'get'>,
): Micros | undefined {
  const usage: Usage = offer.flexStart ? 'flex-start' : market;
  const parts = partsOf(offer, facts);
  if (!parts) return undefined;
  if (offer.service === 'compute') return rounded(sumOf(parts, 'compute', usage, book));
  // Its own list has no local SSDs.
  const charged = parts.filter(({ labels }) => !labels.includes(SSD_LABEL));
  if (usage === 'on-demand') return rounded(sumOf(charged, 'training', usage, book));
  const machine = sumOf(parts, 'compute', usage, book);
  const fee = sumOf(charged, 'fee', 'on-demand', book);
  return machine === undefined || fee === undefined ? undefined : rounded(machine + fee);
}

const SSD_LABEL = labelOf('SSD backed Local Storage');

/** Nano-dollars an hour. */
function sumOf(
  parts: readonly Part[],
  tariff: Tariff,
  usage: Usage,
  book: Pick<SkuBook, 'get'>,
): number | undefined {
  let sum = 0;
  for (const part of parts) {
    const price = part.labels
      .map((label) => book.get(tariff, usage, label))
      .find((one): one is UnitPrice => one?.baseUnit === part.baseUnit);
    if (!price) return undefined;
    // By the conversion that the price itself names: `unit_price / factor` is the price of one.
    sum += (part.quantity / price.factor) * price.nanos;
  }
  return sum;
}

function rounded(nanos: number | undefined): Micros | undefined {
  return nanos === undefined ? undefined : Math.round(nanos / 1000);
}

/** Undefined for machines that are not sold by these parts. */
function partsOf(offer: Offer, facts: TypeFacts): Part[] | undefined {
  const { machineType, fitted } = offer;
  // Memory beyond what a custom type includes, and the oldest small types, have SKUs of their own.
  if (machineType.endsWith('-ext') || /^(f1|g1)-/.test(machineType)) return undefined;
  const names = familiesOf(machineType);
  const cores = SHARED_CORES[machineType] ?? facts.cores;
  const ssds = facts.localSsds || (fitted.find(({ kind }) => kind === LOCAL_SSD)?.count ?? 0);
  return [
    {
      labels: names.map((name) => labelOf(`${name} core`)),
      baseUnit: 's',
      quantity: cores * SECONDS,
    },
    {
      labels: names.map((name) => labelOf(`${name} ram`)),
      baseUnit: 'By.s',
      quantity: facts.memoryGiB * GIB * SECONDS,
    },
    ...gpusOf(offer, facts).map(
      ({ kind, count }): Part => ({
        labels: [labelOf(kind), ...(GPU_NAMES[kind] ?? []).map(labelOf)],
        baseUnit: 's',
        quantity: count * SECONDS,
      }),
    ),
    ...(ssds > 0
      ? [
          {
            labels: [SSD_LABEL],
            baseUnit: 'By.s' as const,
            quantity: ssds * LOCAL_SSD_GIB * GIB * SECONDS,
          },
        ]
      : []),
  ];
}

/** What SKUs call each type of disk. https://cloud.google.com/compute/disks-image-pricing */
const DISK_NAMES: Readonly<Record<string, string>> = {
  'pd-standard': 'Storage PD Capacity',
  'pd-balanced': 'Balanced PD Capacity',
  'pd-ssd': 'SSD backed PD Capacity',
  'pd-extreme': 'Extreme PD Capacity',
  'hyperdisk-balanced': 'Hyperdisk Balanced Capacity',
  'hyperdisk-extreme': 'Hyperdisk Extreme Capacity',
  'hyperdisk-throughput': 'Hyperdisk Throughput Capacity',
  'hyperdisk-ml': 'Hyperdisk ML Capacity',
};

/** A disk as it is sold. */
export interface DiskOffer {
  type: string;
  sizeGb: number;
  /** Kept in two zones. */
  regional: boolean;
  region: string;
}

/** The list price of a disk's capacity; undefined where it has none. */
export function diskMicrosPerHour(
  { type, sizeGb, regional }: DiskOffer,
  book: Pick<SkuBook, 'get'>,
): Micros | undefined {
  const name = DISK_NAMES[type];
  if (!name) return undefined;
  const labels = [labelOf(regional ? `Regional ${name}` : name)];
  const part: Part = { labels, baseUnit: 'By.s', quantity: sizeGb * GIB * SECONDS };
  return rounded(sumOf([part], 'compute', 'on-demand', book));
}

/** What is charged of the two threads that these show. https://cloud.google.com/compute/all-pricing */
const SHARED_CORES: Readonly<Record<string, number>> = {
  'e2-micro': 0.25,
  'e2-small': 0.5,
  'e2-medium': 1,
};

/** GPUs that SKUs call otherwise than instances do. */
const GPU_NAMES: Readonly<Record<string, readonly string[]>> = {
  'nvidia-rtx-pro-6000': ['RTX 6000 96GB'],
};

/** What SKUs call a machine type's family. https://cloud.google.com/skus */
function familiesOf(machineType: string): string[] {
  const [family = '', kind = ''] = machineType.split('-');
  if (family === 'custom' || machineType.startsWith('n1-custom')) return ['custom'];
  const name = { c2: 'compute optimized', m1: 'memory optimized', m3: 'm3 memory optimized' }[
    family
  ];
  if (family === 'a3' && kind === 'megagpu') return ['a3plus'];
  if (family === 'a3' && kind === 'ultragpu') return ['a3ultra'];
  return kind === 'custom' ? [`${family} custom`, family] : [name ?? family];
}
