import { IDLE } from '../model/charge.ts';
import type { History } from '../protocol/protocol.ts';
import type { HistoryPoint, HistoryQuery, Store } from '../store/store.ts';

/** More steps than any chart has pixels: a question for more is a mistake. */
const MAX_STEPS = 5_000;

/** The chart's columns from the ledger: one series a job, the dearest first, idle last. */
export function historyOf(
  store: Pick<Store, 'history'>,
  query: HistoryQuery,
  nameOf: (jobId: string) => string,
): History {
  checkSteps(query);
  return chartOf(store.history(query), query, nameOf);
}

/** Throws where a question has no steps, or more than can be drawn. */
export function checkSteps({ from, to, stepMs }: HistoryQuery): void {
  const count = Math.ceil((to - from) / stepMs);
  if (!(count > 0) || count > MAX_STEPS) {
    throw new Error(`history: ask for 1 to ${MAX_STEPS} steps, not ${count}`);
  }
}

/** The columns of points, wherever these were read. */
export function chartOf(
  points: readonly HistoryPoint[],
  { from, to, stepMs }: HistoryQuery,
  nameOf: (jobId: string) => string,
): History {
  const at = Array.from({ length: Math.ceil((to - from) / stepMs) }, (_, i) => from + i * stepMs);
  const series = new Map<string, History['series'][number]>();
  for (const point of points) {
    const index = Math.floor((point.at - from) / stepMs);
    if (index < 0 || index >= at.length) continue;
    let own = series.get(point.jobId);
    if (!own) {
      const empty = () => at.map(() => null);
      const name = point.jobId === IDLE ? 'idle' : nameOf(point.jobId);
      own = { jobId: point.jobId, name, micros: empty(), activity: empty() };
      series.set(point.jobId, own);
    }
    own.micros[index] = (own.micros[index] ?? 0) + point.micros;
    if (point.activity !== undefined) own.activity[index] = point.activity;
  }
  const sum = (one: History['series'][number]) =>
    one.micros.reduce<number>((total, micros) => total + (micros ?? 0), 0);
  const sorted = [...series.values()].sort(
    (a, b) => Number(a.jobId === IDLE) - Number(b.jobId === IDLE) || sum(b) - sum(a),
  );
  return { from, stepMs, at, series: sorted };
}
