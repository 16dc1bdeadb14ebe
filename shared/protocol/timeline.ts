import { z } from 'zod';

/** What happened to one job at one moment. */
export const TimelineEvent = z.object({
  at: z.number().int(),
  kind: z.enum([
    'start',
    'end',
    'alert',
    'resolved',
    'preemption',
    'stop',
    'stop-confirmed',
    'stop-failed',
    'budget',
    'price',
  ]),
  /** One line, for people. */
  title: z.string(),
  detail: z.string().optional(),
  /** Of an alert. */
  severity: z.enum(['info', 'warning', 'critical']).optional(),
});
export type TimelineEvent = z.infer<typeof TimelineEvent>;

/** The life of one job as far as Burnrate knows it, the latest first. */
export const Timeline = z.object({
  events: z.array(TimelineEvent),
  /** So many older ones are left out. */
  left: z.number().int().nonnegative(),
});
export type Timeline = z.infer<typeof Timeline>;
