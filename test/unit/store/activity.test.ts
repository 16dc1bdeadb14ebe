import { DAY, HOUR, type Instant, MINUTE } from '@burnrate/shared/model/time.ts';
import type { StoredSample } from '@burnrate/shared/store/store.ts';
import { expect, test } from 'vitest';
import { JOB, MIDNIGHT, NODE, Place } from './place.ts';

const OTHER = 'slurm:lab:2';
const HOURS = 30;

const reading = (at: Instant, gpu: number, engineActive: number): StoredSample => ({
  at,
  nodeId: NODE,
  jobIds: gpu === 0 ? [JOB, OTHER] : [JOB],
  gpu: `GPU-${gpu}`,
  engineActive,
});

const readings = Array.from({ length: HOURS * 6 }, (_, index) =>
  [0, 1].map((gpu) => reading(MIDNIGHT + index * 10 * MINUTE, gpu, ((index * 7 + gpu) % 11) / 11)),
).flat();

/** Mean activity by job and step, from the readings themselves. */
function expected(list: readonly StoredSample[], from: Instant, stepMs: number) {
  const means = new Map<string, number>();
  for (const job of [JOB, OTHER]) {
    const own = list.filter(({ jobIds, at }) => jobIds.includes(job) && at >= from);
    for (const [step, group] of Map.groupBy(own, ({ at }) => Math.floor((at - from) / stepMs))) {
      const sum = group.reduce((all, { engineActive }) => all + (engineActive ?? 0), 0);
      means.set(`${job} ${from + step * stepMs}`, sum / group.length);
    }
  }
  return means;
}

test.each([HOUR, 6 * HOUR, DAY])(
  'activity in steps of %i ms is the mean of the readings, however much was compacted',
  (stepMs) => {
    using place = new Place();
    const { store } = place.open({ retention: { minuteDays: 1, hourDays: 400 } });
    const kept: StoredSample[] = [];
    const check = (from: Instant) => {
      const means = expected(kept, from, stepMs);
      const points = store.history({ from, to: MIDNIGHT + HOURS * HOUR, stepMs });
      expect(points).toHaveLength(means.size);
      for (const { jobId, at, activity } of points) {
        expect(activity).toBeCloseTo(means.get(`${jobId} ${at}`) ?? Number.NaN, 9);
      }
    };
    for (const [hour, group] of Map.groupBy(readings, ({ at }) => Math.floor(at / HOUR))) {
      store.saveSamples(group);
      kept.push(...group);
      if (hour % 3 === 0) store.compact((hour + 1) * HOUR);
    }
    check(MIDNIGHT);
    check(MIDNIGHT + 5 * HOUR);
    // Not at a full hour: by the readings, and never by part of an hour's sum.
    check(MIDNIGHT + 90 * MINUTE);
    // What a source tells late of an hour that is over counts, too.
    const late = reading(MIDNIGHT + 20 * HOUR + 5 * MINUTE, 1, 1);
    store.saveSamples([late]);
    kept.push(late);
    check(MIDNIGHT);
    store.compact(MIDNIGHT + 3 * DAY);
    check(MIDNIGHT);
  },
);
