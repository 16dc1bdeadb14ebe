import { IDLE } from '../model/charge.ts';
import { DAY, HOUR } from '../model/time.ts';
import type { Activity } from './activity.ts';
import type { Connection } from './connection.ts';
import type { Course } from './course.ts';
import type { Facts } from './facts.ts';
import { cutAtSteps } from './portion.ts';
import type { Rollup } from './rollup.ts';
import { Steps } from './steps.ts';
import type { HistoryPoint, HistoryQuery } from './store.ts';

interface Sources {
  connection: Connection;
  facts: Facts;
  rollup: Rollup;
  activity: Activity;
  course: Course;
}

/**
 * The steps of a chart, by time and job: from the packed course where there is one, else cost from
 * the ledger and activity from the samples.
 */
export function historyOf(query: HistoryQuery, sources: Sources): HistoryPoint[] {
  const { connection, facts, rollup, activity, course } = sources;
  const { from, to, stepMs, jobId, everyones } = query;
  if (!(stepMs > 0)) throw new RangeError(`not the length of a step: ${stepMs}`);
  const job = jobId === undefined ? null : connection.findId(jobId);
  if (job === undefined || to <= from) return [];
  const none: ReadonlySet<number> = new Set();
  const jobs = everyones ? none : facts.foreign('job', from);
  const nodes = everyones ? none : facts.foreign('node', from);
  const idle = connection.findId(IDLE);
  const isOthers = (one: { job: number; node: number }) =>
    one.job === idle ? nodes.has(one.node) : jobs.has(one.job);

  const byJob = new Map<number, Steps>();
  const stepsOf = (id: number): Steps => {
    const steps = byJob.get(id) ?? new Steps(Math.ceil((to - from) / stepMs));
    byJob.set(id, steps);
    return steps;
  };
  const rest = course.read(query, stepMs, (lane, placing) => {
    if ((job !== null && lane.job !== job) || isOthers(lane)) return;
    stepsOf(lane.job).add(lane.steps, placing);
  });
  for (const gap of rest) {
    // Only where the gap's steps are this chart's: an hour's sum must not be cut by a step.
    const coarsest = [DAY, HOUR].find((size) => stepMs % size === 0 && from % size === 0) ?? 0;
    for (const amount of rollup.amounts(gap, coarsest, jobId)) {
      if (isOthers(amount)) continue;
      const steps = stepsOf(amount.job);
      for (const { step, micros } of cutAtSteps(amount, from, stepMs)) steps.charge(step, micros);
    }
    // Sums count steps from where the gap begins, which need not be where one of the chart's does.
    const ahead = Math.min(gap.to, from + Math.ceil((gap.from - from) / stepMs) * stepMs);
    for (const part of [
      { from: gap.from, to: ahead },
      { from: ahead, to: gap.to },
    ]) {
      if (part.to <= part.from) continue;
      const offset = Math.floor((part.from - from) / stepMs);
      for (const sum of activity.sums(part, stepMs, job)) {
        if (!jobs.has(sum.job)) {
          stepsOf(sum.job).work(offset + sum.step, sum.total, sum.readings);
        }
      }
    }
  }
  return pointsOf(query, byJob, (id) => connection.textOf(id));
}

/** By time, then by job; steps of which nothing is known are left out. */
function pointsOf(
  { from, to, stepMs }: HistoryQuery,
  byJob: ReadonlyMap<number, Steps>,
  textOf: (id: number) => string,
): HistoryPoint[] {
  const all = [...byJob].map(([id, steps]) => ({ jobId: textOf(id), steps }));
  all.sort((a, b) => (a.jobId < b.jobId ? -1 : 1));
  const points: HistoryPoint[] = [];
  for (let step = 0, at = from; at < to; step += 1, at += stepMs) {
    for (const { jobId, steps } of all) {
      const micros = steps.micros(step);
      const activity = steps.activity(step);
      if (Number.isNaN(micros) && activity === undefined) continue;
      const point: HistoryPoint = { at, jobId, micros: Number.isNaN(micros) ? 0 : micros };
      if (activity !== undefined) point.activity = activity;
      points.push(point);
    }
  }
  return points;
}
