import type { Interval } from '@burnrate/shared/model/time.ts';
import type { CostPage } from '@burnrate/shared/protocol/report.ts';
import { portion } from '@burnrate/shared/store/portion.ts';
import type { HistoryPoint } from '@burnrate/shared/store/store.ts';
import type { Colleague } from './colleague.ts';

/** What each job cost on each machine, by what it rests on: comparable text by text. */
export function sumsOf({ costs }: Pick<CostPage, 'costs'>): Record<string, number> {
  const sums = new Map<string, number>();
  for (const { jobId, nodeId, provenance, uncertain, from, to, micros } of costs) {
    const key = [from, to, nodeId, jobId, provenance, uncertain].join(' ');
    sums.set(key, (sums.get(key) ?? 0) + micros);
  }
  return Object.fromEntries([...sums].filter(([, micros]) => micros !== 0).sort());
}

/** The same of ledgers that have no machine in common. */
export function unionOf(colleagues: readonly Colleague[], interval: Interval, hourly = false) {
  const costs = colleagues.flatMap(
    ({ store }) => store.costs({ ...interval, hourly, everyones: true }).costs,
  );
  return sumsOf({ costs });
}

/** What each step cost, by job. */
export function stepsOf(points: readonly HistoryPoint[]): Record<string, number> {
  const costs = points.map(({ at, jobId, micros }): [string, number] => [`${at} ${jobId}`, micros]);
  return Object.fromEntries(costs.filter(([, micros]) => micros !== 0).sort());
}

/** The same of a ledger's single charges. */
export function stepsOfCharges(
  { store }: Colleague,
  { from, to, stepMs }: Interval & { stepMs: number },
): Record<string, number> {
  const sums = new Map<string, number>();
  for (const charge of store.charges({ from, to })) {
    for (let at = from; at < to; at += stepMs) {
      const micros = portion(charge.micros, charge, at, Math.min(to, at + stepMs));
      const key = `${at} ${charge.jobId}`;
      sums.set(key, (sums.get(key) ?? 0) + micros);
    }
  }
  return Object.fromEntries([...sums].filter(([, micros]) => micros !== 0).sort());
}

export function totalOf(sums: Record<string, number>): number {
  return Object.values(sums).reduce((all, micros) => all + micros, 0);
}
