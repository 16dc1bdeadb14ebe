import { z } from 'zod';
import { JobBudget } from '../model/job_budget.ts';
import { Provenance } from '../model/rate.ts';

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
  /** One line, for people; amounts of money are beside it, for a face to write in its language. */
  title: z.string(),
  detail: z.string().optional(),
  /** What is different from then on: a price per hour of each of some machines. */
  price: z
    .object({
      microsPerHour: z.number().int().nonnegative(),
      /** Absent where none was known before. */
      beforeMicros: z.number().int().nonnegative().optional(),
      provenance: Provenance,
      machines: z.number().int().positive(),
    })
    .optional(),
  /** What was set for it; neither ceiling where that was taken away. */
  budget: JobBudget.pick({ ceiling: true, ceilingPerHour: true, action: true }).optional(),
  /** What an alert that is over has wasted. */
  wastedMicros: z.number().int().positive().optional(),
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
