import { type Fleet, identify } from '../metering/identity.ts';
import { type LiveRates, liveRates } from '../metering/live.ts';
import type { Job } from '../model/job.ts';
import type { JobBudget } from '../model/job_budget.ts';
import type { Node } from '../model/node.ts';
import type { PriceKey, Rate } from '../model/rate.ts';
import type { Sample } from '../model/sample.ts';
import type { AccountView, JobView, NodeView } from '../model/snapshot.ts';
import type { Stop } from '../model/stop.ts';
import { type Clock, DAY, HOUR, type Instant, SECOND } from '../model/time.ts';
import { PriceBook } from '../pricing/book.ts';
import { KEPT_DAYS } from '../pricing/calibration.ts';
import { Catalogue } from '../pricing/catalogue/catalogue.ts';
import { offersOfCatalogue } from '../pricing/elsewhere.ts';
import type { RateChange, Store } from '../store/store.ts';
import { type CadenceOf, isStale } from './account_view.ts';
import type { AlertLog } from './alert_log.ts';
import { Economics } from './economics.ts';
import type { Inbox } from './inbox.ts';
import { Intake } from './intake.ts';
import { Ledger } from './ledger.ts';
import { Readings } from './readings.ts';
import { tieSamples } from './samples.ts';
import { savedToday } from './savings.ts';
import { HourlySpending, SpentByJob } from './spent.ts';
import { Sums } from './sums.ts';
import { TrafficMeter } from './traffic.ts';
import { jobViews, nodeViews } from './views.ts';
import type { World } from './world.ts';

/** A tick that comes a little before the minute is over meters, too: the next may be long after it. */
const METERED_EVERY_MS = 50 * SECOND;

export interface TickOptions {
  store: Store;
  clock: Clock;
  world: World;
  alerts: AlertLog;
  cadenceOf: CadenceOf;
  refusal: (jobId: string) => string | undefined;
  /** The accounts as faces see them, and the stops of the last day. */
  accounts: () => readonly AccountView[];
  stops: () => readonly Stop[];
  budgetOf: (job: Job) => JobBudget | undefined;
}

/**
 * From answers to figures: in one transaction stores what came in, meters it and looks for trouble. Between ticks it holds the present as the last tick left it.
 */
export class Tick {
  readonly readings: Readings;
  readonly book = new PriceBook();
  readonly catalogue = new Catalogue();
  readonly sums: Sums;
  readonly traffic: TrafficMeter;
  readonly intake: Intake;
  readonly #options: TickOptions;
  readonly #ledger: Ledger;
  readonly #spent: SpentByJob;
  readonly #hourly: HourlySpending;
  readonly #economics: Economics;
  #fleet: Fleet = identify([]);
  #rates: LiveRates = liveRates(this.#fleet, [], () => undefined);
  #jobs: JobView[] = [];
  #nodes: NodeView[] = [];
  /** Since when bills have changed the ledger. */
  #billedFrom: Instant | undefined;
  #meteredAt = Number.NEGATIVE_INFINITY;
  readonly #myJobs = new Set<string>();
  readonly #myNodes = new Set<string>();

  constructor(options: TickOptions) {
    this.#options = options;
    this.#ledger = new Ledger(options.store);
    this.sums = new Sums(options.store);
    const { store, world } = options;
    this.readings = new Readings((jobId, interval) => store.samples(interval, { jobId }));
    this.#spent = new SpentByJob(store, this.sums, (jobId) => world.jobs.get(jobId)?.job);
    this.#hourly = new HourlySpending(store);
    this.#economics = new Economics(store);
    this.traffic = new TrafficMeter(store);
    this.intake = new Intake({
      clock: options.clock,
      world,
      book: this.book,
      ledger: this.#ledger,
      traffic: this.traffic,
      fleet: () => this.#fleet,
      hasSuspect: () => options.alerts.hasSuspect(),
    });
  }

