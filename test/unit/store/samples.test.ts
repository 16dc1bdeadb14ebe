import { DAY, HOUR, type Instant, MINUTE, SECOND } from '@burnrate/shared/model/time.ts';
import type { StoredSample } from '@burnrate/shared/store/store.ts';
import { expect, test } from 'vitest';
import { jobOf, nodeOf } from '../metering/given.ts';
import { chargeOf, JOB, MIDNIGHT, NODE, NOON, Place } from './place.ts';

function sampleOf(at: Instant, changes: Partial<StoredSample> = {}): StoredSample {
  return { at, nodeId: NODE, jobIds: [JOB], gpu: 'GPU-0', ...changes };
}

test('a reading comes back as it was read, with all its measures and labels', () => {
  using place = new Place();
  const { store } = place.open();
  const full = sampleOf(NOON + 1, {
    jobIds: ['a', 'b'],
    gpuIndex: 3,
    model: 'A100',
    utilization: 1,
    engineActive: 0.9,
    tensorActive: 0,
    memoryUsed: 2 ** 36,
    memoryTotal: 2 ** 37,
    power: 399.5,
    pcieTx: 1,
    pcieRx: 2,
    nvlinkTx: 3,
    nvlinkRx: 4,
    slurmJob: '17',
    pod: 'train-0',
    namespace: 'ml',
    container: 'main',
  });
  const bare = sampleOf(NOON + 2, { jobIds: [] });
  store.saveSamples([full, bare]);
  expect(store.samples({ from: NOON, to: NOON + HOUR })).toEqual([full, bare]);
  expect(store.samples({ from: NOON, to: NOON + HOUR }, { jobId: 'b' })).toEqual([full]);
  expect(store.samples({ from: NOON, to: NOON + HOUR }, { jobId: 'c' })).toEqual([]);
  expect(store.samples({ from: NOON, to: NOON + HOUR }, { nodeId: 'other' })).toEqual([]);
  expect(store.samples({ from: NOON + 2, to: NOON + 3 })).toEqual([bare]);
  // The same reading again is the same reading.
  store.saveSamples([{ ...full, jobIds: ['b', 'a'] }]);
  expect(store.samples({ from: NOON, to: NOON + 2 })).toEqual([full]);
});

test('means, lows and highs survive from seconds to minutes, hours and days', () => {
  using place = new Place();
  const retention = { minuteDays: 2, hourDays: 4 };
  const { store } = place.open({ retention });
  const raw = place.raw();
  const busy = (index: number) => (index % 40 === 7 ? 1 : (index % 10) / 20);
  const readings = Array.from({ length: 2 * 240 }, (_, index) =>
    sampleOf(MIDNIGHT + index * 15 * SECOND, {
      engineActive: busy(index),
      ...(index % 3 === 0 && { power: 100 + index }),
    }),
  );
  store.saveSamples(readings);
  const mean =
    readings.reduce((sum, { engineActive }) => sum + (engineActive ?? 0), 0) / readings.length;
  const powers = readings.flatMap(({ power }) => power ?? []);
  const check = (step: number, rows: number) => {
    const got = raw
      .prepare(
        `SELECT count(*) AS rows, sum(readings) AS readings, sum(engine_active * readings) / sum(readings) AS mean,
         min(coalesce(engine_active_min, engine_active)) AS low,
         max(coalesce(engine_active_max, engine_active)) AS high,
         max(coalesce(power_max, power)) AS power FROM sample WHERE step_ms = ?`,
      )
      .get(step) as Record<string, number>;
    expect(got).toMatchObject({ rows, readings: 480, low: 0, high: 1, power: Math.max(...powers) });
    expect(got.mean).toBeCloseTo(mean, 9);
    const [activity] = [...store.history({ from: MIDNIGHT, to: MIDNIGHT + DAY, stepMs: DAY })];
    expect(activity?.activity).toBeCloseTo(mean, 9);
  };
  check(0, 480);
  store.compact(MIDNIGHT + 2 * HOUR);
  check(0, 480);
  store.compact(MIDNIGHT + 5 * HOUR);
  store.compact(MIDNIGHT + 5 * HOUR);
  check(MINUTE, 120);
  store.compact(MIDNIGHT + 3 * DAY);
  check(HOUR, 2);
  store.compact(MIDNIGHT + 9 * DAY);
  check(DAY, 1);
});

test('a reading that comes after its minute was rolled up is added to it', () => {
  using place = new Place();
  const { store } = place.open();
  store.saveSamples([
    sampleOf(NOON, { utilization: 0.2 }),
    sampleOf(NOON + SECOND, { utilization: 0.4 }),
  ]);
  store.compact(NOON + 5 * HOUR);
  store.saveSamples([sampleOf(NOON + 2 * SECOND, { utilization: 0.9, power: 300 })]);
  store.compact(NOON + 5 * HOUR);
  const rows = store.samples({ from: NOON, to: NOON + HOUR });
  expect(rows).toHaveLength(1);
  expect(rows[0]?.utilization).toBeCloseTo(0.5, 9);
  expect(rows[0]?.power).toBeCloseTo(300, 9);
});

