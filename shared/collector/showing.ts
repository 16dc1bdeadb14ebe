import type { LanguageScene } from '../language/features.ts';
import type { AccountView, JobView, Snapshot } from '../model/snapshot.ts';
import type { Clock } from '../model/time.ts';
import { offersOfCatalogue, offersOfNodes } from '../pricing/elsewhere.ts';
import { accountViews, hasTold } from './account_view.ts';
import type { Accounts } from './accounts.ts';
import type { AlertLog } from './alert_log.ts';
import type { Configuration } from './configuration.ts';
import type { Invoices } from './invoices.ts';
import type { Life } from './life.ts';
import type { Notices } from './notices.ts';
import type { Poller } from './poller.ts';
import { buildSnapshot } from './snapshot.ts';
import type { Spending } from './spending.ts';
import type { Stopper } from './stopper.ts';
import type { Team } from './team.ts';
import type { Tick } from './tick.ts';
import type { World } from './world.ts';

export interface ShowingOptions {
  life: Pick<Life, 'env' | 'welcome'>;
  clock: Clock;
  tick: () => Tick;
  world: World;
  alerts: AlertLog;
  stopper: () => Stopper;
  accounts: Accounts;
  poller: Poller;
  spending: Spending;
  notices: Notices;
  invoices: () => Invoices;
  team: Pick<Team, 'view'>;
  configuration: Configuration;
}

/** The present as faces see it: made when one asks, and made anew once something has changed. */
export class Showing {
  readonly #options: ShowingOptions;
  readonly #startedAt: number;
  #snapshot: Snapshot | undefined;
  /** What the last tick made of all jobs. */
  #jobs: readonly JobView[] = [];
  /** The accounts that had told what runs when that tick ran: its figures are complete for them. */
  #counted: ReadonlySet<string> = new Set();
  /** Grows over restarts too: it begins with the time. */
  #id = Date.now();

  constructor(options: ShowingOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
  }

  changed(): void {
    this.#snapshot = undefined;
    const { tick, world, accounts } = this.#options;
    const { jobs } = tick();
    if (jobs === this.#jobs) return;
    this.#jobs = jobs;
    const counted = [...world.accounts].filter(([id, state]) =>
      hasTold(state, accounts.sourceOf(id)),
    );
    this.#counted = new Set(counted.map(([id]) => id));
  }

  snapshot(): Snapshot {
    if (this.#snapshot) return this.#snapshot;
    const { life, clock, tick, world, alerts, stopper, notices, invoices } = this.#options;
    this.#id += 1;
    this.#snapshot = buildSnapshot({
      id: this.#id,
      now: clock.now(),
      mode: life.env.BURNRATE_MODE === 'demo' ? 'demo' : 'live',
      speed: clock.speed,
      welcome: life.welcome,
      startedAt: this.#startedAt,
      tick: tick(),
      world,
      alerts: alerts.all(),
      budgets: alerts.budgets(),
      stops: stopper().visible(),
      notices: notices.all(),
      accounts: [...this.accounts(), ...this.#team()],
      invoices: invoices().view(),
    });
    return this.#snapshot;
  }

  accounts(): AccountView[] {
    const { world, clock, accounts, poller, spending } = this.#options;
    return accountViews(world.accounts.values(), {
      now: clock.now(),
      sourceOf: (account) => accounts.sourceOf(account),
      cadenceOf: (account, what) => poller.cadenceOf(account, what),
      spentToday: (account) => spending.today(account),
      isCounted: (account) => this.#counted.has(account),
    });
  }

  /** What a team's store shows as: an account that ledgers are sent to. */
  #team(): AccountView[] {
    const view = this.#options.team.view();
    return view ? [view] : [];
  }

  /** What the prices in job files rest on. */
  language(): LanguageScene {
    const { clock, tick, configuration } = this.#options;
    const { nodes, jobs, catalogue } = tick();
    const offers = [...offersOfCatalogue(catalogue.all()), ...offersOfNodes(nodes)];
    return {
      market: { now: clock.now(), nodes, offers },
      accounts: this.accounts(),
      jobs,
      budgets: configuration.current.config.budgets,
      spent: this.snapshot().budgets ?? [],
      schemas: configuration.schemas,
    };
  }
}
