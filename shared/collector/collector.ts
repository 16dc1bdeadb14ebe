import { homedir } from 'node:os';
import { idleBelow } from '../alerts/by_job.ts';
import type { Account } from '../model/account.ts';
import { type Clock, DAY, HOUR, MINUTE } from '../model/time.ts';
import { readSkyPilot } from '../pricing/catalogue/skypilot.ts';
import type { Source } from '../sources/source.ts';
import { thisMachine } from '../sources/surroundings.ts';
import { openStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { Accounts, loadSources, type Registry, schemasOf } from './accounts.ts';
import { AlertLog } from './alert_log.ts';
import { clockFrom } from './clock.ts';
import { Configuration } from './configuration.ts';
import { Due } from './due.ts';
import { Enforcer } from './enforcer.ts';
import { EntrustedKeys } from './entrusted_keys.ts';
import { Invoices } from './invoices.ts';
import { JobBudgets } from './job_budgets.ts';
import type { Answer } from './lane.ts';
import type { Life, Works } from './life.ts';
import { LEISURE_MS } from './news.ts';
import { Notices } from './notices.ts';
import { Poller } from './poller.ts';
import { handlersOf } from './requests.ts';
import { Showing } from './showing.ts';
import { Speaker } from './speaker.ts';
import { Spending } from './spending.ts';
import { Stopper } from './stopper.ts';
import { Team } from './team.ts';
import { Tick } from './tick.ts';
import { Timetable } from './timetable.ts';
import { World } from './world.ts';

/** Answers that come within this time make one tick. Real time. */
const GATHER_MS = 100;
const DISCOVER_EVERY_MS = 10 * MINUTE;
/** A job of an account that is silent for this long keeps no collector alive. */
const ALIVE_UNSEEN_MS = DAY;

/** Opens the store, finds the accounts, and begins to watch them. */
export async function openCollector(life: Life, registry: Registry): Promise<Works> {
  const collector = new Collector(life, await loadSources(registry, life.log));
  collector.start();
  return collector;
}

/** The parts of a collector, and how one sets off the other. */
class Collector implements Works {
  readonly served: Works['served'];
  readonly #life: Life;
  readonly #clock: Clock;
  readonly #timetable: Timetable;
  readonly #store: Store;
  readonly #notices = new Notices();
  readonly #configuration: Configuration;
  readonly #spending: Spending;
  readonly #world = new World();
  readonly #alerts: AlertLog;
  readonly #budgets: JobBudgets;
  readonly #tick: Tick;
  readonly #poller: Poller;
  readonly #accounts: Accounts;
  readonly #stopper: Stopper;
  readonly #enforcer: Enforcer;
  readonly #speaker: Speaker;
  readonly #invoices: Invoices;
  readonly #team: Team;
  readonly #showing: Showing;
  readonly #tickDue: Due;
  #tickedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(life: Life, sources: readonly Source[]) {
    this.#life = life;
    const { env, paths, log } = life;
    this.#clock = clockFrom(env);
    this.#timetable = new Timetable(this.#clock);
    this.#tickDue = new Due({
      clock: this.#clock,
      timetable: this.#timetable,
      task: () => this.#runTick(),
    });
    this.#configuration = new Configuration(paths.config, schemasOf(sources), log, () =>
      this.#reconfigure(),
    );
    const { config } = this.#configuration.current;
    const opened = openStore(paths.database, {
      now: () => this.#clock.now(),
      retention: config.retention,
    });
    this.#store = opened.store;
    this.#team = new Team({
      outbox: opened.outbox,
      clock: this.#clock,
      timetable: this.#timetable,
      env,
      log,
      changed: () => this.#changed(),
    });
    this.#notices.set('store', opened.notices);
    this.#spending = new Spending(this.#store, this.#clock);
    this.#budgets = new JobBudgets(this.#store, this.#clock);
    this.#alerts = new AlertLog(this.#store, config, () => this.#budgets.all());
    const machine = thisMachine(this.#clock);
    const keys = new EntrustedKeys(sources, machine.env);
    const surroundings = keys.over(machine);
    this.#poller = new Poller({
      clock: this.#clock,
      timetable: this.#timetable,
      wanted: () => this.#tick.wanted(),
      stopped: () => this.#world.stopped(),
      told: (account) => this.#tick.intake.toldByOthers(account),
      trafficTold: (account) => this.#tick.intake.trafficToldByOthers(account),
      hasSuspect: () => this.#alerts.hasSuspect(),
      maySpend: (account, micros) => this.#spending.allows(account, micros),
      onAnswer: (account, answer) => this.#answered(account, answer),
    });
    this.#accounts = new Accounts({
      sources,
      surroundings,
      config: () => this.#configuration.current,
      poller: this.#poller,
      log,
      onOpened: ({ account }) => {
        this.#world.account(account);
        this.#soon();
      },
      onGone: (account) => this.#accountGone(account),
    });
    this.#showing = new Showing({
      life,
      clock: this.#clock,
      tick: () => this.#tick,
      world: this.#world,
      alerts: this.#alerts,
      stopper: () => this.#stopper,
      accounts: this.#accounts,
      poller: this.#poller,
      spending: this.#spending,
      notices: this.#notices,
      invoices: () => this.#invoices,
      team: this.#team,
      configuration: this.#configuration,
    });
    this.#stopper = new Stopper({
      store: this.#store,
      clock: this.#clock,
      timetable: this.#timetable,
      log,
      user: surroundings.user.name,
      find: (jobId) => {
        const seen = this.#world.jobs.get(jobId);
        return seen && { ...seen, watched: this.#accounts.get(seen.job.account) };
      },
      stakeOf: (jobId) => ({
        microsPerHour: Math.max(0, this.#tick.rates.byJob.get(jobId)?.micros ?? 0),
        microsWasted: this.#alerts.wastedBy(jobId),
      }),
      look: (account) => this.#poller.ask(account, ['jobs', 'nodes']),
      changed: () => this.#changed(),
    });
    this.#enforcer = new Enforcer({ clock: this.#clock, log, stopper: this.#stopper });
    this.#tick = new Tick({
      store: this.#store,
      clock: this.#clock,
      world: this.#world,
      alerts: this.#alerts,
      cadenceOf: (account, what) => this.#poller.cadenceOf(account, what),
      refusal: (jobId) => this.#stopper.refusal(jobId),
      accounts: () => this.#showing.accounts(),
      stops: () => this.#stopper.visible(),
      budgetOf: (job) => this.#budgets.of(job),
    });
    this.#speaker = new Speaker({
      clock: this.#clock,
      life,
      alerts: this.#alerts,
      claim: (ids) => this.#claim(ids, 'collector'),
      notices: this.#notices,
      changed: () => this.#changed(),
    });
    this.#invoices = new Invoices({
      path: paths.bills,
      store: this.#store,
      clock: this.#clock,
      timetable: this.#timetable,
      surroundings,
      log,
      accounts: () => this.#accounts.all().map(({ account }) => account),
      settings: () => this.#configuration.current.config.invoices,
      tell: (notices) => this.#notices.set('invoices', notices),
      changed: () => this.#soon(),
      compared: (since) => {
        this.#tick.billed(since);
        this.#soon();
      },
    });
    this.served = {
      snapshot: () => this.#showing.snapshot(),
      onFaces: () => {},
      language: () => this.#showing.language(),
      handlers: handlersOf({
        clock: this.#clock,
        paths,
        store: this.#store,
        accounts: this.#accounts,
        alerts: this.#alerts,
        budgets: this.#budgets,
        keys,
        invoices: this.#invoices,
        stopper: this.#stopper,
        team: this.#team,
        snapshot: () => this.#showing.snapshot(),
        onDemand: (key) => this.#tick.listPriceOf(key),
        egressOver: (interval) => this.#tick.traffic.over(interval),
        nameOf: (jobId) => this.#nameOf(jobId),
        claim: (ids, by) => this.#claim(ids, by),
        changed: () => this.#changed(),
        lookAgain: () => this.#runTick(),
        refresh: () => this.#refresh(),
        retire: life.retire,
      }),
    };
  }

  start(): void {
    this.#tick.restore();
    this.#stopper.resume();
    this.#configure();
    this.#configuration.watch();
    this.#runTick();
    void this.#accounts.discover();
    void this.#readCatalogue();
    this.#timetable.every(DISCOVER_EVERY_MS, () => void this.#accounts.discover(), MINUTE);
    this.#timetable.after(MINUTE, () => this.#compact());
    this.#timetable.every(HOUR, () => this.#compact());
    this.#invoices.start();
  }

  /** SkyPilot may have newer list prices on this disk than those that ship. */
  async #readCatalogue(): Promise<void> {
    if (this.#life.env.BURNRATE_MODE === 'demo') return;
    this.#tick.catalogue.add(await readSkyPilot(homedir()));
  }

  watching(): boolean {
    if (this.#stopper.underWay) return true;
    // The demo's jobs run for ever; nobody waits for their end.
    if (this.#life.env.BURNRATE_MODE === 'demo') return false;
    return this.#world.hasMyJobs(this.#clock.now() - ALIVE_UNSEEN_MS);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timetable.stop();
    this.#poller.stop();
    this.#configuration.close();
    // What was answered but not yet stored is stored now; the tick itself is never cut short.
    this.#runTick();
    await Promise.all([
      this.#speaker.close(),
      this.#accounts.close(),
      this.#invoices.close(),
      this.#team.close(),
    ]);
    this.#store.close();
  }

  #answered(account: Account, answer: Answer): void {
    if (this.#closed) return;
    this.#life.heard?.(account.id, answer.failure !== undefined);
    let isNews = true;
    try {
      isNews = this.#tick.intake.take(account, answer);
    } catch (error) {
      // One account's answer must not end the watch over the others.
      this.#life.log.error(`${account.id}: its answer could not be taken in`, error);
      this.#world.reject(account, answer.what, error, this.#clock.now());
    }
    // What is at leisure is done once this process is awake anyway.
    const sinceTick = this.#clock.now() - this.#tickedAt;
    const canWait = !isNews && sinceTick >= 0 && sinceTick < LEISURE_MS;
    this.#soon(canWait ? LEISURE_MS : 0);
  }

  /** A tick shortly, or after a while, for all that comes in until then. */
  #soon(whileMs = 0): void {
    if (!this.#closed) this.#tickDue.within(Math.max(GATHER_MS * this.#clock.speed, whileMs));
  }

  /** Once a minute at least. */
  #runTick(): void {
    this.#tickedAt = this.#clock.now();
    this.#tickDue.cancel();
    this.#tickDue.within(MINUTE);
    const began = performance.now();
    let kept = false;
    try {
      this.#tick.run();
      kept = true;
      this.#stopper.review();
      this.#enforcer.review(this.#alerts.all());
      this.#notices.set('tick', []);
      this.#team.ticked();
    } catch (error) {
      this.#life.log.error('a tick failed; it is tried again', error);
      this.#notices.set('tick', [
        {
          severity: 'critical',
          message: `What was observed cannot be kept, and is tried again: ${(error as Error).message} (log: ${this.#life.paths.log})`,
        },
      ]);
    }
    this.#life.ticked?.(performance.now() - began, kept);
    this.#speaker.review();
    this.#poller.askNewWishes();
    if (this.#alerts.hasSuspect()) this.#poller.hasten();
    this.#changed();
  }

  #changed(): void {
    this.#showing.changed();
    this.#life.changed();
  }

  #claim(ids: readonly string[], by: string): string[] {
    const granted = this.#alerts.claim(ids, by, this.#clock.now());
    if (granted.length > 0) this.#changed();
    return granted;
  }

  #nameOf(jobId: string): string {
    return this.#world.jobs.get(jobId)?.job.name ?? this.#store.jobName(jobId) ?? jobId;
  }

  async #refresh(): Promise<void> {
    this.#poller.refresh();
    await this.#accounts.discover();
    this.#soon();
  }

  #reconfigure(): void {
    this.#configure();
    void this.#accounts.discover();
    this.#soon();
  }

  #configure(): void {
    const { config } = this.#configuration.current;
    this.#alerts.configure(config);
    this.#tick.intake.news.configure(idleBelow(config.alerts));
    this.#speaker.configure(config.notify);
    this.#followTeam();
    this.#notices.set('config', this.#configuration.notices());
  }

  #followTeam(): void {
    const { config, mistakes } = this.#configuration.current;
    try {
      this.#team.configure(config.store, mistakes.length === 0);
    } catch (error) {
      this.#life.log.error('the team store cannot be followed yet; it is tried again', error);
      this.#timetable.after(MINUTE, () => this.#followTeam());
    }
  }

  #accountGone(account: Account): void {
    this.#life.log.warn(`${account.id} is no longer found`);
    this.#world.lose(account, this.#clock.now());
    this.#soon();
  }

  #compact(): void {
    try {
      this.#store.compact(this.#clock.now());
    } catch (error) {
      this.#life.log.error('the database could not be compacted; it is tried again', error);
    }
  }
}
