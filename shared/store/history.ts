import { IDLE } from '../model/charge.ts';
import { DAY, HOUR } from '../model/time.ts';
import type { Activity } from './activity.ts';
import type { Connection } from './connection.ts';
import type { Facts } from './facts.ts';
import { portion } from './portion.ts';
import type { Rollup } from './rollup.ts';
import type { HistoryPoint, HistoryQuery } from './store.ts';

/** The steps of a chart, by job and time: cost from the ledger, activity from the samples. */
export function historyOf(
  query: HistoryQuery,
  {
    connection,
    facts,
    rollup,
    activity,
  }: { connection: Connection; facts: Facts; rollup: Rollup; activity: Activity },
): HistoryPoint[] {
  const { from, to, stepMs, jobId, everyones } = query;
  if (!(stepMs > 0)) throw new RangeError(`not the length of a step: ${stepMs}`);
  const points = new Map<string, HistoryPoint>();
  const pointAt = (id: string, at: number): HistoryPoint => {
    const key = `${at} ${id}`;
    const point = points.get(key) ?? { at, jobId: id, micros: 0 };
    points.set(key, point);
    return point;
  };
  const none: ReadonlySet<number> = new Set();
  const jobs = everyones ? none : facts.foreign('job', from);
  const nodes = everyones ? none : facts.foreign('node', from);
  const idle = connection.findId(IDLE);
  const coarsest = [DAY, HOUR].find((size) => stepMs % size === 0 && from % size === 0) ?? 0;
  for (const amount of rollup.amounts(query, coarsest, jobId)) {
    if (amount.job === idle ? nodes.has(amount.node) : jobs.has(amount.job)) continue;
    const id = connection.textOf(amount.job);
    const first = Math.floor((amount.from - from) / stepMs);
    for (let at = from + first * stepMs; at < Math.min(amount.to, to); at += stepMs) {
      pointAt(id, at).micros += portion(amount.micros, amount, at, at + stepMs);
    }
  }
  for (const [id, steps] of activity.read(query, stepMs, jobId)) {
    const job = connection.findId(id);
    if (job !== undefined && jobs.has(job)) continue;
    for (const [at, mean] of steps) pointAt(id, at).activity = mean;
  }
  return [...points.values()].sort((a, b) => a.at - b.at || (a.jobId < b.jobId ? -1 : 1));
}
