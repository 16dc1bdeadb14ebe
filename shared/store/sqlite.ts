import { type Config, defaultConfig } from '../config/config.ts';
import { DAY, type Instant } from '../model/time.ts';
import { Activity } from './activity.ts';
import { Audit } from './audit.ts';
import { Outbox } from './clickhouse/outbox.ts';
import { Connection } from './connection.ts';
import { costsOf } from './costs.ts';
import { Course } from './course.ts';
import { Facts } from './facts.ts';
import { historyOf } from './history.ts';
import { Invoiced } from './invoiced.ts';
import { Ledger } from './ledger.ts';
import { nodeDaysOf } from './node_days.ts';
import { type Notice, openDatabase } from './open.ts';
import { Prices } from './prices.ts';
import { CountedProgress } from './progress.ts';
import { Records } from './records.ts';
import { Rollup } from './rollup.ts';
import { Samples } from './samples.ts';
import { type Migration, migrations } from './schema/index.ts';
import type { Store } from './store.ts';
import { TrafficRecords } from './traffic.ts';
import { WasteRecords } from './waste.ts';

export interface StoreOptions {
  now: () => Instant;
  /** How long each resolution is kept. Default: that of the default configuration. */
  retention?: Config['retention'];
  /** The schema's steps. Default: all of them. */
  migrations?: readonly Migration[];
}

export { StoreError } from './failure.ts';
export type { Notice } from './open.ts';

/**
 * How long a write waits for another program that holds the database. The collector stands still
 * meanwhile, and a tick that was not kept is tried again by itself.
 */
const BUSY_MS = 500;

/**
 * Opens the store at `path`; its folder must exist. `notices` say what was found there that a
 * person should know: a damaged or newer file set aside, a migration and its backup. `outbox` is
 * what a team store has yet to be told; it notes nothing before it follows one. Throws a StoreError
 * where the place cannot be used.
 */
export function openStore(
  path: string,
  options: StoreOptions,
): { store: Store; notices: Notice[]; outbox: Outbox } {
  const { database, notices } = openDatabase(path, options.now(), options.migrations ?? migrations);
  database.pragma(`busy_timeout = ${BUSY_MS}`);
  const connection = new Connection(database);
  const retention = options.retention ?? defaultConfig.retention;
  const store = storeOver(connection, options.now, retention);
  return { store, notices, outbox: new Outbox(connection, options.now) };
}

