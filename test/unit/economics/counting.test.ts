import { Counting } from '@burnrate/shared/economics/counting.ts';
import type { Progress } from '@burnrate/shared/model/progress.ts';
import { MINUTE, SECOND } from '@burnrate/shared/model/time.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const NOON = Date.UTC(2026, 10, 25, 12);

function reading(value: number, changes: Partial<Progress> = {}): Progress {
  return { at: NOON, counter: 'tokens', series: 'a', value, fromZero: true, of: {}, ...changes };
}

/** What a row of readings, 15 s apart, adds up to. */
function sumOf(counting: Counting, readings: readonly Progress[], account = 'otlp:here'): number {
  return readings.reduce(
    (sum, one, index) =>
      sum + (counting.take('job', account, { ...one, at: one.at + index * 15 * SECOND }) ?? 0),
    0,
  );
}

test('what was counted before anybody looked is not counted', () => {
  expect(sumOf(new Counting(), [reading(5_000), reading(5_100), reading(5_250)])).toBe(250);
});

test('a count that has just begun is new as a whole', () => {
  const since = NOON - 20 * SECOND;
  expect(sumOf(new Counting(), [reading(40, { since }), reading(90, { since })])).toBe(90);
});

test('a process that starts again counts from zero: nothing is lost and nothing twice', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(1000), { minLength: 1 })), (lives) => {
      const counting = new Counting();
      let at = NOON;
      const take = (value: number) => {
        at += 1;
        return counting.take('job', 'a:b', reading(value, { at }));
      };
      take(0);
      let [done, counted] = [0, 0];
      for (const gains of lives) {
        let value = 0;
        for (const gain of gains) {
          value += gain;
          done += gain;
          counted += take(value) ?? 0;
        }
        // A life that ended before the next could be told from it: by what it had counted.
        if (value > 0) counted += take(0) ?? 0;
      }
      expect(counted).toBe(done);
    }),
  );
});

test('going back to a checkpoint is no progress; what is done again counts as work', () => {
  const step = (value: number) => reading(value, { counter: 'steps', fromZero: false });
  expect(sumOf(new Counting(), [step(900), step(950), step(900)])).toBe(50);
  expect(sumOf(new Counting(), [step(900), step(950), step(900), step(940)])).toBe(50 + 40);
});

test('steps are counted by all processes alike, tokens by each for itself', () => {
  const ranks = (counter: Progress['counter']) => {
    const counting = new Counting();
    let sum = 0;
    for (let step = 0; step <= 100; step += 10)
      for (const rank of ['0', '1', '2', '3'])
        sum +=
          counting.take(
            'job',
            'otlp:here',
            reading(step, { counter, series: rank, at: NOON + step * SECOND + Number(rank) }),
          ) ?? 0;
    return sum;
  };
  expect(ranks('steps')).toBe(100);
  expect(ranks('tokens')).toBe(400);
});

test('a process that replaces another goes on from where the job was', () => {
  const counting = new Counting();
  const step = (value: number, series: string) => reading(value, { counter: 'steps', series });
  expect(sumOf(counting, [step(0, 'pid 1'), step(500, 'pid 1')])).toBe(500);
  const later = { at: NOON + 5 * MINUTE };
  const since = later.at;
  const after = [
    { ...step(0, 'pid 2'), ...later, since },
    { ...step(30, 'pid 2'), ...later, since },
  ];
  expect(sumOf(counting, after)).toBe(30);
});

test('one account tells of a counter, until it is silent', () => {
  const counting = new Counting();
  expect(sumOf(counting, [reading(0), reading(100)], 'dcgm:local')).toBe(100);
  expect(sumOf(counting, [reading(0), reading(100)], 'prometheus:p')).toBe(0);
  const later = NOON + 10 * MINUTE;
  const second = [reading(150, { at: later }), reading(190, { at: later })];
  expect(sumOf(counting, second, 'prometheus:p')).toBe(40);
});

test('what is sent twice counts once', () => {
  const counting = new Counting();
  expect(counting.take('job', 'a:b', reading(10))).toBe(0);
  const sent = reading(30, { at: NOON + SECOND });
  expect(counting.take('job', 'a:b', sent)).toBe(20);
  expect(counting.take('job', 'a:b', sent)).toBeUndefined();
});

test('a restart goes on from what was kept', () => {
  const first = new Counting();
  const steps = (value: number) => reading(value, { counter: 'steps' });
  sumOf(first, [steps(0), steps(300)]);
  const second = new Counting();
  second.restore(first.changes());
  expect(second.take('job', 'otlp:here', { ...steps(340), at: NOON + MINUTE })).toBe(40);
});
