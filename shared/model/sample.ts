import { z } from 'zod';

const fraction = z.number().min(0).max(1).optional();
const amount = z.number().nonnegative().optional();

/** One reading of one GPU's telemetry, or of the cores of work that has no GPU. Fractions are 0 to 1, powers watts, memory bytes. */
export const Sample = z.object({
  at: z.number().int(),
  /** The host that reported it: a node's id or any of its aliases. */
  node: z.string(),
  /** The GPU's UUID, and its index on the node where known; `CPU of ml/etl-0` of such cores. */
  gpu: z.string(),
  gpuIndex: z.number().int().nonnegative().optional(),
  model: z.string().optional(),
  /**
   * A kernel was resident: what nvidia-smi calls utilization. 1.0 does not prove work. Of cores: the
   * part that worked of those that are held.
   */
  utilization: fraction,
  /** Share of time the graphics or compute engine was active (DCGM_FI_PROF_GR_ENGINE_ACTIVE). */
  engineActive: fraction,
  /** Share of cycles the tensor cores were active (DCGM_FI_PROF_PIPE_TENSOR_ACTIVE). */
  tensorActive: fraction,
  memoryUsed: amount,
  memoryTotal: amount,
  power: amount,
  /** Bytes per second. */
  pcieTx: amount,
  pcieRx: amount,
  nvlinkTx: amount,
  nvlinkRx: amount,
  /** The job that the exporter itself names, by the scheduler's words. */
  slurmJob: z.string().optional(),
  pod: z.string().optional(),
  namespace: z.string().optional(),
  container: z.string().optional(),
});
export type Sample = z.infer<typeof Sample>;

/**
 * The best single measure of useful work in a sample: the engine's activity where it is measured,
 * else the coarse utilization; undefined where neither was reported.
 */
export function activity(sample: Pick<Sample, 'engineActive' | 'utilization'>): number | undefined {
  return sample.engineActive ?? sample.utilization;
}