  /** Goes on where an earlier run of the collector left off. */
  restore(): void {
    const { store, clock, world, alerts } = this.#options;
    const now = clock.now();
    const past = store.jobs(now - DAY);
    world.restore(store.nodes(now - HOUR), store.jobs(now - HOUR), past);
    for (const { job } of past) if (job.mine) this.#myJobs.add(job.id);
    for (const { node } of store.nodes(now - DAY)) if (node.mine) this.#myNodes.add(node.id);
    this.book.learn(store.quotes());
    for (const { node, seenAt } of store.nodes(now - KEPT_DAYS * DAY)) {
      this.book.calibration.sustained.note([node], seenAt);
    }
    this.#learnFromBills();
    this.readings.restore(store.samples({ from: now - HOUR, to: now + 1 }));
    alerts.restore(now);
    this.#economics.restore(now);
    this.traffic.restore(
      now,
      [...world.jobs.values()].map(({ job }) => job),
    );
  }

  get fleet(): Fleet {
    return this.#fleet;
  }
  get rates(): LiveRates {
    return this.#rates;
  }
  get jobs(): readonly JobView[] {
    return this.#jobs;
  }
  get nodes(): readonly NodeView[] {
    return this.#nodes;
  }

  today() {
    return this.sums.mineToday(
      (id) => this.#myJobs.has(id),
      (id) => this.#myNodes.has(id),
    );
  }