test('a chart shows what each job cost and did, step by step, to the last micro-dollar', () => {
  using place = new Place();
  const { store } = place.open();
  const to = NOON + 2 * HOUR;
  store.writeCharges(NODE, { from: NOON, to }, [
    chargeOf(NOON, NOON + HOUR, 600_001),
    chargeOf(NOON + HOUR, NOON + 90 * MINUTE, 300_000),
    chargeOf(NOON + 90 * MINUTE, to, 77, { jobId: 'idle' }),
  ]);
  store.saveSamples([
    sampleOf(NOON + 5 * MINUTE, { engineActive: 0.25, utilization: 1 }),
    sampleOf(NOON + 6 * MINUTE, { utilization: 0.75 }),
    sampleOf(NOON + 95 * MINUTE, { engineActive: 0.5 }),
  ]);
  const halves = store.history({ from: NOON, to, stepMs: 30 * MINUTE });
  expect(halves).toEqual([
    { at: NOON, jobId: JOB, micros: 300_000, activity: 0.5 },
    { at: NOON + 30 * MINUTE, jobId: JOB, micros: 300_001 },
    { at: NOON + HOUR, jobId: JOB, micros: 300_000 },
    { at: NOON + 90 * MINUTE, jobId: 'idle', micros: 77 },
    { at: NOON + 90 * MINUTE, jobId: JOB, micros: 0, activity: 0.5 },
  ]);
  for (const stepMs of [MINUTE, 7 * MINUTE, HOUR, DAY]) {
    const points = store.history({ from: NOON, to, stepMs, jobId: JOB });
    expect(points.reduce((sum, { micros }) => sum + micros, 0)).toBe(900_001);
    expect(points.every(({ at }) => (at - NOON) % stepMs === 0)).toBe(true);
  }
  expect(store.history({ from: NOON, to, stepMs: HOUR, jobId: 'nobody' })).toEqual([]);
  expect(() => store.history({ from: NOON, to, stepMs: 0 })).toThrow(RangeError);
});

test('a chart over days that are only kept by the day still has their sum', () => {
  using place = new Place();
  const { store } = place.open({ retention: { minuteDays: 1, hourDays: 2 } });
  const days = 6;
  const to = MIDNIGHT + days * DAY;
  const charges = Array.from({ length: days * 24 }, (_, hour) =>
    chargeOf(MIDNIGHT + hour * HOUR, MIDNIGHT + (hour + 1) * HOUR, 1000 + hour),
  );
  store.writeCharges(NODE, { from: MIDNIGHT, to }, charges);
  const sum = charges.reduce((all, { micros }) => all + micros, 0);
  store.compact(to);
  for (const stepMs of [HOUR, 6 * HOUR, DAY, 2 * DAY]) {
    const points = store.history({ from: MIDNIGHT, to, stepMs });
    expect(points.reduce((all, { micros }) => all + micros, 0)).toBe(sum);
    expect(points).toHaveLength(Math.ceil((days * DAY) / stepMs));
  }
});

test('a chart shows what is mine: neither others’ jobs nor the idle time of machines of nobody', () => {
  using place = new Place();
  const { store } = place.open();
  const to = NOON + HOUR;
  const [mine, theirs] = [nodeOf({ id: 'slurm:lab:mine' }), nodeOf({ id: NODE, mine: false })];
  store.saveNodes([mine, theirs], NOON);
  store.saveJobs([jobOf(), jobOf({ id: 'slurm:lab:2', mine: false })], NOON);
  for (const { id } of [mine, theirs]) {
    store.writeCharges(id, { from: NOON, to }, [
      chargeOf(NOON, to, 100, { nodeId: id, jobId: jobOf().id }),
      chargeOf(NOON, to, 10, { nodeId: id, jobId: 'slurm:lab:2' }),
      chargeOf(NOON, to, 1, { nodeId: id, jobId: 'idle' }),
    ]);
  }
  store.saveSamples([sampleOf(NOON + MINUTE, { jobIds: ['slurm:lab:2'], utilization: 1 })]);
  const sums = (everyones?: boolean) =>
    store
      .history({ from: NOON, to, stepMs: HOUR, ...(everyones !== undefined && { everyones }) })
      .map(({ jobId, micros }) => [jobId, micros]);
  expect(sums()).toEqual([
    ['idle', 1],
    [jobOf().id, 200],
  ]);
  expect(sums(true)).toEqual([
    ['idle', 2],
    [jobOf().id, 200],
    ['slurm:lab:2', 20],
  ]);
});
