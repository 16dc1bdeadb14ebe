import { z } from 'zod';
import { toMicros } from '../../model/money.ts';
import type { Instant } from '../../model/time.ts';
import { type GpuKind, gpuKindOf } from './gpu.ts';

/** Its region where a provider asks the same everywhere. */
export const EVERYWHERE = '*';

/** A machine type: its name, GPUs and their model, vCPUs and GiB of memory where known, USD an hour. */
const Row = z.tuple([
  z.string().min(1),
  z.number().int().positive(),
  z.string().refine((model) => gpuKindOf(model) !== undefined, 'no GPU that is known'),
  z.number().int().positive().nullable(),
  z.number().positive().nullable(),
  z.number().positive(),
]);

/** What one provider asked on demand, in one region, as one source had it on one day. */
export const PriceList = z.strictObject({
  /** As in the price keys of its source. */
  provider: z.string().min(1),
  region: z.string().min(1),
  source: z.url({ protocol: /^https$/ }),
  readAt: z.iso.date(),
  /** The rows are prices of one GPU, of which a machine may have several. */
  perGpu: z.boolean().default(false),
  machines: z.array(Row).min(1),
});

/** One kind of machine and its list price. */
export interface MachineType {
  provider: string;
  type: string;
  region: string;
  gpus: { count: number; model: string; kind: GpuKind };
  vcpus?: number;
  memoryGiB?: number;
  /** On demand, of the whole machine. */
  microsPerHour: number;
  perGpu: boolean;
  /** Where the price was read, and when. */
  source: string;
  readAt: Instant;
}

/** The machine types of checked price lists. */
export function machineTypesOf(lists: unknown): MachineType[] {
  return z
    .array(PriceList)
    .parse(lists)
    .flatMap(({ provider, region, source, readAt, perGpu, machines }) =>
      machines.flatMap(([type, count, model, vcpus, memoryGiB, usd]) => {
        const kind = gpuKindOf(model);
        if (!kind) return [];
        return {
          provider,
          type,
          region,
          gpus: { count, model, kind },
          ...(vcpus !== null && { vcpus }),
          ...(memoryGiB !== null && { memoryGiB }),
          microsPerHour: toMicros(usd),
          perGpu,
          source,
          readAt: Date.parse(readAt),
        };
      }),
    );
}
