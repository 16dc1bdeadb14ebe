import { z } from 'zod';
import { Budgets } from './budgets.ts';
import { NotifySettings } from './notify.ts';

const minutes = z.number().positive();
const fraction = z.number().min(0).max(1);

/** The `alerts` section: when something is said. */
export const AlertSettings = z
  .strictObject({
    idle: z
      .strictObject({
        /** Below this share of activity a paid GPU counts as idle. */
        below: fraction.default(0.3),
        /**
         * For how long, before it is said: with the usual 5 s between readings it takes four in a
         * row. Three times as long where the exporter does not tell checkpoints apart.
         */
        forSeconds: z.number().positive().default(14),
        /** A job that was never busy is given this long to load its data. */
        startupMinutes: minutes.default(10),
      })
      .prefault({}),
    stalled: z
      .strictObject({
        /** For how long a job does far less than it used to, before it is said. */
        forSeconds: z.number().positive().default(14),
      })
      .prefault({}),
  })
  .prefault({});
export type AlertSettings = z.infer<typeof AlertSettings>;

/** How often everything is asked, in seconds; the defaults suit most. */
export const CadenceSettings = z
  .strictObject({
    telemetrySeconds: z.number().min(5).max(600).optional(),
    accountsSeconds: z.number().min(15).max(3600).optional(),
  })
  .prefault({});

/** How long each resolution is kept, in days. */
export const RetentionSettings = z
  .strictObject({
    minuteDays: z.number().int().min(1).default(14),
    hourDays: z.number().int().min(1).default(120),
  })
  .prefault({});

/** burnrate.yaml. `sources` holds one section a source; each source checks its own. */
export const Config = z.strictObject({
  alerts: AlertSettings,
  budgets: Budgets,
  cadence: CadenceSettings,
  notify: NotifySettings,
  retention: RetentionSettings,
  sources: z.record(z.string(), z.unknown()).default({}),
});
export type Config = z.infer<typeof Config>;

export const defaultConfig: Config = Config.parse({});