  /** The prices that the nodes in sight need. */
  wanted(): PriceKey[] {
    return this.book.wanted(this.#fleet.nodes, this.#options.clock.now());
  }

  priceOf(node: Node): Rate | undefined {
    return this.book.rateOf(node, this.#options.clock.now());
  }

  /** The list price of a kind of machine, of whoever knows the newest; undefined where none does. */
  listPriceOf(key: PriceKey): Rate | undefined {
    return this.book.listed(key) ?? this.catalogue.rateOf(key);
  }

  /** Bills for time since an instant were compared: prices and sums follow with the next run. */
  billed(since: Instant): void {
    this.#learnFromBills();
    this.#billedFrom = Math.min(this.#billedFrom ?? since, since);
    this.intake.meterAgain();
  }

  #learnFromBills(): void {
    const { store, clock } = this.#options;
    const sinceDay = Math.floor(clock.now() / DAY) - KEPT_DAYS;
    this.book.calibration.learn(store.matched(sinceDay), store.unused(sinceDay));
    this.traffic.learnFromBills(clock.now());
  }

  /**
   * One tick, one transaction. Throws where the store cannot keep it; what came in then waits for
   * the next run, and nothing is lost but the oldest readings.
   */
  run(): void {
    const { store, clock, world } = this.#options;
    const now = clock.now();
    const { inbox, factsChanged } = this.intake;
    const meter =
      factsChanged || now - this.#meteredAt >= METERED_EVERY_MS || now < this.#meteredAt;
    if (factsChanged) {
      this.#fleet = identify([...world.nodes.values()].map((s) => s.node));
      this.#takeListPrices(now);
    }
    const past = meter ? this.book.past(this.#fleet.nodes, now) : [];
    this.book.watch(this.#fleet.nodes, now);
    try {
      store.tick(() => this.#store(inbox, now, meter, past));
    } catch (error) {
      this.#ledger.forget();
      this.intake.meterAgain();
      inbox.wait();
      throw error;
    }
    this.intake.stored(meter, now);
    if (meter) {
      this.#economics.kept(now, new Set(world.jobs.keys()));
      this.traffic.kept(now, new Set(world.jobs.keys()));
      this.#ledger.kept(this.#fleet);
      this.book.seen(now);
      this.#billedFrom = undefined;
      this.#meteredAt = now;
      this.readings.forget(now);
      world.forget(now);
    }
  }

  /** What no source has named a price of has the one that the catalogue knows. */
  #takeListPrices(now: Instant): void {
    const quotes = this.book.wanted(this.#fleet.nodes, now).flatMap((key) => {
      const rate = this.catalogue.rateOf(key);
      return rate ? [{ key, rate }] : [];
    });
    this.book.learn(quotes);
  }

  #store(inbox: Inbox, now: Instant, meter: boolean, past: readonly RateChange[]): void {
    const { store, world, alerts } = this.#options;
    const jobs = [...world.jobs.values()].map((seen) => seen.job);
    for (const { node } of world.nodes.values()) remember(this.#myNodes, node.id, node.mine);
    for (const job of jobs) remember(this.#myJobs, job.id, job.mine);
    inbox.store(store, world, meter);
    this.#storeSamples(inbox.samples, jobs);
    this.#economics.take(inbox.progress, jobs, (name) => this.#fleet.resolve(name)?.id);
    if (meter) {
      const writtenFrom = this.#ledger.update({
        now,
        fleet: this.#fleet,
        jobs,
        priceOf: (node) => this.priceOf(node),
        pastRates: Map.groupBy(past, ({ nodeId }) => nodeId),
        seenAt: (node) => world.nodes.get(node.id)?.seenAt ?? now,
        isStale: (node) => isStale(node, now, this.#options),
      });
      const changed = [writtenFrom, this.#billedFrom].filter((at) => at !== undefined);
      this.sums.refresh(now, changed.length > 0 ? Math.min(...changed) : undefined);
    }
    if (meter) {
      this.traffic.meter(now, this.#fleet, jobs);
      this.traffic.store();
    }
    this.#look(now, jobs);
    this.#economics.pass(now, this.#jobs);
    alerts.step({
      now,
      meteredAt: meter ? now : this.#meteredAt,
      jobs: this.#jobs,
      nodes: this.#nodes,
      accounts: this.#options.accounts(),
      leftovers: world.leftovers.mine(),
      leftoversHeard: world.leftovers.accounts(),
      stops: this.#options.stops(),
      spent: this.#spent.over,
      hourlySpending: () => this.#hourly.since(now),
      readings: (jobId, since) => this.readings.since(jobId, since),
      counters: (jobId) => this.#economics.courses(jobId),
      week: (span) => this.#economics.week(span),
      spotPrices: (key, since) => store.priceHistory(key, { from: since, to: now + 1 }),
      offers: () => offersOfCatalogue(this.catalogue.all()),
    });
    if (meter) this.#storeEconomics(now);
  }

  #storeSamples(samples: readonly Sample[], jobs: readonly Job[]): void {
    if (samples.length === 0) return;
    const nodes = new Map(this.#fleet.nodes.map((node) => [node.id, node]));
    const tied = tieSamples(samples, jobs, nodes, (name) => this.#fleet.resolve(name)?.id);
    this.#options.store.saveSamples(tied);
    this.readings.add(tied);
  }

  #storeEconomics(now: Instant): void {
    const { world, alerts, stops } = this.#options;
    this.#economics.store(now, this.#jobs, alerts.all());
    const known = {
      now,
      jobs: new Map([...world.jobs].map(([id, { job }]) => [id, job])),
      nodes: new Map(this.#fleet.nodes.map((node) => [node.id, node])),
    };
    const resolve = (name: string) => this.#fleet.resolve(name)?.id;
    this.#economics.storeSavings(now, stops(), (stop) => savedToday([stop], known, resolve));
  }

  /** The present, as faces and rules see it. */
  #look(now: Instant, jobs: readonly Job[]): void {
    const priceOf = (node: Node) => this.priceOf(node);
    this.#rates = liveRates(this.#fleet, jobs, priceOf, (node) =>
      isStale(node, now, this.#options),
    );
    const source = {
      now,
      fleet: this.#fleet,
      rates: this.#rates,
      sums: this.sums,
      readings: this.readings,
      economics: this.#economics,
      traffic: this.traffic,
      priceOf,
      reasonOf: (node: Node) => this.book.reasonOf(node, now),
      refusal: this.#options.refusal,
      budgetOf: this.#options.budgetOf,
    };
    this.#jobs = jobViews(jobs, source);
    this.#nodes = nodeViews(this.#jobs, source);
  }
}

function remember(set: Set<string>, id: string, mine: boolean): void {
  if (mine) set.add(id);
  else set.delete(id);
}
