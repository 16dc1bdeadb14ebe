import { z } from 'zod';
import { JobBudget } from '../model/job_budget.ts';
import { Counter } from '../model/progress.ts';
import { Snapshot } from '../model/snapshot.ts';
import { Stop, StopPlan } from '../model/stop.ts';
import { DAY, HOUR } from '../model/time.ts';
import { BillDays } from './bill_days.ts';
import { InvoiceReport } from './invoices.ts';
import { PriceHistory } from './prices.ts';
import { CostPage } from './report.ts';
import { TeamCosts, TeamSpan } from './team_costs.ts';
import { Timeline } from './timeline.ts';
import { WasteCourse, WasteQuery } from './waste.ts';

export { methodOf, PROTOCOL_VERSION, SNAPSHOT_CHANGED } from './names.ts';

export const Face = z.enum(['vscode', 'tray', 'browser', 'cli']);
export type Face = z.infer<typeof Face>;

/** What a face says of itself in `initialize`. */
export const Hello = z.object({
  protocol: z.number().int(),
  face: Face,
  version: z.string(),
  /** Whether it can show notifications; the collector shows them itself where no face does. */
  notifies: z.boolean(),
});
export type Hello = z.infer<typeof Hello>;

/** What the collector answers, under `serverInfo.burnrate` beside the LSP capabilities. */
export const Welcome = z.object({
  protocol: z.number().int(),
  version: z.string(),
  pid: z.number().int(),
  /** Where `burnrate serve` lets other machines reach it; absent of one for this user alone. */
  serving: z.string().optional(),
});
export type Welcome = z.infer<typeof Welcome>;

export const HistorySeries = z.object({
  jobId: z.string(),
  name: z.string(),
  /** Micro-dollars per step, one entry a step; null where nothing was metered. */
  micros: z.array(z.number().nullable()),
  /** Mean activity per step, 0 to 1. */
  activity: z.array(z.number().nullable()),
});
export const History = z.object({
  from: z.number(),
  stepMs: z.number(),
  /** Start of each step. */
  at: z.array(z.number()),
  series: z.array(HistorySeries),
});
export type History = z.infer<typeof History>;

/** One counter of a job over time: how much was counted, and what a unit cost. */
export const UnitCosts = z.object({
  /** Start of each step. */
  at: z.array(z.number()),
  series: z.array(
    z.object({
      counter: Counter,
      amount: z.array(z.number()),
      /** Micro-dollars a unit; null where nothing was counted. */
      micros: z.array(z.number().nullable()),
    }),
  ),
});
export type UnitCosts = z.infer<typeof UnitCosts>;

export const DoctorLine = z.object({
  account: z.string(),
  title: z.string(),
  foundIn: z.string(),
  checks: z.array(
    z.object({
      capability: z.string(),
      ok: z.boolean(),
      message: z.string(),
      remedy: z.string().optional(),
    }),
  ),
});
export type DoctorLine = z.infer<typeof DoctorLine>;

/** How far a team's store is behind this ledger. */
export const TeamStanding = z.object({
  /** `db.example:8123/burnrate`. */
  address: z.string(),
  /** What has changed and was not told yet. */
  changes: z.number().int(),
  /** Of a store that is new to this ledger: the time before this has yet to be gone through. */
  historyBefore: z.number().int().optional(),
  /** When there was last nothing to tell. */
  caughtUpAt: z.number().int().optional(),
  /** For people. */
  message: z.string(),
  /** What to do; only where nothing can be told. */
  remedy: z.string().optional(),
});
export type TeamStanding = z.infer<typeof TeamStanding>;

/** A month (UTC), `202611`, as this ledger and the team's store have it. */
export const ComparedMonths = z.object({
  months: z.array(
    z.object({ month: z.string(), ledger: z.number().int(), team: z.number().int() }),
  ),
});
export type ComparedMonths = z.infer<typeof ComparedMonths>;

export const DoctorReport = z.object({
  accounts: z.array(DoctorLine),
  /** Where each source looked and found nothing, by source. */
  looked: z.array(
    z.object({
      source: z.string(),
      title: z.string(),
      places: z.array(z.string()),
    }),
  ),
  collector: z.object({
    database: z.string(),
    config: z.string(),
    socket: z.string(),
    log: z.string(),
  }),
});
export type DoctorReport = z.infer<typeof DoctorReport>;

/** A source that takes an API key. */
export const KeyWanted = z.object({
  source: z.string(),
  title: z.string(),
  /** By which it goes, whether or not it is in a real environment: `LAMBDA_API_KEY`. */
  variable: z.string(),
  /** Where a key is made. */
  madeAt: z.string(),
  /** Whether there is one in that variable now. */
  set: z.boolean(),
});
export type KeyWanted = z.infer<typeof KeyWanted>;

/** Visible ASCII, as a header takes it. */
const ApiKeyText = z
  .string()
  .max(4_096)
  .regex(/^[\x21-\x7e]+$/, { error: 'is no API key' });

/** A day with an hour to spare, for that on which clocks are put back. */
const MAX_COSTS_MS = DAY + HOUR;

