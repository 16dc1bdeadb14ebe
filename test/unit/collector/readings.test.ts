import { Readings } from '@burnrate/shared/collector/readings.ts';
import { activity } from '@burnrate/shared/model/sample.ts';
import { HOUR, MINUTE, SECOND } from '@burnrate/shared/model/time.ts';
import type { StoredSample } from '@burnrate/shared/store/store.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const T0 = Date.UTC(2026, 10, 20, 12);
const STEP = 30 * SECOND;
const byTime = (a: StoredSample, b: StoredSample) => a.at - b.at;

/** Readings beside all of them, as a store has them. */
class Stored {
  readonly all: StoredSample[] = [];
  asked = 0;
  readonly readings = new Readings((jobId, { from, to }) => {
    this.asked += 1;
    return this.of(jobId).filter(({ at }) => at >= from && at < to);
  });

  add(samples: readonly StoredSample[]): void {
    this.all.push(...samples);
    this.readings.add(samples);
  }

  of(jobId: string): StoredSample[] {
    return this.all.filter(({ jobIds }) => jobIds.includes(jobId)).sort(byTime);
  }
}

function sample(at: number, gpu: number, engineActive?: number): StoredSample {
  return {
    at,
    nodeId: 'node',
    gpu: `GPU-${gpu}`,
    jobIds: ['job'],
    ...(engineActive !== undefined && { engineActive }),
  };
}

test('what is drawn of a job is what going through all of its readings would give', () => {
  const round = fc.record({
    late: fc.nat({ max: 20 * SECOND }),
    levels: fc.array(fc.option(fc.float({ min: 0, max: 1, noNaN: true }), { nil: undefined }), {
      minLength: 1,
      maxLength: 3,
    }),
    pause: fc.constantFrom(5 * SECOND, 15 * SECOND, MINUTE, 4 * MINUTE),
  });
  fc.assert(
    fc.property(fc.array(round, { maxLength: 60 }), (rounds) => {
      const stored = new Stored();
      let now = T0;
      for (const { late, levels, pause } of rounds) {
        now += pause;
        stored.add(levels.map((level, gpu) => sample(now - (gpu === 0 ? 0 : late), gpu, level)));
        stored.readings.forget(now);
        const all = stored.of('job').filter((one) => activity(one) !== undefined);

        const latest = new Map(
          all
            .filter(({ at }) => at >= now - 90 * SECOND)
            .map((one) => [one.gpu, activity(one) ?? 0]),
        );
        const mean = [...latest.values()].reduce((a, b) => a + b, 0) / latest.size;
        const current = stored.readings.current('job', now);
        if (latest.size === 0) expect(current).toBeUndefined();
        else expect(current?.activity).toBeCloseTo(mean, 9);

        const last = Math.floor(now / STEP);
        const steps = Array.from({ length: 40 }, (_, index) => {
          const values = all.filter(({ at }) => Math.floor(at / STEP) === last - 39 + index);
          if (values.length === 0) return null;
          return values.reduce((sum, one) => sum + (activity(one) ?? 0), 0) / values.length;
        });
        const begun = steps.findIndex((step) => step !== null);
        const expected = begun < 0 ? [] : steps.slice(begun);
        const recent = stored.readings.recent('job', now);
        expect(recent.map((step) => step?.toFixed(9))).toEqual(
          expected.map((step) => step?.toFixed(9)),
        );
      }
    }),
  );
});

test('the last minutes are in memory; what is older comes from the store', () => {
  const stored = new Stored();
  for (let at = T0; at <= T0 + HOUR; at += 5 * SECOND) {
    stored.add([sample(at, 0, 0.9)]);
    stored.readings.forget(at);
  }
  const now = T0 + HOUR;
  expect(stored.readings.since('job', now - MINUTE)).toHaveLength(13);
  expect(stored.asked).toBe(0);
  expect(stored.readings.since('job', now - 30 * MINUTE)).toHaveLength(361);
  expect(stored.asked).toBe(1);
  expect(stored.readings.since('nobody', T0)).toEqual([]);
});

test('of a job that has fallen silent nothing is asked of the store again and again', () => {
  const stored = new Stored();
  stored.add([sample(T0, 0, 0.9)]);
  stored.readings.forget(T0 + 10 * MINUTE);
  expect(stored.readings.since('job', T0)).toEqual([]);
  expect(stored.readings.current('job', T0 + 10 * MINUTE)).toBeUndefined();
  expect(stored.asked).toBe(0);
});

test('a reading that is told twice counts once', () => {
  const stored = new Stored();
  stored.add([sample(T0, 0, 0.2), sample(T0, 0, 0.2), sample(T0, 1, 0.8)]);
  expect(stored.readings.since('job', T0)).toHaveLength(2);
  expect(stored.readings.recent('job', T0)).toEqual([0.5]);
});

test('after the clock was set back, what is read now counts, not what lies ahead', () => {
  const stored = new Stored();
  stored.add([sample(T0 + HOUR, 0, 0.9)]);
  stored.add([sample(T0, 0, 0.1)]);
  expect(stored.readings.current('job', T0)).toEqual({ activity: 0.1, at: T0 });
});
