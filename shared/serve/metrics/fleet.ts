import { toDollars } from '../../model/money.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { type Family, gauge, Points } from './family.ts';
import { OTHER, provenanceOf } from './jobs.ts';

/** What the whole fleet costs, what is wrong with it, and how its accounts answer. */
export function fleetFamilies(snapshot: Snapshot, most: number): Family[] {
  return [
    gauge(
      'burnrate_info',
      '',
      'Always 1: the version of Burnrate, and whether it watches a demo.',
      new Points().add({ version: snapshot.collector.version, mode: snapshot.mode }, 1),
    ),
    ...moneyFamilies(snapshot),
    idleFamily(snapshot, most),
    alertFamily(snapshot),
    budgetFamily(snapshot),
    ...accountFamilies(snapshot),
  ];
}

function moneyFamilies({ rate, today, wastedToday, savedToday }: Snapshot): Family[] {
  const mine = (name: string, unit: string, help: string, micros: number, labels = {}) =>
    gauge(`burnrate_mine_${name}`, unit, help, new Points().add(labels, toDollars(micros)));
  return [
    mine(
      'rate_usd_per_hour',
      'USD/h',
      'What is the collector’s own costs now: its jobs and its idle machines.',
      rate.micros,
      { provenance: provenanceOf(rate) },
    ),
    mine('cost_today_usd', 'USD', 'The same, since midnight, local time.', today.micros, {
      provenance: provenanceOf(today),
    }),
    mine('wasted_today_usd', 'USD', 'Spent today while alerts of waste were firing.', wastedToday),
    mine('saved_today_usd', 'USD', 'What the stops of today have saved since.', savedToday),
  ];
}

/** By owner and account; the owners whose machines idle for least are added up beyond `most`. */
function idleFamily({ nodes }: Snapshot, most: number): Family {
  const byOwner = new Map<string, number>();
  for (const { owner = '', idle } of nodes) {
    byOwner.set(owner, (byOwner.get(owner) ?? 0) + idle.micros);
  }
  const ordered = [...byOwner].sort(([, a], [, b]) => b - a).map(([owner]) => owner);
  const named = new Set(ordered.slice(0, most));
  const points = new Points();
  for (const { account, owner = '', idle, state } of nodes) {
    if (state !== 'running' && state !== 'stopping') continue;
    const labels = { account, owner: named.has(owner) ? owner : OTHER };
    points.add({ ...labels, provenance: provenanceOf(idle) }, toDollars(idle.micros));
  }
  return gauge(
    'burnrate_idle_rate_usd_per_hour',
    'USD/h',
    'What machines cost now that no job holds, or the parts of them.',
    points,
  );
}

function alertFamily({ alerts }: Snapshot): Family {
  const points = new Points();
  for (const { rule, severity, state } of alerts) {
    if (state === 'firing') points.add({ rule, severity }, 1);
  }
  return gauge('burnrate_alerts_firing', '{alert}', 'Alerts that fire now.', points);
}

function budgetFamily({ budgets = [] }: Snapshot): Family {
  const points = new Points();
  for (const { name, span, spentMicros, ceiling } of budgets) {
    points.add({ budget: name, span }, spentMicros / ceiling);
  }
  return gauge(
    'burnrate_budget_used_ratio',
    '1',
    'What part of a budget of burnrate.yaml is used up, this day or month.',
    points,
  );
}

function accountFamilies({ accounts }: Snapshot): Family[] {
  const [up, answered, spent] = [new Points(), new Points(), new Points()];
  for (const { id, source, state, lastSuccessAt, spentToday } of accounts) {
    const labels = { account: id, source };
    up.add(labels, state === 'ok' ? 1 : 0);
    if (lastSuccessAt !== undefined) answered.add(labels, lastSuccessAt / 1000);
    spent.add(labels, toDollars(spentToday));
  }
  return [
    gauge(
      'burnrate_account_up',
      '1',
      '1 where the account answers, 0 where it fails or is stale.',
      up,
    ),
    gauge(
      'burnrate_account_last_success_timestamp_seconds',
      's',
      'When the account last answered: its age is time() less this.',
      answered,
    ),
    gauge(
      'burnrate_account_api_cost_today_usd',
      'USD',
      'What asking the account has cost today.',
      spent,
    ),
  ];
}
