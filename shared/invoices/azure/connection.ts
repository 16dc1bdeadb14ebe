import { createHash } from 'node:crypto';
import type { Account } from '../../model/account.ts';
import { DAY, type Instant, startOfMonth } from '../../model/time.ts';
import { optionsOf } from '../../sources/azure/account.ts';
import { listSubscriptions } from '../../sources/azure/graph.ts';
import { loginOf } from '../../sources/azure/login.ts';
import { openManager } from '../../sources/azure/resource_manager.ts';
import { Settings as AzureSettings } from '../../sources/azure/settings.ts';
import { check } from '../../sources/check.ts';
import type { Surroundings } from '../../sources/source.ts';
import type { InvoiceBatch, InvoiceConnection, ReadRequest } from '../reader.ts';
import { openCosts } from './costs.ts';
import { linesOf } from './lines.ts';
import { CostQuery, dayOf, type Row, type View } from './query.ts';
import type { Settings } from './settings.ts';

/** Days that are asked for at once: what is held in memory, and what one query counts for. */
const DAYS_AT_ONCE = 7;
/** `Charges might change until the invoice`, which is made within five days of a month's end. */
const CLOSED_AFTER = 6 * DAY;

/** The bill of a subscription, open. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): InvoiceConnection {
  const { clock } = surroundings;
  const azure = AzureSettings.parse(settings.url ? { url: settings.url } : {});
  const { tokens } = loginOf(account, surroundings, azure);
  const manager = openManager(account, tokens, surroundings, azure);
  const costs = openCosts(manager, tokens, clock, azure.url);
  const { subscription } = optionsOf(account);
  const scopes = async (signal: AbortSignal) =>
    subscription ? [subscription] : listSubscriptions(manager, signal);

  async function* readOne(scope: string, request: ReadRequest): AsyncGenerator<InvoiceBatch> {
    const { known, signal } = request;
    const now = clock.now();
    const query = new CostQuery(costs, scope);
    const partOf = (day: Instant) => `${scope}/${new Date(day).toISOString().slice(0, 10)}`;
    // A day that was read once its month's invoice was made does not change.
    const isSettled = (day: Instant) => known.get(partOf(day))?.startsWith(FINAL) ?? false;
    for (const days of weeksOf(request.since, now)) {
      if (days.every(isSettled)) continue;
      const [first = now] = days;
      const span = { from: first, to: Math.min(first + days.length * DAY, now + DAY) };
      const rows = await query.rows(span, signal);
      const views = {
        ActualCost: byDay(rows.ActualCost),
        AmortizedCost: byDay(rows.AmortizedCost),
      };
      for (const day of days) {
        const final = startOfMonth(day, 1) + CLOSED_AFTER <= now;
        const costs = {
          ActualCost: views.ActualCost.get(day) ?? [],
          AmortizedCost: views.AmortizedCost.get(day) ?? [],
        };
        const part = partOf(day);
        const version = `${final ? FINAL : ''}${digestOf(costs)}`;
        if (known.get(part) === version) continue;
        yield {
          part,
          version,
          asOf: now,
          span: { from: day, to: day + DAY },
          lines: linesOf(costs, scope, final),
          complete: true,
        };
      }
    }
  }

  return {
    async *read(request) {
      for (const scope of await scopes(request.signal)) yield* readOne(scope, request);
    },
    async diagnose(signal) {
      const tried = await check('invoices', account.name, async () => {
        const [scope] = await scopes(signal);
        if (!scope) return 'no subscription to read the bill of';
        const yesterday = Math.floor(clock.now() / DAY - 1) * DAY;
        const { ActualCost: rows } = await new CostQuery(costs, scope).rows(
          { from: yesterday, to: yesterday + DAY },
          signal,
        );
        return `may query costs; of yesterday there are ${rows.length} so far`;
      });
      return [{ ...tried, capability: 'connect' }, tried];
    },
    close: async () => manager.close(),
  };
}

const FINAL = 'final ';

/** Days from the one of `since` to the one that is now, a week at a time. */
function weeksOf(since: Instant, now: Instant): Instant[][] {
  const weeks: Instant[][] = [];
  for (let day = Math.floor(since / DAY) * DAY; day <= now; day += DAY) {
    const week = weeks.at(-1);
    if (week && week.length < DAYS_AT_ONCE) week.push(day);
    else weeks.push([day]);
  }
  return weeks;
}

function byDay(rows: readonly Row[]): Map<Instant | undefined, Row[]> {
  return Map.groupBy(rows, dayOf);
}

/** In whatever order Azure gives the rows. */
function digestOf(rows: Readonly<Record<View, readonly Row[]>>): string {
  const lines = Object.values(rows).map((list) => list.map((row) => JSON.stringify(row)).sort());
  return createHash('sha256').update(JSON.stringify(lines)).digest('base64url');
}
