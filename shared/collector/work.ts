import { costPerUnit } from '../economics/course.ts';
import type { EgressSum } from '../model/egress.ts';
import type { Counter } from '../model/progress.ts';
import type { Instant, Interval } from '../model/time.ts';
import { wasteSum } from '../model/waste.ts';
import type { UnitCosts } from '../protocol/protocol.ts';
import type { CostPage, Work } from '../protocol/report.ts';
import type { Store } from '../store/store.ts';

/** More steps than any chart has pixels: a question for more is a mistake. */
const MAX_STEPS = 5_000;

/** What the jobs of a page did for their money in its time. */
export function workOf(
  store: Pick<Store, 'progress' | 'wasteSums' | 'savings'>,
  interval: Interval,
  { jobs }: Pick<CostPage, 'jobs'>,
  egress: ReadonlyMap<string, EgressSum> = new Map(),
): Record<string, Work> {
  const work: Record<string, Work> = {};
  const of = (jobId: string): Work => {
    work[jobId] ??= {};
    return work[jobId];
  };
  for (const { jobId, counter, amount, micros } of store.progress(interval)) {
    if (!jobs[jobId]) continue;
    const before = of(jobId)[counter] ?? { amount: 0, micros: 0 };
    of(jobId)[counter] = { amount: before.amount + amount, micros: before.micros + micros };
  }
  for (const [jobId, waste] of store.wasteSums(interval)) {
    if (jobs[jobId] && wasteSum(waste) > 0) of(jobId).waste = waste;
  }
  for (const [jobId, micros] of store.savings(interval)) {
    if (jobs[jobId] && micros > 0) of(jobId).savedMicros = micros;
  }
  for (const [jobId, sum] of egress) if (jobs[jobId]) of(jobId).egress = sum;
  return work;
}

/** A job's counters step by step, each with what a unit cost. */
export function unitCostsOf(
  store: Pick<Store, 'progress'>,
  { jobId, from, to, stepMs }: Interval & { jobId: string; stepMs: number },
): UnitCosts {
  const count = Math.ceil((to - from) / stepMs);
  if (!(count > 0) || count > MAX_STEPS) {
    throw new Error(`unit costs: ask for 1 to ${MAX_STEPS} steps, not ${count}`);
  }
  const at = Array.from({ length: count }, (_, index) => from + index * stepMs);
  const counters = Map.groupBy(store.progress({ from, to }, jobId), (row) => row.counter);
  return {
    at,
    series: [...counters].map(([counter, rows]) => seriesOf(counter, rows, at, stepMs)),
  };
}

function seriesOf(
  counter: Counter,
  rows: readonly { at: Instant; amount: number; micros: number }[],
  at: readonly Instant[],
  stepMs: number,
): UnitCosts['series'][number] {
  const start = at[0] ?? 0;
  const steps = Map.groupBy(rows, (row) => Math.floor((row.at - start) / stepMs));
  const counted = at.map((_, index) => steps.get(index) ?? []);
  return {
    counter,
    amount: counted.map((list) => list.reduce((sum, { amount }) => sum + amount, 0)),
    micros: counted.map((list) => costPerUnit(counter, list) ?? null),
  };
}
