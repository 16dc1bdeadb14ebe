import { z } from 'zod';

/**
 * How closely a job describes the work. Where several jobs claim one node, the most specific gets
 * the charge: a Slurm job before the machine that somebody started to hold it.
 */
export const Level = z.enum(['machine', 'cluster', 'scheduler', 'process']);
export type Level = z.infer<typeof Level>;

/** A process describes the work more closely than the machine it runs on. */
export const MOST_SPECIFIC_FIRST: readonly Level[] = ['process', 'scheduler', 'cluster', 'machine'];

/** What part of a node a job holds. Neither GPUs nor cores given means the whole node. */
export const Share = z.object({
  /** A node's id, or any of its aliases. */
  node: z.string(),
  gpus: z.number().nonnegative().optional(),
  /** Which GPUs, where the scheduler says so: their telemetry is then this job's alone. */
  gpuIndexes: z.array(z.number().int().nonnegative()).optional(),
  cores: z.number().nonnegative().optional(),
  /** The pod that holds it: an exporter that names pods tells so which GPUs are this job's. */
  pod: z.string().optional(),
  /** The processes that hold it, by their numbers on the node, where the source sees them. */
  pids: z.array(z.number().int().positive()).optional(),
  /** Since when and until when, where that is not the job's own start and end: it grew or moved. */
  from: z.number().int().optional(),
  to: z.number().int().optional(),
});
export type Share = z.infer<typeof Share>;

/** What the developer launched. */
export const Job = z.object({
  /** `source:account:native id`. */
  id: z.string(),
  source: z.string(),
  account: z.string(),
  nativeId: z.string(),
  name: z.string(),
  owner: z.string().optional(),
  /** Whether the owner is the user: only such a job can be stopped. */
  mine: z.boolean(),
  level: Level,
  state: z.enum(['pending', 'running', 'stopping', 'ended']),
  startedAt: z.number().int().optional(),
  endedAt: z.number().int().optional(),
  /** When a time limit ends it by itself. */
  limitAt: z.number().int().optional(),
  shares: z.array(Share),
  labels: z.record(z.string(), z.string()),
});
export type Job = z.infer<typeof Job>;
