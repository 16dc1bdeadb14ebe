import { IDLE } from '../model/charge.ts';
import { addEgress, type EgressSum } from '../model/egress.ts';
import { Counter } from '../model/progress.ts';
import { addMoved } from '../model/traffic.ts';
import { addWaste, NO_WASTE } from '../model/waste.ts';
import type { Cost, ReportWork } from '../protocol/report.ts';
import type { Page } from './pages.ts';

/** Adds what a job did on one page. */
export function addWork(
  sum: ReportWork | undefined,
  jobId: string,
  { work = {} }: Page,
): ReportWork | undefined {
  const own = work[jobId];
  if (!own) return sum;
  const { waste = NO_WASTE, savedMicros = 0 } = own;
  const to = sum ?? { waste: NO_WASTE, savedMicros: 0 };
  const added: ReportWork = {
    ...to,
    waste: addWaste(to.waste, waste),
    savedMicros: to.savedMicros + savedMicros,
    ...(own.egress && { egress: addSums(to.egress, own.egress) }),
  };
  for (const counter of Counter.options) {
    const more = own[counter];
    if (!more) continue;
    const { amount, micros } = to[counter] ?? { amount: 0, micros: 0 };
    added[counter] = { amount: amount + more.amount, micros: micros + more.micros };
  }
  return added;
}

function addSums(a: EgressSum | undefined, b: EgressSum): EgressSum {
  if (!a) return b;
  return { moved: addMoved(a.moved, b.moved), cost: addEgress([a.cost, b.cost]) };
}

/** The jobs of a page, each with one of its costs there, by which it is known. */
export function jobsOf({ costs }: Page): { jobId: string; cost: Cost }[] {
  const first = new Map<string, Cost>();
  for (const cost of costs) if (!first.has(cost.jobId)) first.set(cost.jobId, cost);
  first.delete(IDLE);
  return [...first].map(([jobId, cost]) => ({ jobId, cost }));
}
