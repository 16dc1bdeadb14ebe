import { z } from 'zod';

const dollars = z.number().positive();

/** One entry of the `budgets` section: a ceiling, and what happens at it. */
export const Budget = z
  .strictObject({
    /** What it is called in alerts. */
    name: z.string().min(1).max(60),
    /** US dollars that each of these jobs may cost in all. */
    perJob: dollars.optional(),
    /** US dollars that these jobs together may cost a day, from midnight to midnight, local time. */
    perDay: dollars.optional(),
    /** Which of my jobs: a name, with `*` for any text. Default: all. */
    jobs: z.string().min(1).default('*'),
    /** At the ceiling: only say it, or stop the jobs after a notice. */
    action: z.enum(['notify', 'stop']).default('notify'),
  })
  .refine((budget) => (budget.perJob === undefined) !== (budget.perDay === undefined), {
    message: 'give either perJob or perDay',
  });
export type Budget = z.infer<typeof Budget>;

/** Two budgets of one name could not be told apart. */
export const Budgets = z
  .array(Budget)
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, {
    message: 'each budget needs a name of its own',
  })
  .default([]);
