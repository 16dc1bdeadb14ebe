import { z } from 'zod';
import { DAY, HOUR, type Instant } from '../../model/time.ts';
import { SourceError, type Surroundings } from '../source.ts';
import type { Manager } from './resource_manager.ts';

/** What machines of a size have. */
export interface SizeFacts {
  /** As price lists spell it; Azure ML writes it all in capitals now and then. */
  name: string;
  gpus: { count: number; model?: string };
  /** Threads, as Azure sells them (vCPUs); 0 where unknown. */
  cores: number;
  /** Gigabytes of temporary disk, lost when the machine is deallocated; 0 for none. */
  temporaryGB: number;
}

/** The facts of sizes, asked for once a day and region. */
export interface Sizes {
  /** Reads those of a region that are not known. Rejects with a SourceError. */
  learn(location: string, subscription: string, signal: AbortSignal): Promise<void>;
  of(size: string): SizeFacts;
}

/**
 * Azure's sizes with GPUs: which GPU, and how many vCPUs there are to each. Resource SKUs count the
 * GPUs, but do not say which they are; and they may be out of reach.
 * https://learn.microsoft.com/azure/virtual-machines/sizes/overview#gpu-accelerated
 */
const SERIES: readonly [pattern: RegExp, model: string, coresPerGpu: number][] = [
  [/_GB300_v6$/i, 'NVIDIA GB300', 32],
  [/_GB200_v6$/i, 'NVIDIA GB200', 32],
  [/_ND\d+.*_H200_v5$/i, 'NVIDIA H200', 12],
  [/_ND\d+.*_H100_v5$/i, 'NVIDIA H100 80GB', 12],
  [/_ND\d+.*_MI300X_v5$/i, 'AMD MI300X', 12],
  [/_NCC?\d+.*_H100_v5$/i, 'NVIDIA H100 NVL', 40],
  [/_ND\d+.*_A100_v4$/i, 'NVIDIA A100 80GB', 12],
  [/_ND\d+asr_v4$/i, 'NVIDIA A100 40GB', 12],
  [/_NC\d+.*_A100_v4$/i, 'NVIDIA A100 80GB', 24],
  [/_T4_v3$/i, 'NVIDIA T4', 16],
  [/_NV\d+.*_A10_v5$/i, 'NVIDIA A10', 36],
  [/_NG\d+.*_V620_v1$/i, 'AMD Radeon PRO V620', 32],
  [/_ND\d+rs_v2$/i, 'NVIDIA V100 32GB', 5],
  [/_NC\d+r?s_v3$/i, 'NVIDIA V100 16GB', 6],
  [/_NC\d+r?s_v2$/i, 'NVIDIA P100', 6],
  [/_ND\d+r?s$/i, 'NVIDIA P40', 6],
  [/_NV\d+s_v3$/i, 'NVIDIA M60', 12],
  [/_NV\d+as_v4$/i, 'AMD Radeon MI25', 32],
  [/_NV\d+$/i, 'NVIDIA M60', 6],
  [/_NC\d+r?$/i, 'NVIDIA K80', 6],
];

/** By the size's name alone: `Standard_NC48ads_A100_v4` has 48 vCPUs. */
export function factsByName(size: string): SizeFacts {
  const series = SERIES.find(([pattern]) => pattern.test(size));
  const cores = series ? Number(/_N[A-Z]+(\d+)/i.exec(size)?.[1] ?? 0) : 0;
  if (!series) return { name: size, gpus: { count: 0 }, cores, temporaryGB: 0 };
  const [, model, each] = series;
  // The smallest sizes have a part of a GPU.
  const gpus = { count: Math.max(1, Math.round(cores / each)), model };
  return { name: size, gpus, cores, temporaryGB: 0 };
}

/** https://learn.microsoft.com/rest/api/compute/resource-skus/list */
const Sku = z.object({
  resourceType: z.string(),
  name: z.string(),
  capabilities: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
});

/** Where they cannot be read, they are asked for again after this time. */
const AGAIN_MS = HOUR;

export function sizesOf(manager: Manager, clock: Surroundings['clock']): Sizes {
  const known = new Map<string, SizeFacts>();
  const regions = new Map<string, { until: Instant; error?: SourceError }>();
  return {
    of: (size) => known.get(size.toLowerCase()) ?? factsByName(size),
    async learn(location, subscription, signal) {
      const read = regions.get(location);
      if (read && read.until > clock.now()) {
        if (read.error) throw read.error;
        return;
      }
      const filter = encodeURIComponent(`location eq '${location}'`);
      const path = `/subscriptions/${subscription}/providers/Microsoft.Compute/skus?api-version=2021-07-01&$filter=${filter}`;
      try {
        for (const sku of await manager.list(path, Sku, signal))
          if (sku.resourceType === 'virtualMachines')
            known.set(sku.name.toLowerCase(), factsOf(sku));
        regions.set(location, { until: clock.now() + DAY });
      } catch (error) {
        if (error instanceof SourceError && error.kind === 'denied')
          regions.set(location, { until: clock.now() + AGAIN_MS, error });
        throw error;
      }
    },
  };
}

function factsOf({ name, capabilities }: z.infer<typeof Sku>): SizeFacts {
  const amount = (capability: string) => {
    const value = Number(capabilities?.find((one) => one.name === capability)?.value ?? 0);
    return Number.isFinite(value) && value > 0 ? value : 0;
  };
  const named = factsByName(name);
  // A part of a GPU is told as a fraction, or as none at all.
  const count = Math.ceil(amount('GPUs')) || named.gpus.count;
  const { model } = named.gpus;
  return {
    name,
    gpus: { count, ...(model && count > 0 && { model }) },
    cores: amount('vCPUsAvailable') || amount('vCPUs') || named.cores,
    temporaryGB: Math.round(
      amount('MaxResourceVolumeMB') / 1024 + amount('NvmeDiskSizeInMiB') / 1024,
    ),
  };
}
