import type { SeriesState } from '../economics/counting.ts';
import type { Matched, UnusedCommitment } from '../invoices/matched.ts';
import type { Run } from '../metering/uptime.ts';
import type { Alert } from '../model/alert.ts';
import type { Charge } from '../model/charge.ts';
import type { Job } from '../model/job.ts';
import type { JobBudget } from '../model/job_budget.ts';
import type { Micros } from '../model/money.ts';
import type { Node } from '../model/node.ts';
import type { Counter } from '../model/progress.ts';
import type { Figure, PriceKey, Quote, Rate } from '../model/rate.ts';
import type { Sample } from '../model/sample.ts';
import type { Stop } from '../model/stop.ts';
import type { Instant, Interval } from '../model/time.ts';
import type { Waste } from '../model/waste.ts';
import type { CostPage } from '../protocol/report.ts';
import type { WasteCourse } from '../protocol/waste.ts';
import type { BilledHour } from './billed.ts';
import type { Invoiced } from './invoiced.ts';
import type { NodeDay } from './node_days.ts';
import type { Counted } from './progress.ts';
import type { TrafficRecords } from './traffic.ts';
import type { Saving, WastePart, WasteQuery, WorkWatch } from './waste.ts';

/** A node's price over time: one entry holds from its instant until the next one. */
export interface RateChange {
  nodeId: string;
  from: Instant;
  rate: Rate;
}

/** A spot price from an instant on, until the next point. */
export interface PricePoint {
  at: Instant;
  microsPerHour: Micros;
}

/** A reading tied to the node and jobs it belongs to. */
export interface StoredSample extends Omit<Sample, 'node'> {
  nodeId: string;
  jobIds: string[];
}

/** One step of a chart: what a job (or idle) cost, and how busy it was. */
export interface HistoryPoint {
  at: Instant;
  jobId: string;
  micros: Micros;
  activity?: number;
}

/** What one face-wide history query asks. Steps below a minute are not kept. */
export interface HistoryQuery extends Interval {
  stepMs: number;
  jobId?: string;
  /** Others' jobs and the idle time of machines that are not mine too; else only what is mine. */
  everyones?: boolean;
}

/** What a report asks of the ledger. */
export interface CostQuery extends Interval {
  /** One entry an hour (UTC) instead of one for the whole interval. */
  hourly?: boolean;
  /** As for history. */
  everyones?: boolean;
}

/** A line of the audit log: written before a stop is sent. */
export interface AuditEntry {
  at: Instant;
  actor: string;
  action: string;
  subject: string;
  detail: string;
}

/**
 * Where the collector keeps what it learned. Every method is synchronous and atomic; `tick` groups
 * several into one transaction. Implemented over SQLite here.
 */
export interface Store {
  /** Runs `work` in one transaction: all of it is kept, or, where it throws, none. */
  tick<T>(work: () => T): T;

  /** Remembers nodes and jobs as last seen, so that a restart goes on where it left off. */
  saveNodes(nodes: readonly Node[], at: Instant): void;
  saveJobs(jobs: readonly Job[], at: Instant): void;
  /** Those not yet ended, or ended since `since`. */
  nodes(since: Instant): { node: Node; seenAt: Instant }[];
  jobs(since: Instant): { job: Job; seenAt: Instant }[];
  /** A job as last seen, however long ago it ended. */
  job(jobId: string): Job | undefined;
  /** The name of a job, however long ago it ended. */
  jobName(jobId: string): string | undefined;

  /** Keeps the evidence of when a saved node ran (see metering/uptime.ts). */
  saveUptime(nodeId: string, uptime: readonly Run[]): void;
  uptime(nodeId: string): Run[] | undefined;

  /** Notes a node's price from an instant on; a price equal to the one in force adds nothing. */
  saveRate(change: RateChange): void;
  /**
   * The changes that matter over the interval: the one in force at `from`, and those within. The
   * first one also holds for the time before it.
   */
  rates(nodeId: string, interval: Interval): RateChange[];

