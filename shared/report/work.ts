import { IDLE } from '../model/charge.ts';
import type { Micros } from '../model/money.ts';
import { Counter } from '../model/progress.ts';
import { addWaste, NO_WASTE } from '../model/waste.ts';
import type { Cost, ReportWork } from '../protocol/report.ts';
import type { Page } from './pages.ts';

/** Adds what a job did on one page. `cost`: what it cost there, of which each unit has its part. */
export function addWork(
  sum: ReportWork | undefined,
  jobId: string,
  { work = {} }: Page,
  cost: Micros,
): ReportWork | undefined {
  const own = work[jobId];
  if (!own) return sum;
  const { waste = NO_WASTE, savedMicros = 0 } = own;
  const to = sum ?? { waste: NO_WASTE, savedMicros: 0 };
  const added: ReportWork = {
    ...to,
    waste: addWaste(to.waste, waste),
    savedMicros: to.savedMicros + savedMicros,
  };
  for (const counter of Counter.options) {
    const amount = own[counter];
    if (amount === undefined) continue;
    const before = to[counter] ?? { amount: 0, micros: 0 };
    added[counter] = { amount: before.amount + amount, micros: before.micros + cost };
  }
  return added;
}

/** What each job cost on a page, with one of its costs there, by which it is known. */
export function jobsOf({ costs }: Page): { jobId: string; cost: Cost; micros: Micros }[] {
  const byJob = Map.groupBy(
    costs.filter(({ jobId }) => jobId !== IDLE),
    ({ jobId }) => jobId,
  );
  return [...byJob].flatMap(([jobId, own]) => {
    const [cost] = own;
    return cost ? [{ jobId, cost, micros: own.reduce((sum, one) => sum + one.micros, 0) }] : [];
  });
}