/** Every request: its parameters and its answer. The method is `burnrate/` and the name. */
export const requests = {
  snapshot: { params: z.object({}), result: Snapshot },
  history: {
    params: z.object({
      from: z.number(),
      to: z.number(),
      stepMs: z.number().min(60_000),
      jobId: z.string().optional(),
      /** Others' jobs and idle machines too; else only what is mine. */
      everyones: z.boolean().optional(),
      /** Out of the team's store: everyone's, whoever has metered it. */
      team: z.boolean().optional(),
    }),
    result: History,
  },
  /** The ledger for reports, a day at a time, so that none holds the collector up for long. */
  costs: {
    params: z
      .object({
        from: z.number().int(),
        to: z.number().int(),
        /** One entry an hour (UTC) instead of one for the whole interval. */
        hourly: z.boolean().optional(),
        /** As for history. */
        everyones: z.boolean().optional(),
        team: z.boolean().optional(),
      })
      .refine(({ from, to }) => from <= to && to - from <= MAX_COSTS_MS, {
        error: 'costs: ask for a day at most',
      }),
    result: CostPage,
  },
  /** What kinds of spot machines cost over time, zone by zone: all that ran, or one job's. */
  prices: {
    params: z.object({
      from: z.number().int(),
      to: z.number().int(),
      jobId: z.string().optional(),
    }),
    result: PriceHistory,
  },
  /** How bills compare with what was metered. */
  invoices: {
    params: z.object({ from: z.number().int(), to: z.number().int() }),
    result: InvoiceReport,
  },
  /** Invoice against estimate by account and day (UTC), for the days that begin in the interval. */
  billDays: {
    params: z.object({ from: z.number().int(), to: z.number().int() }),
    result: BillDays,
  },
  /** What happened to one job, from its launch on. */
  timeline: { params: z.object({ jobId: z.string() }), result: Timeline },
  /** Compares new bills with the ledger now; answers when that is done. */
  compareInvoices: { params: z.object({}), result: z.object({}) },
  /** What each unit of a job's work cost, step by step. */
  unitCosts: {
    params: z.object({
      jobId: z.string(),
      from: z.number(),
      to: z.number(),
      stepMs: z.number().min(60_000),
    }),
    result: UnitCosts,
  },
  /** What of my jobs' money did no work, over time and by cause. */
  waste: { params: WasteQuery, result: WasteCourse },
  planStop: { params: z.object({ jobId: z.string() }), result: StopPlan },
  /** A second click is harmless: it answers with the stop already under way. */
  stop: {
    params: z.object({ jobId: z.string(), action: z.string() }),
    result: Stop,
  },
  dismissStop: { params: z.object({ id: z.string() }), result: z.object({}) },
  /** Grants each alert to the first face that asks for it: it alone shows the notification. */
  claimAlerts: {
    params: z.object({ ids: z.array(z.string()).max(10_000) }),
    result: z.object({ granted: z.array(z.string()) }),
  },
  snoozeAlert: {
    params: z.object({ id: z.string(), forMs: z.number().positive() }),
    result: z.object({}),
  },
  acknowledgeAlert: {
    params: z.object({ id: z.string() }),
    result: z.object({}),
  },
  /** Sets what one launch may cost, also before its jobs are first seen; no ceiling takes it away. */
  setBudget: {
    params: JobBudget.omit({ id: true, setAt: true }),
    result: z.object({}),
  },
  doctor: { params: z.object({}), result: DoctorReport },
  /** How the team's store stands, after sending what waits where that is asked for. */
  teamStore: {
    params: z.object({
      send: z.boolean().optional(),
      /** Sends all that this ledger holds, whether or not it was sent. */
      again: z.boolean().optional(),
    }),
    result: z.object({ standing: TeamStanding.optional() }),
  },
  /** What everyone costs, by person and by project: out of the team's store where there is one. */
  teamCosts: { params: z.object({ span: TeamSpan }), result: TeamCosts },
  compareTeamStore: { params: z.object({}), result: ComparedMonths },
  /** The systems that take an API key, and which of them have one. */
  apiKeys: { params: z.object({}), result: z.object({ wanted: z.array(KeyWanted) }) },
  /**
   * Gives the collector API keys by their variables, to be held in its memory alone; null takes
   * one back. A face that keeps keys gives them again to each collector that it connects to.
   */
  entrustKeys: {
    params: z.object({ keys: z.record(z.string(), ApiKeyText.nullable()) }),
    result: z.object({}),
  },
  refresh: { params: z.object({}), result: z.object({}) },
  /** Asks the collector to finish its tick and end; a newer face does so before it starts its own. */
  retire: { params: z.object({ reason: z.string() }), result: z.object({}) },
} as const;

export type Requests = typeof requests;
export type RequestName = keyof Requests;
export type Params<Name extends RequestName> = z.input<Requests[Name]['params']>;
export type Result<Name extends RequestName> = z.output<Requests[Name]['result']>;

/** What a face holds of the collector, whatever lies between: a socket, a webview, a browser. */
export interface CollectorLink {
  request<Name extends RequestName>(name: Name, params: Params<Name>): Promise<Result<Name>>;
  /** Calls back with each snapshot from now on, and with the latest at once where there is one. */
  onSnapshot(listener: (snapshot: Snapshot) => void): () => void;
  /** Calls back when the connection is lost or regained, and at once where there is one. */
  onConnected(listener: (connected: boolean) => void): () => void;
}
