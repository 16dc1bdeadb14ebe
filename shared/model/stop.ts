import { z } from 'zod';

/** What a stop would do, said before it is done. */
export const StopPlan = z.object({
  jobId: z.string(),
  /** What will be done, in the provider's words: `Terminate instance i-0abc (AWS us-east-1)`. */
  action: z.string(),
  /** The command or API call a person would use for the same. */
  equivalent: z.string(),
  /** What is gone for good, one line each; empty where nothing is. */
  loses: z.array(z.string()),
  /** What stays and may go on costing money. */
  keeps: z.array(z.string()),
  reversible: z.boolean(),
});
export type StopPlan = z.infer<typeof StopPlan>;

/** The life of one stop. `failed` stays on screen until it is tried again or dismissed. */
export const Stop = z.object({
  id: z.string(),
  jobId: z.string(),
  jobName: z.string(),
  account: z.string(),
  plan: StopPlan,
  state: z.enum(['requested', 'sent', 'confirmed', 'failed']),
  requestedAt: z.number().int(),
  requestedBy: z.string(),
  sentAt: z.number().int().optional(),
  confirmedAt: z.number().int().optional(),
  error: z.string().optional(),
  remedy: z.string().optional(),
  /** When a person took a failed stop off the screen. */
  dismissedAt: z.number().int().optional(),
  /** What the job cost per hour when it was stopped, and what its trouble had wasted till then. */
  microsPerHour: z.number().int().nonnegative(),
  microsWasted: z.number().int().nonnegative(),
});
export type Stop = z.infer<typeof Stop>;
