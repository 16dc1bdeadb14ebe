import type { Moment } from '@burnrate/shared/alerts/course.ts';
import { Habits } from '@burnrate/shared/alerts/habits.ts';
import { expect, test } from 'vitest';

const PLAIN = 14_000;
const isLow = ({ activity }: Moment) => activity < 0.3;

/** A course read each 5 s: `dips` are [from, length, burst?] in seconds. */
function courseOf(seconds: number, dips: readonly [number, number, boolean?][]): Moment[] {
  return Array.from({ length: seconds / 5 + 1 }, (_, index) => {
    const at = index * 5;
    const dip = dips.find(([from, length]) => at >= from && at < from + length);
    const bursts = dip?.[2] && at < dip[0] + 5;
    return { at: at * 1000, activity: dip ? 0.02 : 0.92, pcieOut: bursts ? 4e9 : 50e6 };
  });
}

/** Lives through the course as the rule does, and answers the allowance of its last dip. */
function allowanceAfter(course: readonly Moment[]): number {
  const habits = new Habits();
  for (let end = 1; end <= course.length; end += 1)
    habits.learn('job', course.slice(0, end), isLow);
  const since = course[course.findLastIndex((moment) => !isLow(moment)) + 1]?.at ?? 0;
  return habits.allowance('job', course, since, isLow, PLAIN);
}

test('of a job of which nothing is known a dip may last the plain time', () => {
  expect(allowanceAfter(courseOf(620, [[600, 60]]))).toBe(PLAIN);
});

test('a burst to the host marks a checkpoint, which is given time though its like was never seen', () => {
  expect(allowanceAfter(courseOf(620, [[600, 60, true]]))).toBe(150_000);
});

test('what has passed by itself before may last a little longer the next time', () => {
  const after = allowanceAfter(
    courseOf(1220, [
      [600, 60],
      [1200, 60],
    ]),
  );
  expect(after).toBeGreaterThan(60_000);
  expect(after).toBeLessThan(120_000);
});

test('checkpoints excuse checkpoints alone: a dip without a burst is as suspicious as ever', () => {
  const dips: [number, number, boolean][] = [
    [600, 90, true],
    [1500, 90, true],
    [2400, 90, true],
  ];
  expect(allowanceAfter(courseOf(3020, [...dips, [3000, 60, false]]))).toBe(PLAIN);
  expect(allowanceAfter(courseOf(3020, [...dips, [3000, 60, true]]))).toBeGreaterThan(90_000);
});

test('one long standstill is no habit, two alike are', () => {
  expect(
    allowanceAfter(
      courseOf(2420, [
        [600, 400],
        [2400, 60],
      ]),
    ),
  ).toBe(PLAIN);
  expect(
    allowanceAfter(
      courseOf(3420, [
        [600, 400],
        [1800, 420],
        [3400, 60],
      ]),
    ),
  ).toBeGreaterThan(420_000);
});

test('no habit excuses more than a quarter of an hour, and one job’s are not another’s', () => {
  const course = courseOf(9020, [
    [600, 1500],
    [4000, 1500],
    [9000, 60],
  ]);
  expect(allowanceAfter(course)).toBe(900_000);
  const habits = new Habits();
  for (let end = 1; end <= course.length; end += 1)
    habits.learn('one', course.slice(0, end), isLow);
  expect(habits.allowance('other', course, 9_000_000, isLow, PLAIN)).toBe(PLAIN);
  habits.keep(new Set());
  expect(habits.allowance('one', course, 9_000_000, isLow, PLAIN)).toBe(PLAIN);
});