  /** Until when a node has been metered: the greatest `to` among its charges in force. */
  meteredThrough(nodeId: string): Instant | undefined;
  /**
   * The latest instant up to `at` that cuts no charge in force: a redo that begins there keeps
   * every sum exact.
   */
  seam(nodeId: string, at: Instant): Instant;
  /**
   * Makes `charges` the ledger of this node over the interval: charges in force that differ are
   * superseded (those that straddle an edge are first cut at it, amounts kept in sum), equal ones
   * are left alone. Idempotent.
   */
  writeCharges(nodeId: string, interval: Interval, charges: readonly Charge[]): void;
  /**
   * Has a node's charges of some hours come to what its bill says (`null`: to what was metered
   * again), whatever is metered for them later.
   */
  bill(nodeId: string, hours: readonly (BilledHour | { hour: number; micros: null })[]): void;
  /** What is known of bills beside the charges. */
  readonly invoiced: Invoiced;
  /** Charges in force that touch the interval. */
  charges(interval: Interval, filter?: { jobId?: string; nodeId?: string }): Charge[];
  /** The nodes on which a job has cost anything on the days (UTC) that touch the interval. */
  nodesOf(jobId: string, interval: Interval): string[];
  /** What each rented machine of mine cost on each day (UTC) that begins in the interval. */
  nodeDays(interval: Interval): NodeDay[];
  /** Sums by job of the charges in force, cut to the interval. */
  totals(interval: Interval): Map<string, Figure>;
  /** The same of `idle` alone, by node: whose it is depends on the node. */
  idleTotals(interval: Interval): Map<string, Figure>;

  saveSamples(samples: readonly StoredSample[]): void;
  samples(interval: Interval, filter?: { jobId?: string; nodeId?: string }): StoredSample[];
  history(query: HistoryQuery): HistoryPoint[];
  /** What each job and idle node cost, and whose they are: the material of reports. */
  costs(query: CostQuery): CostPage;

  /** What jobs counted by the minute, and how far each series of theirs has come. */
  saveProgress(counted: readonly Omit<Counted, 'widthMs'>[], series: readonly SeriesState[]): void;
  progress(interval: Interval, jobId?: string): Counted[];
  progressTotals(): { jobId: string; counter: Counter; amount: number }[];
  progressSeries(since: Instant): SeriesState[];

  /** What jobs' machines sent and wrote. Its methods are atomic within a tick alone. */
  readonly traffic: TrafficRecords;

  /** Adds to what did no work, and says until when that is reckoned. */
  addWaste(parts: readonly WastePart[], watches: readonly WorkWatch[]): void;
  workWatches(since: Instant): WorkWatch[];
  /** By job, over the hours (UTC) that begin in the interval. */
  wasteSums(interval: Interval): Map<string, Waste>;
  /** The same of all jobs together, step by step. */
  wasteCourse(query: WasteQuery): WasteCourse;
  /** What stops have saved: each says it anew for its day. */
  saveSavings(savings: readonly Saving[]): void;
  /** By job, over the local days that begin in the interval. */
  savings(interval: Interval): Map<string, Micros>;

  saveQuotes(quotes: readonly Quote[]): void;
  quotes(): Quote[];
  /** A kind of machine's spot price over the interval, from the one in force at its start. */
  priceHistory(key: PriceKey, interval: Interval): PricePoint[];

  /** Keeps pairs of list and billed cost; each takes the place of the one of the same day. */
  saveMatched(pairs: readonly Matched[]): void;
  /** Those since a day (since the epoch), by day. */
  matched(sinceDay: number): Matched[];
  /** The same of what commitments were paid for and not used. */
  saveUnused(list: readonly UnusedCommitment[]): void;
  unused(sinceDay: number): UnusedCommitment[];

  saveAlerts(alerts: readonly Alert[]): void;
  /** Those not resolved, or resolved since `since`. */
  alerts(since: Instant): Alert[];
  /** All that were ever said of a job or node. */
  alertsOf(subject: string): Alert[];

  /** Budgets that were set for one launch. */
  saveJobBudget(budget: JobBudget): void;
  removeJobBudget(id: string): void;
  /** Those set since an instant. */
  jobBudgets(since: Instant): JobBudget[];
  /** Notes what was set for a launch; without a ceiling, that it was taken away. */
  noteBudgetChange(budget: JobBudget): void;
  /** All of them, by time. */
  budgetChanges(): JobBudget[];

  saveStop(stop: Stop): void;
  stops(since: Instant): Stop[];
  stopsOf(jobId: string): Stop[];
  /** Appends to the audit log, durably, before it returns. Throws where that cannot be done. */
  audit(entry: AuditEntry): void;
  auditLog(since: Instant): AuditEntry[];

  /** What Burnrate's own calls cost, by account and day. */
  addApiCost(account: string, at: Instant, micros: Micros): void;
  apiCost(account: string, interval: Interval): Micros;

  /** Rolls minutes into hours and days, and drops what retention no longer keeps. */
  compact(now: Instant): void;
  close(): void;
}
