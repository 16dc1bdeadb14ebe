import { z } from 'zod';
import { QuietHours } from './notify.ts';

const minutes = z.number().positive();
const fraction = z.number().min(0).max(1);
/** The rules that can be turned off by name; beside them those of budgets, `budget NAME 80%`. */
export const RULES: readonly string[] = [
  'idle',
  'stalled',
  'io',
  'unit-cost',
  'cost-rate',
  'orphan',
  'stale-source',
  'preemption',
  'price-elsewhere',
  'spot-price',
  'weekly',
];

/** Whether there can be a rule of this name. */
export function isRule(name: string): boolean {
  return RULES.includes(name) || name.startsWith('budget ');
}

// Told to editors alone: a name that is none turns nothing off, and is no reason to refuse the rest.
const rule = z.string().meta({ anyOf: [{ enum: RULES }, { pattern: '^budget ' }] });
const rules = z.array(rule).default([]);

const idle = {
  below: fraction.describe('Below this share of activity, from 0 to 1, a paid GPU counts as idle.'),
  forSeconds: z
    .number()
    .positive()
    .describe(
      'For how many seconds, before it is said: with the usual 5 s between readings it takes four in a row. Three times as long where the exporter does not tell checkpoints apart.',
    ),
  startupMinutes: minutes.describe(
    'A job that was never busy is given so many minutes to load its data.',
  ),
};

const stalled = {
  forSeconds: z
    .number()
    .positive()
    .describe('For how many seconds a job does far less than it used to, before it is said.'),
};

const io = {
  checkpointShare: fraction.describe(
    "Checkpoints that take this share of a job's time, from 0 to 1, are said.",
  ),
  egressAtLeast: z
    .number()
    .nonnegative()
    .describe('So are those that cost so many US dollars an hour by leaving their machines.'),
};

const costRate = {
  factor: z.number().gt(1).describe('So many times the usual is said.'),
  atLeast: z.number().nonnegative().describe('Where it is also so many US dollars an hour more.'),
};

const unitCost = {
  factor: z
    .number()
    .gt(1)
    .describe('A step, token or sample costs so many times what it cost the same job before.'),
};

/** One entry of `alerts.jobs`: what is otherwise for some of the jobs. */
const JobAlerts = z.strictObject({
  jobs: z
    .string()
    .min(1)
    .meta({ 'x-names': 'job' })
    .describe(
      'Which jobs: a name, with `*` for any text. The first entry that means a job holds for it.',
    ),
  idle: z.strictObject(idle).partial().default({}).describe('What is otherwise of idle GPUs.'),
  stalled: z
    .strictObject(stalled)
    .partial()
    .default({})
    .describe('What is otherwise of jobs that stall.'),
  io: z.strictObject(io).partial().default({}).describe('What is otherwise of checkpoints.'),
  unitCost: z
    .strictObject(unitCost)
    .partial()
    .default({})
    .describe('What is otherwise of the cost of a step, token or sample.'),
  costRate: z
    .strictObject(costRate)
    .partial()
    .default({})
    .describe('What these jobs grow by; what is usual for all spending is said above.'),
  off: rules.describe('Rules that say nothing of these jobs: `idle`, `stalled`, ...'),
});

/** The `alerts` section: when something is said. */
export const AlertSettings = z
  .strictObject({
    idle: z
      .strictObject({
        below: idle.below.default(0.3),
        forSeconds: idle.forSeconds.default(14),
        startupMinutes: idle.startupMinutes.default(10),
      })
      .prefault({})
      .describe('A GPU that is paid for and does nothing.'),
    stalled: z
      .strictObject({ forSeconds: stalled.forSeconds.default(14) })
      .prefault({})
      .describe('A job that hangs: it was busy, and does far less now.'),
    orphan: z
      .strictObject({
        forMinutes: minutes
          .default(10)
          .describe('A paid machine of mine without any job, for so many minutes.'),
        leftoverMinutes: minutes
          .default(60)
          .describe('A disk or address of mine that no machine has, for so many minutes.'),
        stoppedDays: z
          .number()
          .positive()
          .default(7)
          .describe(
            'A disk or address of a machine of mine that has been stopped for so many days.',
          ),
        atLeastPerMonth: z
          .number()
          .nonnegative()
          .default(5)
          .describe('What costs less than so many US dollars a month is listed, and no alert.'),
      })
      .prefault({})
      .describe('What is paid for and used by nothing: machines, disks, addresses.'),
    staleSource: z
      .strictObject({
        forMinutes: minutes.default(5).describe('For how many minutes it has not answered.'),
      })
      .prefault({})
      .describe('An account that no longer answers while jobs of mine run there.'),
    costRate: z
      .strictObject({ factor: costRate.factor.default(2), atLeast: costRate.atLeast.default(10) })
      .prefault({})
      .describe('All spending of an hour, and that of each job, beside what is usual for it.'),
    unitCost: z
      .strictObject({ factor: unitCost.factor.default(3) })
      .prefault({})
      .describe('What a step, token or sample costs.'),
    priceElsewhere: z
      .strictObject({
        share: fraction.default(0.3).describe('So large a share less, from 0 to 1.'),
        atLeast: z
          .number()
          .nonnegative()
          .default(2)
          .describe('And so many US dollars an hour less.'),
      })
      .prefault({})
      .describe(
        'The same GPUs cost less elsewhere by so large a share, and so many US dollars an hour.',
      ),
    spotPrice: z
      .strictObject({
        share: z
          .number()
          .positive()
          .default(0.5)
          .describe('So large a share more: 0.5 is half as much again.'),
        atLeast: z
          .number()
          .nonnegative()
          .default(1)
          .describe('And so many US dollars an hour more.'),
      })
      .prefault({})
      .describe(
        'A spot price is above its usual by so large a share, and so many US dollars an hour.',
      ),
    io: z
      .strictObject({
        checkpointShare: io.checkpointShare.default(0.2),
        egressAtLeast: io.egressAtLeast.default(10),
      })
      .prefault({})
      .describe('Checkpoints that take much of the time, or cost much traffic.'),
    off: rules.describe('Rules that say nothing at all: `idle`, `stalled`, ...'),
    quietHours: QuietHours.optional().describe(
      'Local times between which only what is critical is shown as a notification: `22:00-07:00`.',
    ),
    jobs: z.array(JobAlerts).default([]).describe('What is otherwise for some of the jobs.'),
  })
  .prefault({})
  .describe('When something is said.');
export type AlertSettings = z.infer<typeof AlertSettings>;
