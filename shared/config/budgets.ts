import { z } from 'zod';

const dollars = z.number().positive();
const pattern = z.string().min(1);

/** The ceilings that a budget can set; each sets one. */
const CEILINGS = ['perJob', 'perHour', 'perDay', 'perMonth'] as const;

/** One entry of the `budgets` section: a ceiling, and what happens at it. */
export const Budget = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .max(60)
      .meta({ 'x-names': 'budget' })
      .describe('What it is called in alerts.'),
    perJob: dollars.optional().describe('US dollars that each of these jobs may cost in all.'),
    perHour: dollars.optional().describe('US dollars that each of these jobs may cost an hour.'),
    perDay: dollars
      .optional()
      .describe(
        'US dollars that these jobs together may cost a day, from midnight to midnight, local time.',
      ),
    perMonth: dollars
      .optional()
      .describe(
        'US dollars that these jobs together may cost a month, from the first to the last of it, local time.',
      ),
    jobs: pattern
      .meta({ 'x-names': 'job' })
      .default('*')
      .describe('Which of my jobs: a name, with `*` for any text.'),
    project: pattern
      .meta({ 'x-names': 'project' })
      .optional()
      .describe(
        'Only those of this project, with `*` for any text: a label, tag, Slurm account or namespace.',
      ),
    owner: pattern
      .meta({ 'x-names': 'owner' })
      .optional()
      .describe(
        'Those of this owner, with `*` for any text, instead of mine. What is not mine is never stopped.',
      ),
    action: z
      .enum(['notify', 'stop'])
      .default('notify')
      .describe('At the ceiling: only say it, or stop my jobs among these after a notice.'),
  })
  .refine((budget) => CEILINGS.filter((name) => budget[name] !== undefined).length === 1, {
    message: 'give one of perJob, perHour, perDay or perMonth',
  });
export type Budget = z.infer<typeof Budget>;

/** Two budgets of one name could not be told apart. */
export const Budgets = z
  .array(Budget)
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, {
    message: 'each budget needs a name of its own',
  })
  .default([])
  .describe('Ceilings of what jobs may cost, and what happens at them.');