function storeOver(
  connection: Connection,
  now: () => Instant,
  retention: Config['retention'],
): Store {
  const ledger = new Ledger(connection, now);
  const rollup = new Rollup(connection, ledger);
  const activity = new Activity(connection);
  const course = new Course(connection, rollup, activity);
  const samples = new Samples(connection, activity, course);
  const facts = new Facts(connection);
  const records = new Records(connection);
  const prices = new Prices(connection);
  const audit = new Audit(connection);
  const progress = new CountedProgress(connection);
  const waste = new WasteRecords(connection);
  const traffic = new TrafficRecords(connection);
  const keep = <Arguments extends unknown[]>(write: (...args: Arguments) => void) => {
    return (...args: Arguments) => connection.atomically(() => write(...args));
  };

  return {
    tick: (work) =>
      connection.atomically(() => {
        const result = work();
        course.follow(now());
        return result;
      }),
    saveNodes: keep((nodes, at) => facts.saveNodes(nodes, at)),
    saveJobs: keep((jobs, at) => facts.saveJobs(jobs, at)),
    nodes: (since) => facts.nodes(since),
    jobs: (since) => facts.jobs(since),
    job: (jobId) => facts.job(jobId),
    jobName: (jobId) => facts.jobName(jobId),
    saveUptime: keep((nodeId, uptime) => facts.saveUptime(nodeId, uptime)),
    uptime: (nodeId) => facts.uptime(nodeId),
    saveRate: keep((change) => facts.saveRate(change)),
    rates: (nodeId, interval) => facts.rates(nodeId, interval),
    meteredThrough: (nodeId) => ledger.meteredThrough(nodeId),
    seam: (nodeId, at) => ledger.seam(nodeId, at),
    writeCharges: keep((nodeId, interval, charges) => ledger.write(nodeId, interval, charges)),
    invoiced: new Invoiced(connection, facts),
    bill: (nodeId, hours) => connection.atomically(() => ledger.bill(nodeId, hours)),
    charges: (interval, filter) => ledger.inForce(interval, filter),
    nodesOf: (jobId, interval) => rollup.nodesOf(jobId, interval),
    nodeDays: (interval) => nodeDaysOf(interval, { connection, rollup }),
    totals: (interval) => rollup.totals(interval),
    idleTotals: (interval) => rollup.idleTotals(interval),
    saveSamples: keep((list) => samples.save(list)),
    samples: (interval, filter) => samples.read(interval, filter),
    history: (query) => historyOf(query, { connection, facts, rollup, activity, course }),
    costs: (query) => costsOf(query, { connection, facts, rollup }),
    saveProgress: keep((counted, series) => {
      progress.save(counted);
      progress.saveSeries(series);
    }),
    progress: (interval, jobId) => progress.read(interval, jobId),
    progressTotals: () => progress.totals(),
    progressSeries: (since) => progress.series(since),
    addWaste: keep((parts, watches) => waste.add(parts, watches)),
    workWatches: (since) => waste.watches(since),
    wasteSums: (interval) => waste.sums(interval),
    wasteCourse: (query) => waste.course(query),
    traffic,
    saveSavings: keep((savings) => waste.saveSavings(savings)),
    savings: (interval) => waste.savings(interval),
    saveQuotes: keep((quotes) => {
      facts.saveQuotes(quotes);
      prices.note(quotes);
    }),
    quotes: () => facts.quotes(),
    priceHistory: (key, interval) => prices.history(key, interval),
    saveMatched: keep((pairs) => prices.saveMatched(pairs)),
    matched: (sinceDay) => prices.matched(sinceDay),
    saveUnused: keep((list) => prices.saveUnused(list)),
    unused: (sinceDay) => prices.unused(sinceDay),
    saveAlerts: keep((alerts) => records.saveAlerts(alerts)),
    alerts: (since) => records.alerts(since),
    alertsOf: (subject) => records.alertsOf(subject),
    saveJobBudget: keep((budget) => records.saveJobBudget(budget)),
    removeJobBudget: keep((id) => records.removeJobBudget(id)),
    jobBudgets: (since) => records.jobBudgets(since),
    noteBudgetChange: keep((budget) => records.noteBudgetChange(budget)),
    budgetChanges: () => records.budgetChanges(),
    saveStop: keep((stop) => records.saveStop(stop)),
    stops: (since) => records.stops(since),
    stopsOf: (jobId) => records.stopsOf(jobId),
    audit: (entry) => audit.append(entry),
    auditLog: (since) => audit.since(since),
    addApiCost: keep((account, at, micros) => records.addApiCost(account, at, micros)),
    apiCost: (account, interval) => records.apiCost(account, interval),
    compact: keep((at) => {
      const startOfDay = (instant: Instant) => Math.floor(instant / DAY) * DAY;
      const minutesFrom = startOfDay(at - retention.minuteDays * DAY);
      const hoursFrom = startOfDay(at - retention.hourDays * DAY);
      ledger.compact(minutesFrom, Math.min(minutesFrom, hoursFrom));
      prices.compact(at);
      samples.compact(at, minutesFrom, Math.min(minutesFrom, hoursFrom));
      progress.compact(at, minutesFrom, Math.min(minutesFrom, hoursFrom));
      traffic.compact(at, Math.min(minutesFrom, hoursFrom));
      course.compact(at, Math.min(minutesFrom, hoursFrom));
    }),
    close: () => connection.database.close(),
  };
}
