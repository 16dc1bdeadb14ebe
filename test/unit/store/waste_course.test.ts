import { DAY, HOUR } from '@burnrate/shared/model/time.ts';
import { NO_WASTE, wasteSum } from '@burnrate/shared/model/waste.ts';
import { migrations } from '@burnrate/shared/store/schema/index.ts';
import { wasteHour } from '@burnrate/shared/store/schema/waste_hour.ts';
import type { Store } from '@burnrate/shared/store/store.ts';
import type { WastePart } from '@burnrate/shared/store/waste.ts';
import { expect, test } from 'vitest';
import { jobOf } from '../report/ledgers.ts';
import { chargeOf, MIDNIGHT, NODE, Place } from './place.ts';

const A = 'slurm:lab:a';
const B = 'slurm:lab:b';

function wasted(
  store: Store,
  ...parts: [WastePart['jobId'], WastePart['cause'], number, number][]
) {
  store.addWaste(
    parts.map(([jobId, cause, hour, micros]) => ({
      jobId,
      cause,
      at: MIDNIGHT + hour * HOUR,
      micros,
    })),
    [...new Set(parts.map(([jobId]) => jobId))].map((jobId) => ({
      jobId,
      through: MIDNIGHT,
      firstReadAt: MIDNIGHT,
      worked: true,
    })),
  );
}

test('each step has what all jobs wasted in the hours that begin in it, by cause', () => {
  using place = new Place();
  const { store } = place.open();
  wasted(store, [A, 'idle', 1, 5], [B, 'idle', 1, 2], [A, 'stalled', 6, 3], [B, 'waiting', 11, 1]);
  wasted(store, [A, 'idle', 12, 100]);
  const span = { from: MIDNIGHT, to: MIDNIGHT + 12 * HOUR };
  const { at, steps } = store.wasteCourse({ ...span, stepMs: 6 * HOUR });
  expect(at).toEqual([MIDNIGHT, MIDNIGHT + 6 * HOUR]);
  expect(steps).toEqual([
    { idle: 7, stalled: 0, waiting: 0 },
    { idle: 0, stalled: 3, waiting: 1 },
  ]);
  // However it is cut, it is what the same interval comes to in reports.
  const sums = [...store.wasteSums(span).values()].reduce((sum, one) => sum + wasteSum(one), 0);
  for (const stepMs of [HOUR, 6 * HOUR, DAY]) {
    const course = store.wasteCourse({ ...span, stepMs });
    expect(course.steps.reduce((sum, one) => sum + wasteSum(one), 0)).toBe(sums);
  }
});

test('a ledger from before has the same course as one that was written since', () => {
  using place = new Place();
  const before = place.open({ migrations: migrations.slice(0, migrations.indexOf(wasteHour)) });
  wasted(before.store, [A, 'idle', 1, 5], [B, 'idle', 1, 2], [B, 'waiting', 2, 1]);
  before.store.close();
  const { store } = place.open();
  wasted(store, [A, 'idle', 1, 10], [B, 'stalled', 2, 4]);
  const span = { from: MIDNIGHT, to: MIDNIGHT + 3 * HOUR, stepMs: HOUR };
  expect(store.wasteCourse(span).steps).toEqual([
    NO_WASTE,
    { idle: 17, stalled: 0, waiting: 0 },
    { idle: 0, stalled: 4, waiting: 1 },
  ]);
});

test('a sum is as good as the weakest ground of the jobs that wasted, and of no other', () => {
  using place = new Place();
  const { store } = place.open();
  const span = { from: MIDNIGHT, to: MIDNIGHT + DAY };
  const hour = { from: MIDNIGHT, to: MIDNIGHT + HOUR };
  store.writeCharges(NODE, hour, [
    chargeOf(hour.from, hour.to, 5, { jobId: A, provenance: 'quoted' }),
    chargeOf(hour.from, hour.to, 5, { jobId: B, provenance: 'list' }),
  ]);
  wasted(store, [A, 'idle', 0, 5]);
  // The other was watched and worked, until it idles in its turn.
  store.addWaste([], [{ jobId: B, through: MIDNIGHT, firstReadAt: MIDNIGHT, worked: true }]);
  const ground = () => store.wasteCourse({ ...span, stepMs: HOUR }).provenance;
  expect(ground()).toBe('quoted');
  wasted(store, [B, 'idle', 3, 1]);
  expect(ground()).toBe('list');
  const later = { from: MIDNIGHT + DAY, to: MIDNIGHT + 2 * DAY };
  expect(store.wasteCourse({ ...later, stepMs: DAY })).toMatchObject({ steps: [NO_WASTE] });
  expect(store.wasteCourse({ ...later, stepMs: DAY }).provenance).toBeUndefined();
});

test('jobs of that time whose GPUs were read are counted: of others nobody knows what they wasted', () => {
  using place = new Place();
  const { store } = place.open();
  const watch = { through: MIDNIGHT, worked: true };
  const ended = { state: 'ended', endedAt: MIDNIGHT + 2 * HOUR } as const;
  store.saveJobs([jobOf(A, ended), jobOf(B), jobOf('slurm:lab:unread')], MIDNIGHT);
  store.addWaste(
    [],
    [
      { ...watch, jobId: A, firstReadAt: MIDNIGHT },
      { ...watch, jobId: B, firstReadAt: MIDNIGHT + 5 * HOUR },
      { ...watch, jobId: 'slurm:lab:unread' },
    ],
  );
  const watched = (from: number, to: number) =>
    store.wasteCourse({ from: MIDNIGHT + from * HOUR, to: MIDNIGHT + to * HOUR, stepMs: HOUR })
      .watched;
  expect(watched(0, 24)).toBe(2);
  expect(watched(0, 4)).toBe(1);
  expect(watched(3, 5)).toBe(0);
  expect(watched(6, 7)).toBe(1);
});
