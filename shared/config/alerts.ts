import { z } from 'zod';
import { QuietHours } from './notify.ts';

const minutes = z.number().positive();
const fraction = z.number().min(0).max(1);

const idle = {
  /** Below this share of activity a paid GPU counts as idle. */
  below: fraction,
  /**
   * For how long, before it is said: with the usual 5 s between readings it takes four in a row.
   * Three times as long where the exporter does not tell checkpoints apart.
   */
  forSeconds: z.number().positive(),
  /** A job that was never busy is given this long to load its data. */
  startupMinutes: minutes,
};

const stalled = {
  /** For how long a job does far less than it used to, before it is said. */
  forSeconds: z.number().positive(),
};

const io = {
  /** Checkpoints that take this share of a job's time are said. */
  checkpointShare: fraction,
  /** So are those that cost so many US dollars an hour by leaving their machines. */
  egressAtLeast: z.number().nonnegative(),
};

const costRate = {
  /** So many times the usual is said. */
  factor: z.number().gt(1),
  /** Where it is also so many US dollars an hour more. */
  atLeast: z.number().nonnegative(),
};

const unitCost = {
  /** A step, token or sample costs so many times what it cost the same job before. */
  factor: z.number().gt(1),
};

/** One entry of `alerts.jobs`: what is otherwise for some of the jobs. */
const JobAlerts = z.strictObject({
  /** Which jobs: a name, with `*` for any text. The first entry that means a job holds for it. */
  jobs: z.string().min(1),
  idle: z.strictObject(idle).partial().default({}),
  stalled: z.strictObject(stalled).partial().default({}),
  io: z.strictObject(io).partial().default({}),
  unitCost: z.strictObject(unitCost).partial().default({}),
  /** What these jobs grow by; what is usual for all spending is said above. */
  costRate: z.strictObject(costRate).partial().default({}),
  /** Rules that say nothing of these jobs: `idle`, `stalled`, ... */
  off: z.array(z.string()).default([]),
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
      .prefault({}),
    stalled: z.strictObject({ forSeconds: stalled.forSeconds.default(14) }).prefault({}),
    orphan: z
      .strictObject({
        /** A paid machine of mine without any job, for so long. */
        forMinutes: minutes.default(10),
        /** A disk or address of mine that no machine has, for so long. */
        leftoverMinutes: minutes.default(60),
        /** A disk or address of a machine of mine that has been stopped for so long. */
        stoppedDays: z.number().positive().default(7),
        /** What costs less than so many US dollars a month is listed, and no alert. */
        atLeastPerMonth: z.number().nonnegative().default(5),
      })
      .prefault({}),
    /** An account that no longer answers while jobs of mine run there. */
    staleSource: z.strictObject({ forMinutes: minutes.default(5) }).prefault({}),
    costRate: z
      .strictObject({ factor: costRate.factor.default(2), atLeast: costRate.atLeast.default(10) })
      .prefault({}),
    unitCost: z.strictObject({ factor: unitCost.factor.default(3) }).prefault({}),
    /** The same GPUs cost less elsewhere by so large a share, and so many US dollars an hour. */
    priceElsewhere: z
      .strictObject({ share: fraction.default(0.3), atLeast: z.number().nonnegative().default(2) })
      .prefault({}),
    /** A spot price is above its usual by so large a share, and so many US dollars an hour. */
    spotPrice: z
      .strictObject({
        share: z.number().positive().default(0.5),
        atLeast: z.number().nonnegative().default(1),
      })
      .prefault({}),
    io: z
      .strictObject({
        checkpointShare: io.checkpointShare.default(0.2),
        egressAtLeast: io.egressAtLeast.default(10),
      })
      .prefault({}),
    /** Rules that say nothing at all. */
    off: z.array(z.string()).default([]),
    /** Local times between which only what is critical is shown as a notification: `22:00-07:00`. */
    quietHours: QuietHours.optional(),
    /** What is otherwise for some of the jobs. */
    jobs: z.array(JobAlerts).default([]),
  })
  .prefault({});
export type AlertSettings = z.infer<typeof AlertSettings>;
