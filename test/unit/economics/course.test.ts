import { CounterCourses, unitCostOf } from '@burnrate/shared/economics/course.ts';
import { toMicros } from '@burnrate/shared/model/money.ts';
import { HOUR, MINUTE, SECOND } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';

const NOON = Date.UTC(2026, 10, 25, 12);
const RATE = toMicros(36);

/** A job at $36 an hour that counts so much every 15 s, for so many minutes. */
function counted(perQuarter: number, minutes: number, courses = new CounterCourses()) {
  for (let at = NOON; at <= NOON + minutes * MINUTE; at += 15 * SECOND) {
    courses.add('job', 'tokens', at, perQuarter);
    courses.pass(at, () => RATE);
  }
  return courses;
}

function only(courses: CounterCourses) {
  const [course] = courses.of('job');
  if (!course) throw new Error('nothing was counted');
  return course;
}

test('a unit costs what the job cost in the minutes in which it was counted', () => {
  // 250,000 every 15 s are a million a minute, which costs $0.60.
  const course = only(counted(250_000, 12));
  const cost = unitCostOf(course, NOON + 12 * MINUTE + 5 * SECOND);
  expect(cost.micros).toBe(toMicros(0.6));
  expect(cost.perHour).toBe(60e6);
  expect(cost.total).toBe(250_000 * (12 * 4 + 1));
});

test('the cost of a unit is said only once there is something to divide by', () => {
  const young = unitCostOf(only(counted(250_000, 1)), NOON + 70 * SECOND);
  expect(young.micros).toBeUndefined();
  const stopped = unitCostOf(only(counted(0, 12)), NOON + 12 * MINUTE);
  expect(stopped.micros).toBeUndefined();
  expect(stopped.perHour).toBeUndefined();
});

test('minutes in which nobody looked cost nothing', () => {
  const courses = counted(250_000, 5);
  courses.add('job', 'tokens', NOON + 2 * HOUR, 250_000);
  courses.pass(NOON + 2 * HOUR, () => RATE);
  const micros = only(courses).minutes.reduce((sum, minute) => sum + minute.micros, 0);
  expect(micros).toBe(toMicros(3));
});

test('a restart goes on from what was kept', () => {
  const first = counted(250_000, 12);
  const minutes = first.changes();
  const second = new CounterCourses();
  second.restore('job', 'tokens', only(first).total, minutes);
  const now = NOON + 12 * MINUTE + 5 * SECOND;
  const { advancedAt: _, ...cost } = unitCostOf(only(first), now);
  expect(unitCostOf(only(second), now)).toMatchObject(cost);
});

test('what has not changed is not kept again', () => {
  const courses = counted(1, 3);
  expect(courses.changes().length).toBe(4);
  courses.kept();
  expect(courses.changes()).toEqual([]);
  courses.add('job', 'tokens', NOON + 4 * MINUTE, 1);
  expect(courses.changes()).toMatchObject([{ jobId: 'job', counter: 'tokens', amount: 1 }]);
});

test('what is hours old takes little room, and costs what it cost', () => {
  const courses = counted(250_000, 300);
  const now = NOON + 300 * MINUTE;
  const before = unitCostOf(only(courses), now);
  courses.kept();
  courses.forget(now);
  const { minutes } = only(courses);
  expect(minutes.length).toBeLessThan(300 - 180 + 180 / 5 + 10);
  expect(unitCostOf(only(courses), now)).toEqual(before);
  // What is remembered differently is not kept anew.
  expect(courses.changes()).toEqual([]);
});
