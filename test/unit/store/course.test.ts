import { IDLE } from '@burnrate/shared/model/charge.ts';
import { DAY, HOUR, type Instant, MINUTE } from '@burnrate/shared/model/time.ts';
import type { HistoryQuery, Store } from '@burnrate/shared/store/store.ts';
import { expect, test } from 'vitest';
import { chargeOf, JOB, MIDNIGHT, NODE, Place } from './place.ts';

const OTHER = 'slurm:lab:2';
const HOURS = 30;
const END = MIDNIGHT + HOURS * HOUR + 17 * MINUTE;
const QUERIES: HistoryQuery[] = [
  { from: END - HOUR, to: END, stepMs: MINUTE },
  { from: END - 6 * HOUR, to: END - 30_000, stepMs: 2 * MINUTE },
  { from: END - 17 * MINUTE - DAY, to: END, stepMs: 10 * MINUTE },
  { from: MIDNIGHT, to: END, stepMs: HOUR },
  { from: MIDNIGHT + 5 * HOUR, to: END, stepMs: 6 * HOUR },
  { from: MIDNIGHT, to: MIDNIGHT + DAY + 90 * MINUTE, stepMs: DAY },
  { from: END - HOUR - 20_000, to: END, stepMs: 7 * MINUTE },
  { from: END - 6 * HOUR, to: END, stepMs: MINUTE, jobId: OTHER },
  { from: END - 6 * HOUR, to: END, stepMs: MINUTE, jobId: IDLE },
];

/** A minute of the ledger: two jobs on one node, idle time now and then, two readings. */
function minute(store: Store, at: Instant): void {
  const to = at + MINUTE;
  const idle = at % (7 * MINUTE) === 0;
  store.writeCharges(NODE, { from: at, to }, [
    chargeOf(at, to, 1000 + ((at / MINUTE) % 100)),
    chargeOf(at, to, 77, idle ? { jobId: IDLE } : { jobId: OTHER }),
  ]);
  store.saveSamples([reading(at + 20_000, 0.5), reading(at + 40_000, ((at / MINUTE) % 10) / 10)]);
}

const reading = (at: Instant, utilization: number) => ({
  at,
  nodeId: NODE,
  jobIds: at % (3 * MINUTE) < MINUTE ? [JOB, OTHER] : [JOB],
  gpu: 'GPU-0',
  utilization,
});

/** The ledger as it grows, minute by minute with its ticks; or the same without any tick. */
function written(place: Place, ticks: boolean) {
  const { store } = place.open();
  const write = (at: Instant) => () => {
    place.now = at + MINUTE;
    minute(store, at);
  };
  for (let at = MIDNIGHT; at < END; at += MINUTE) {
    if (ticks) store.tick(write(at));
    else write(at)();
    if (ticks && at % HOUR === 0) store.compact(at + MINUTE);
  }
  return store;
}

/** Longer ago than minutes are packed of. */
const YOUNG = MIDNIGHT + 3 * HOUR;

const add = (store: Store, at: Instant, jobId: string) =>
  store.writeCharges('aws:dev:i-2', { from: at, to: at + MINUTE }, [
    chargeOf(at, at + MINUTE, 5, { jobId, nodeId: 'aws:dev:i-2' }),
  ]);

const answers = (store: Store, queries = QUERIES) => queries.map((query) => store.history(query));

function expectSame(packed: Store, plain: Store, queries = QUERIES): void {
  const expected = answers(plain, queries);
  for (const [index, points] of answers(packed, queries).entries()) {
    expect(points).toEqual(
      expected[index]?.map(({ activity, ...rest }) => ({
        ...rest,
        ...(activity !== undefined && { activity: expect.closeTo(activity, 9) }),
      })),
    );
  }
}

test('charts read from the packed course say what charges and readings say, also after a redo', () => {
  using packedPlace = new Place();
  using plainPlace = new Place();
  const packed = written(packedPlace, true);
  const plain = written(plainPlace, false);
  const spans = packedPlace
    .raw()
    .prepare('SELECT width_ms, max(through) AS through FROM course GROUP BY width_ms')
    .all();
  expect(spans).toEqual([
    { width_ms: HOUR, through: END - MINUTE },
    { width_ms: DAY, through: MIDNIGHT + (HOURS - 2) * HOUR },
  ]);
  expectSame(packed, plain);

  const minutesAgo = (count: number) => END - count * MINUTE;
  const changes: ((store: Store) => void)[] = [
    // Minutes that are taken back, minutes that are added, of the hours and of the days.
    (store) => store.writeCharges(NODE, { from: minutesAgo(184), to: minutesAgo(180) }, []),
    (store) => add(store, minutesAgo(184), 'slurm:lab:3'),
    (store) => add(store, minutesAgo(183), 'slurm:lab:3'),
    (store) => store.writeCharges(NODE, { from: YOUNG, to: YOUNG + HOUR }, []),
    (store) => add(store, YOUNG, 'slurm:lab:3'),
    (store) => add(store, YOUNG + MINUTE, 'slurm:lab:3'),
    // Readings that come late.
    (store) => store.saveSamples([reading(END - 5 * HOUR + 1000, 1)]),
    (store) => store.saveSamples([reading(YOUNG + 1, 1)]),
  ];
  for (const [index, change] of changes.entries()) {
    for (const store of [packed, plain]) change(store);
    expectSame(packed, plain);
    packedPlace.now = END + (index + 1) * MINUTE;
    packed.tick(() => packed.compact(packedPlace.now));
    expectSame(packed, plain);
  }
  packed.compact(END + HOUR);
  // Readings are merged by the minute then: a step that begins within one has none of its own.
  expectSame(
    packed,
    plain,
    QUERIES.filter(({ from }) => from % MINUTE === 0),
  );
});

test('a ledger without a course, as one that was just migrated, is packed some hours a tick', () => {
  using place = new Place();
  const store = written(place, false);
  const before = answers(store);
  const raw = place.raw();
  const packed = () => raw.prepare('SELECT count(*) FROM course').pluck().get();
  for (let tick = 1; tick <= 26; tick += 1) {
    place.now = END + tick * MINUTE;
    store.tick(() => undefined);
    if (tick === 3) expect(packed()).toBeLessThan(10);
  }
  expect(packed()).toBeGreaterThanOrEqual(25);
  for (const [index, points] of answers(store).entries()) {
    expect(points.map(({ micros }) => micros)).toEqual(before[index]?.map(({ micros }) => micros));
  }
});
