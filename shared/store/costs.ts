import { IDLE } from '../model/charge.ts';
import { projectOf } from '../model/project.ts';
import { runOf } from '../model/run_name.ts';
import { DAY, HOUR, type Interval } from '../model/time.ts';
import type { Cost, CostPage } from '../protocol/report.ts';
import { readFlags } from './charge_row.ts';
import type { Connection } from './connection.ts';
import type { Facts } from './facts.ts';
import type { Amount, Rollup } from './rollup.ts';
import type { CostQuery, RateChange } from './store.ts';

/**
 * The ledger's sums by job, node, provenance and doubt over the interval, or over each full hour
 * (UTC) of it. Where hours are no longer kept, an entry spans a day.
 */
export function costsOf(
  query: CostQuery,
  { connection, facts, rollup }: { connection: Connection; facts: Facts; rollup: Rollup },
): CostPage {
  const { from, to, hourly = false, everyones = false } = query;
  const costs = new Map<string, Cost>();
  const nodes = new Map<Cost, number>();
  const isOthers = everyones ? () => false : othersSince(from, { connection, facts });
  for (const amount of rollup.amounts({ from, to }, hourly ? HOUR : DAY)) {
    if (isOthers(amount)) continue;
    const period = hourly ? hoursAround(amount, query) : { from, to };
    const { provenance, uncertain } = readFlags(amount.flags);
    const key = [period.from, period.to, amount.node, amount.job, provenance, uncertain].join(' ');
    const cost = costs.get(key);
    if (cost) cost.micros += amount.micros;
    else {
      const jobId = connection.textOf(amount.job);
      const nodeId = connection.textOf(amount.node);
      const made = { jobId, nodeId, ...period, micros: amount.micros, provenance, uncertain };
      costs.set(key, made);
      nodes.set(made, amount.node);
    }
  }
  const list = [...costs.values()].sort(inOrder);
  if (!hourly) {
    for (const cost of list.filter(({ provenance }) => provenance === 'calibrated')) {
      const spread = rollup.spreadOf(nodes.get(cost) ?? -1, cost.micros, to);
      if (spread) cost.spread = spread;
    }
  }
  const nodeIds = new Set(list.map(({ nodeId }) => nodeId));
  if (hourly) for (const nodeId of nodeIds) priceHours(list, nodeId, facts.rates(nodeId, query));
  return {
    costs: list,
    jobs: known(new Set(list.map(({ jobId }) => jobId)), (id) => {
      const job = facts.job(id);
      if (!job) return undefined;
      const { name, owner } = job;
      const project = projectOf(job);
      return {
        name,
        run: runOf(job),
        ...(owner !== undefined && { owner }),
        ...(project !== undefined && { project }),
      };
    }),
    nodes: known(nodeIds, (id) => {
      const node = facts.node(id);
      if (!node) return undefined;
      const { name, source, account, owner, priceKey, labels } = node;
      return {
        name,
        source,
        account,
        labels,
        ...(owner !== undefined && { owner }),
        ...(priceKey && { priceKey }),
      };
    }),
  };
}

/** Whether an amount is another person's: their job, or the idle time of their machine. */
function othersSince(
  since: number,
  { connection, facts }: { connection: Connection; facts: Facts },
): (amount: Amount) => boolean {
  const jobs = facts.foreign('job', since);
  const nodes = facts.foreign('node', since);
  const idle = connection.findId(IDLE);
  return ({ job, node }) => (job === idle ? nodes.has(node) : jobs.has(job));
}

/** The full hours that hold the amount, cut to the interval that is asked about. */
export function hoursAround(amount: Interval, { from, to }: Interval): Interval {
  return {
    from: Math.max(from, Math.floor(amount.from / HOUR) * HOUR),
    to: Math.min(to, Math.ceil(amount.to / HOUR) * HOUR),
  };
}

/** Says of each cost of the node how many of its hours, at the price of that time, it comes to. */
function priceHours(costs: readonly Cost[], nodeId: string, changes: readonly RateChange[]): void {
  for (const cost of costs) {
    if (cost.nodeId !== nodeId) continue;
    const microsPerHour = meanRate(changes, cost);
    if (microsPerHour > 0 && cost.micros >= 0) cost.nodeHours = cost.micros / microsPerHour;
  }
}

/** The mean over the interval of a price that changes; the first also holds for the time before. */
export function meanRate(changes: readonly RateChange[], { from, to }: Interval): number {
  const paid = changes.reduce((sum, { from: start, rate }, index) => {
    const begin = index === 0 ? from : Math.max(from, start);
    const end = Math.min(to, changes[index + 1]?.from ?? to);
    return sum + Math.max(0, end - begin) * rate.microsPerHour;
  }, 0);
  return paid / (to - from);
}

/** What is known of each id; those of which nothing is are left out. */
export function known<T>(
  ids: ReadonlySet<string>,
  lookUp: (id: string) => T | undefined,
): Record<string, T> {
  const entries: [string, T][] = [];
  for (const id of ids) {
    const facts = lookUp(id);
    if (facts !== undefined) entries.push([id, facts]);
  }
  return Object.fromEntries(entries);
}

/** By time, then by node and job. */
export function inOrder(a: Cost, b: Cost): number {
  return a.from - b.from || compare(a.nodeId, b.nodeId) || compare(a.jobId, b.jobId);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
