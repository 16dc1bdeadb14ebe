import { z } from 'zod';

export const AlertState = z.enum(['pending', 'firing', 'resolved']);
export type AlertState = z.infer<typeof AlertState>;

/** One figure that explains an alert: `utilization over 45 s`, `18%`, against `92%` before. */
export const Evidence = z.object({ label: z.string(), value: z.string() });
export type Evidence = z.infer<typeof Evidence>;

/** pending -> firing -> resolved, of one rule on one job or node. */
export const Alert = z.object({
  /** `rule:subject:since`: the same trouble keeps its id from pending to resolved. */
  id: z.string(),
  rule: z.string(),
  /** The id of the job, node, account or leftover it is about. */
  subject: z.string(),
  subjectKind: z.enum(['job', 'node', 'account', 'leftover']),
  state: AlertState,
  severity: z.enum(['info', 'warning', 'critical']),
  title: z.string(),
  detail: z.string(),
  evidence: z.array(Evidence),
  /** What the trouble costs each hour while it lasts, and has cost since it began. */
  microsPerHour: z.number().int().nonnegative(),
  microsWasted: z.number().int().nonnegative(),
  since: z.number().int(),
  firedAt: z.number().int().optional(),
  resolvedAt: z.number().int().optional(),
  snoozedUntil: z.number().int().optional(),
  acknowledged: z.boolean(),
  /** Jobs that will be stopped, and when, unless a person acknowledges this to keep them running. */
  stops: z.object({ jobIds: z.array(z.string()), at: z.number().int() }).optional(),
  /** The face that showed it as a notification: each is shown once. */
  claimedBy: z.string().optional(),
  /** What each channel of `notify` in burnrate.yaml was last told of it, by the channel's name. */
  delivered: z.record(z.string(), z.enum(['firing', 'resolved'])).optional(),
});
export type Alert = z.infer<typeof Alert>;
