import { z } from 'zod';
import { AlertSettings } from './alerts.ts';
import { Budgets } from './budgets.ts';
import { NotifySettings } from './notify.ts';
import { ServerSettings, ServeSettings } from './serve.ts';
import { StoreSettings } from './store.ts';
import { UpdateSettings } from './updates.ts';

/** The `cadence` section. */
export const CadenceSettings = z
  .strictObject({
    telemetrySeconds: z
      .number()
      .min(5)
      .max(600)
      .optional()
      .describe(
        'How often GPUs are asked how busy they are, in seconds. Default: what suits each source.',
      ),
    accountsSeconds: z
      .number()
      .min(15)
      .max(3600)
      .optional()
      .describe(
        'How often accounts are asked for machines and jobs, in seconds. Default: what suits each source.',
      ),
  })
  .prefault({})
  .describe('How often everything is asked; the defaults suit most.');

/** The `retention` section. */
export const RetentionSettings = z
  .strictObject({
    minuteDays: z
      .number()
      .int()
      .min(1)
      .default(14)
      .describe('For how many days the figures of each minute are kept.'),
    hourDays: z
      .number()
      .int()
      .min(1)
      .default(120)
      .describe(
        'For how many days the figures of each hour are kept; those of a day are kept for good.',
      ),
  })
  .prefault({})
  .describe('How long each resolution is kept.');

/** burnrate.yaml. `sources` holds one section a source; each source checks its own. */
export const Config = z.strictObject({
  alerts: AlertSettings,
  budgets: Budgets,
  cadence: CadenceSettings,
  invoices: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('One section a reader of bills, by its id: where bills lie, and which are read.'),
  notify: NotifySettings,
  retention: RetentionSettings,
  serve: ServeSettings,
  server: ServerSettings.optional(),
  sources: z
    .record(z.string(), z.unknown())
    .default({})
    .describe(
      'One section a source: which of its accounts are watched, whose jobs there are yours, and what they cost.',
    ),
  store: StoreSettings.describe(
    "Where a team's ledgers come together: `clickhouse://user@host:8123/burnrate`.",
  ),
  updates: UpdateSettings,
});
export type Config = z.infer<typeof Config>;

export const defaultConfig: Config = Config.parse({});
