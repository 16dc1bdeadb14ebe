import type { Paths } from '../config/paths.ts';
import type { EgressSum } from '../model/egress.ts';
import type { PriceKey, Rate } from '../model/rate.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Clock, Interval } from '../model/time.ts';
import { SourceError } from '../sources/source.ts';
import { TeamStoreError } from '../store/clickhouse/failure.ts';
import type { Store } from '../store/store.ts';
import type { Accounts } from './accounts.ts';
import type { AlertLog } from './alert_log.ts';
import { billDaysOf } from './bill_days.ts';
import { cleanMessage } from './border.ts';
import { examine } from './doctor.ts';
import type { EntrustedKeys } from './entrusted_keys.ts';
import type { Handlers } from './handlers.ts';
import { checkSteps, historyOf } from './history.ts';
import type { Invoices } from './invoices.ts';
import type { JobBudgets } from './job_budgets.ts';
import { pricesOf } from './prices.ts';
import type { Stopper } from './stopper.ts';
import type { Team } from './team.ts';
import { ledgerOf, storeOf, TeamCosts } from './team_costs.ts';
import { timelineOf } from './timeline.ts';
import { unitCostsOf, workOf } from './work.ts';

export interface RequestContext {
  clock: Clock;
  paths: Paths;
  store: Store;
  accounts: Accounts;
  alerts: AlertLog;
  budgets: JobBudgets;
  keys: EntrustedKeys;
  invoices: Invoices;
  stopper: Stopper;
  team: Team;
  snapshot: () => Snapshot;
  /** What a kind of machine costs on demand, before any bill. */
  onDemand: (key: PriceKey) => Rate | undefined;
  /** What each job sent and wrote. */
  egressOver: (interval: Interval) => ReadonlyMap<string, EgressSum>;
  nameOf: (jobId: string) => string;
  claim: (alertIds: readonly string[], by: string) => string[];
  changed: () => void;
  /** Looks for trouble anew. */
  lookAgain: () => void;
  refresh: () => Promise<void>;
  retire: (reason: string) => void;
}

/** How long a retiring collector waits for its answer to leave. */
const LAST_ANSWER_MS = 50;

/** A launched job runs by then where nothing stands in its way. */
const LAUNCH_MS = 10_000;

/** What answers each request of the protocol. */
export function handlersOf(context: RequestContext): Handlers {
  const { clock, paths, store, accounts, alerts, stopper, team, changed } = context;
  const teamCosts = new TeamCosts({
    clock,
    snapshot: context.snapshot,
    ledger: async () => (team.standing() ? storeOf(await team.reader()) : ledgerOf(store)),
  });
  return {
    snapshot: () => context.snapshot(),
    history: ({ jobId, everyones, team, ...steps }) => {
      const query = {
        ...steps,
        ...(jobId !== undefined && { jobId }),
        ...(everyones !== undefined && { everyones }),
      };
      if (team) return context.team.history(query).catch(withRemedy);
      return historyOf(store, query, context.nameOf);
    },
    costs: async ({ hourly, everyones, team, ...interval }) => {
      const query = {
        ...interval,
        ...(hourly !== undefined && { hourly }),
        ...(everyones !== undefined && { everyones }),
      };
      if (team) {
        const read = context.team.reader().then((reader) => reader.costs(query));
        return read.catch(withRemedy);
      }
      const page = store.costs(query);
      return { ...page, work: workOf(store, interval, page, context.egressOver(interval)) };
    },
    unitCosts: (query) => unitCostsOf(store, query),
    waste: (query) => {
      checkSteps(query);
      return store.wasteCourse(query);
    },
    prices: ({ jobId, ...interval }) =>
      pricesOf(
        { store, titleOf: titlesOf(context.snapshot()), onDemand: context.onDemand },
        { ...interval, ...(jobId !== undefined && { jobId }) },
      ),
    billDays: (interval) => billDaysOf(store, interval),
    timeline: ({ jobId }) => timelineOf(store, jobId, clock.now()),
    invoices: (interval) => context.invoices.report(interval),
    compareInvoices: async () => {
      await context.invoices.compare();
      return {};
    },
    planStop: ({ jobId }) => stopper.plan(jobId).catch(withRemedy),
    stop: ({ jobId, action }, { face, token }) =>
      stopper.stop(jobId, action, token === undefined ? face : `${face}, token ${token}`),
    dismissStop: ({ id }) => {
      stopper.dismiss(id);
      return {};
    },
    claimAlerts: ({ ids }, { face }) => ({ granted: context.claim(ids, face) }),
    snoozeAlert: ({ id, forMs }) => {
      alerts.snooze(id, clock.now() + forMs);
      changed();
      return {};
    },
    acknowledgeAlert: ({ id }) => {
      alerts.acknowledge(id);
      changed();
      return {};
    },
    setBudget: (budget) => {
      const { source, nativeIds, action, ceiling, ceilingPerHour } = budget;
      context.budgets.set({
        source,
        nativeIds,
        action,
        ...(ceiling !== undefined && { ceiling }),
        ...(ceilingPerHour !== undefined && { ceilingPerHour }),
      });
      context.lookAgain();
      // What has just been launched is not seen yet, and runs a moment later at best.
      void context.refresh();
      clock.after(LAUNCH_MS, () => void context.refresh());
      return {};
    },
    doctor: () => examine(accounts, paths, context.invoices, context.team),
    teamStore: ({ send, again }) => {
      const standing =
        send || again ? context.team.send({ again: again ?? false }) : context.team.standing();
      return standing ? { standing } : {};
    },
    teamCosts: ({ span }) => teamCosts.over(span).catch(withRemedy),
    compareTeamStore: async () => ({ months: await context.team.compare().catch(withRemedy) }),
    apiKeys: () => ({ wanted: context.keys.wanted() }),
    entrustKeys: ({ keys }) => {
      if (context.keys.take(keys)) void context.refresh();
      return {};
    },
    refresh: async () => {
      await context.refresh();
      // Whoever asks for a snapshot next sees the accounts that were found.
      context.lookAgain();
      return {};
    },
    retire: ({ reason }) => {
      setTimeout(() => context.retire(reason), LAST_ANSWER_MS);
      return {};
    },
  };
}

function titlesOf({ accounts }: Snapshot): (account: string) => string {
  const titles = new Map(accounts.map(({ id, title }) => [id, title]));
  return (account) => titles.get(account) ?? account;
}

/** A refusal crosses the socket as its message alone: that has to say what to do, too. */
function withRemedy(error: unknown): never {
  if (!(error instanceof SourceError || error instanceof TeamStoreError)) throw error;
  throw new Error(cleanMessage(`${error.message.replace(/\.?$/, '.')} ${error.remedy}`));
}
