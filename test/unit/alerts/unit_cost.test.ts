import { unitCostRule } from '@burnrate/shared/alerts/unit_cost.ts';
import type { CounterCourse } from '@burnrate/shared/economics/course.ts';
import { HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { counted } from './counters.ts';
import { jobView, sceneAt } from './scene.ts';

const NOON = Date.UTC(2026, 10, 25, 12);
const rule = unitCostRule({ factor: 3 });
const job = jobView({ rate: { micros: 36e6, provenance: 'list', uncertain: false, unpriced: 0 } });

function found(courses: readonly CounterCourse[], minutes: number) {
  const scene = { ...sceneAt(NOON + minutes * MINUTE, [job], []), counters: () => courses };
  return rule.evaluate(scene);
}

test('a job that does a fourth of what it did for the same money is found, with both prices', () => {
  const courses = counted('steps', NOON, 70, (minute) => (minute < 62 ? 100 : 25));
  const [finding, ...more] = found(courses, 70);
  expect(more).toEqual([]);
  expect(finding).toMatchObject({ subject: job.id, microsPerHour: 27e6 });
  // $0.60 a minute for 100 steps are $6 a thousand.
  expect(finding?.title).toContain('$24.00 per 1k steps, 4.0 times');
  expect(finding?.detail).toContain('$6.00 per 1k steps');
});

test('a job that got dearer without getting faster is found', () => {
  const rate = (minute: number) => (minute < 62 ? 36e6 : 144e6);
  expect(
    found(
      counted('tokens', NOON, 70, () => 1e6, rate),
      70,
    ),
  ).toHaveLength(1);
});

test('a job that got dearer and faster is not', () => {
  const grown = (minute: number) => (minute < 62 ? 1 : 4);
  const courses = counted(
    'tokens',
    NOON,
    70,
    (m) => grown(m) * 1e6,
    (m) => grown(m) * 36e6,
  );
  expect(found(courses, 70)).toEqual([]);
});

test('twice the price is not yet said', () => {
  expect(
    found(
      counted('steps', NOON, 70, (m) => (m < 62 ? 100 : 45)),
      70,
    ),
  ).toEqual([]);
});

test('what comes back is usual: evaluations every half hour, and the nights of a service', () => {
  const evaluates = (minute: number) => (minute % 30 < 6 ? 20 : 100);
  expect(found(counted('steps', NOON, 246, evaluates), 246)).toEqual([]);
  const quiet = (minute: number) => (minute % 480 < 120 ? 1e5 : 1e6);
  for (const minute of [490, 550, 590])
    expect(found(counted('tokens', NOON, minute, quiet), minute)).toEqual([]);
});

test('too little past, a counter that is no longer read, and one that stands still say nothing', () => {
  const slower = (minute: number) => (minute < 25 ? 100 : 10);
  expect(found(counted('steps', NOON, 33, slower), 33)).toEqual([]);
  const silent = counted('steps', NOON, 70, (minute) => (minute < 62 ? 100 : 25));
  expect(found(silent, 75)).toEqual([]);
  expect(
    found(
      counted('steps', NOON, 70, (m) => (m < 62 ? 100 : 0)),
      70,
    ),
  ).toEqual([]);
});

test("others' jobs, and those without counters, are left alone", () => {
  const courses = counted('steps', NOON, 70, (minute) => (minute < 62 ? 100 : 25));
  const now = NOON + 70 * MINUTE;
  const theirs = sceneAt(now, [jobView({ mine: false })], []);
  expect(rule.evaluate({ ...theirs, counters: () => courses })).toEqual([]);
  expect(rule.evaluate(sceneAt(NOON + HOUR, [job], []))).toEqual([]);
});
