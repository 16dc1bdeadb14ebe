import { AlertLog } from '@burnrate/shared/collector/alert_log.ts';
import { Tick } from '@burnrate/shared/collector/tick.ts';
import { World } from '@burnrate/shared/collector/world.ts';
import { defaultConfig } from '@burnrate/shared/config/config.ts';
import { intervalOf } from '@burnrate/shared/model/spread.ts';
import { DAY, type Instant, MINUTE, systemClock } from '@burnrate/shared/model/time.ts';
import { openStore } from '@burnrate/shared/store/sqlite.ts';
import type { Store } from '@burnrate/shared/store/store.ts';
import { DAY_S } from '../bills/work.ts';
import type { World as Bills } from '../bills/world.ts';
import { Billing } from './invoices.ts';
import { ACCOUNTS, EPOCH, observe, quotesFor } from './provider.ts';

/** What the product said of one job's day before its bill came. Micro-dollars. */
export interface JobDay {
  job: string;
  day: number;
  /** At list prices, as metered. */
  list: number;
  live: number;
  interval: { low: number; high: number } | undefined;
}

/** How often everything is looked at: less often than in reality, for the meter does not rest on it. */
const TICK_S = 1200;
/** How often bills are looked at. */
const BILLS_EVERY_S = DAY_S / 2;
/** A day is read off so long after its end: gaps are closed by then, its bill is still to come. */
const READ_AFTER_S = 0.9 * DAY_S;

/** Runs the collector's tick over the world's days, and reads off every day before its bill. */
export function simulate(bills: Bills): JobDay[] {
  let now: Instant = EPOCH;
  const { store } = openStore(':memory:', { now: () => now });
  const tick = tickOver(store, () => now);
  const billing = new Billing(store, () => now);
  const days: JobDay[] = [];
  const editions = [...bills.editions];
  let nextDay = 0;
  let asked = 0;
  for (
    let at = 0;
    at < Number(process.env.UNTIL ?? 999) * DAY_S && at < (bills.days + 3) * DAY_S;
    at += TICK_S
  ) {
    if (bills.sleeps.some(({ from, to }) => from <= at && at < to)) continue;
    now = EPOCH + at * 1000;
    if (at % BILLS_EVERY_S < TICK_S) {
      for (; editions[0] && editions[0].at <= at; editions.shift()) billing.take(editions[0]);
      const since = billing.compare();
      if (since !== undefined) tick.billed(since);
    }
    const quotes = quotesFor(bills, tick.wanted(), at, asked);
    asked = at;
    for (const account of ACCOUNTS) {
      const own = quotes.filter(({ key }) => key.provider === account.source);
      const { nodes, jobs } = observe(bills, account, at);
      tick.intake.take(account, {
        what: new Set(['nodes', 'jobs', 'prices']),
        askedAt: now,
        observation: { at: now, nodes, jobs, quotes: own },
        costMicros: 0,
      });
    }
    tick.run();
    while ((nextDay + 1) * DAY_S + READ_AFTER_S <= at && nextDay < bills.days) {
      days.push(...readOff(store, nextDay));
      nextDay += 1;
    }
  }
  billing.close();
  store.close();
  return days;
}

function readOff(store: Store, day: number): JobDay[] {
  const interval = { from: EPOCH + day * DAY, to: EPOCH + (day + 1) * DAY };
  const list = new Map<string, number>();
  const rates = new Map<string, ReturnType<Store['rates']>>();
  for (const charge of store.charges(interval)) {
    const known = rates.get(charge.nodeId) ?? store.rates(charge.nodeId, interval);
    rates.set(charge.nodeId, known);
    const rate = (known.findLast(({ from }) => from <= charge.from) ?? known[0])?.rate;
    const factor = rate?.list === undefined ? 1 : rate.list / rate.microsPerHour;
    list.set(charge.jobId, (list.get(charge.jobId) ?? 0) + charge.micros * factor);
  }
  return [...store.totals(interval)].map(([jobId, figure]) => ({
    job: jobId.slice(jobId.lastIndexOf(':') + 1),
    day,
    list: list.get(jobId) ?? 0,
    live: figure.micros,
    interval: figure.provenance === 'calibrated' ? intervalOf(figure) : undefined,
  }));
}

function tickOver(store: Store, now: () => Instant): Tick {
  const tick = new Tick({
    store,
    clock: { ...systemClock, now },
    world: new World(),
    alerts: new AlertLog(store, defaultConfig),
    cadenceOf: () => TICK_S * 1000 + MINUTE,
    refusal: () => undefined,
    accounts: () => [],
    stops: () => [],
    budgetOf: () => undefined,
  });
  tick.restore();
  return tick;
}
