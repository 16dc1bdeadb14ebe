import type { MachineType } from './wire.ts';

/** What is sold as one machine: its type, and what is fitted to it beside. */
export interface Offer {
  /** Vertex AI sells the same machines at its own prices. */
  service: 'compute' | 'vertex';
  machineType: string;
  /** GPUs and local SSDs that are no part of the type, by Google's name. */
  fitted: readonly { kind: string; count: number }[];
  /** By Dynamic Workload Scheduler's flex start: for a limited time, at a lower price. */
  flexStart: boolean;
}

/** Of 375 GB each. */
export const LOCAL_SSD = 'local-ssd';
const VERTEX = 'vertex/';
const FLEX_START = 'flex-start';

/** `n1-standard-8+4xnvidia-tesla-t4`: an offer as the instance type of a price key. */
export function offerText({ service, machineType, fitted, flexStart }: Offer): string {
  const parts = fitted.map(({ kind, count }) => `${count}x${kind}`);
  const prefix = service === 'vertex' ? VERTEX : '';
  return prefix + [machineType, ...parts, ...(flexStart ? [FLEX_START] : [])].join('+');
}

export function parseOffer(text: string): Offer {
  const vertex = text.startsWith(VERTEX);
  const [machineType = '', ...parts] = text.slice(vertex ? VERTEX.length : 0).split('+');
  return {
    service: vertex ? 'vertex' : 'compute',
    machineType,
    fitted: parts.flatMap((part) => {
      const [, count, kind] = /^(\d+)x(.+)$/.exec(part) ?? [];
      return count && kind ? [{ kind, count: Number(count) }] : [];
    }),
    flexStart: parts.includes(FLEX_START),
  };
}

/** What a machine type has. */
export interface TypeFacts {
  cores: number;
  memoryGiB: number;
  /** GPUs that are part of the type, as of a2, a3, a4 and g2. */
  gpus: readonly { kind: string; count: number }[];
  /** Local SSDs of 375 GB that are part of it. */
  localSsds: number;
}

export function factsOf(type: MachineType): TypeFacts {
  return {
    cores: type.guestCpus,
    memoryGiB: type.memoryMb / 1024,
    gpus: type.accelerators.map(({ guestAcceleratorType, guestAcceleratorCount }) => ({
      kind: guestAcceleratorType,
      count: guestAcceleratorCount,
    })),
    localSsds: type.bundledLocalSsds?.partitionCount ?? 0,
  };
}

/** The GPUs of an offer: the type's own, and those that are fitted to it. */
export function gpusOf(offer: Offer, facts: TypeFacts | undefined): TypeFacts['gpus'] {
  const fitted = offer.fitted.filter(({ kind }) => kind !== LOCAL_SSD);
  return facts && facts.gpus.length > 0 ? facts.gpus : fitted;
}

/** `nvidia-h100-80gb` is `NVIDIA H100 80GB`. */
export function modelOf(kind: string): string {
  const words = kind
    .replace(/^nvidia-/, '')
    .replace(/^tesla-/, '')
    .split('-');
  return `${kind.startsWith('nvidia-') ? 'NVIDIA ' : ''}${words.join(' ').toUpperCase()}`;
}
