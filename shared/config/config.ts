import { z } from 'zod';
import { AlertSettings } from './alerts.ts';
import { Budgets } from './budgets.ts';
import { NotifySettings } from './notify.ts';
import { ServerSettings, ServeSettings } from './serve.ts';
import { StoreSettings } from './store.ts';
import { UpdateSettings } from './updates.ts';

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
  /** One section a reader of bills, by its id; each checks its own when it is loaded. */
  invoices: z.record(z.string(), z.unknown()).default({}),
  notify: NotifySettings,
  retention: RetentionSettings,
  serve: ServeSettings,
  server: ServerSettings.optional(),
  sources: z.record(z.string(), z.unknown()).default({}),
  /** Where a team's ledgers come together: `clickhouse://user@host:8123/burnrate`. */
  store: StoreSettings,
  updates: UpdateSettings,
});
export type Config = z.infer<typeof Config>;

export const defaultConfig: Config = Config.parse({});
