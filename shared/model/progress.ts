import { z } from 'zod';

/** What jobs count of their own work. */
export const Counter = z.enum(['steps', 'tokens', 'samples']);
export type Counter = z.infer<typeof Counter>;

/** The longest name of a job, and of a series of one of its counters. */
export const MAX_NAME = 500;
export const MAX_SERIES = 2_000;

const name = z.string().min(1).max(MAX_NAME).optional();

/** What whoever counts says of the job that it counts for; the first that names one job decides. */
export const JobHint = z.object({
  /** A job's id, its provider's id, or its name: said on purpose, by a person. */
  job: name,
  slurmJob: name,
  pod: name,
  namespace: name,
  /** `SKYPILOT_TASK_ID`, as SkyPilot gives it to a job. */
  skypilotTask: name,
  skypilotCluster: name,
  /** The machine, by any of its names, and the process there. */
  host: name,
  pid: z.number().int().positive().optional(),
});
export type JobHint = z.infer<typeof JobHint>;

/** One reading of a counter of a job's own work. */
export const Progress = z.object({
  at: z.number().int(),
  counter: Counter,
  /**
   * Which of the job's counters it is: of one process, one replica, or one kind of token. What has
   * the same series goes on from the reading before.
   */
  series: z.string().min(1).max(MAX_SERIES),
  value: z.number().nonnegative(),
  /**
   * Counted from zero by the process that counts: a smaller value than before is a new beginning,
   * and all of it is new. Else a position, such as a step's number: one that goes back to a
   * checkpoint has done nothing new.
   */
  fromZero: z.boolean(),
  /** When the count began, where that is known. */
  since: z.number().int().optional(),
  of: JobHint,
});
export type Progress = z.infer<typeof Progress>;
