import { Courses, type Moment } from '@burnrate/shared/alerts/course.ts';
import { idleRule } from '@burnrate/shared/alerts/idle.ts';
import { Services } from '@burnrate/shared/alerts/services.ts';
import { defaultConfig } from '@burnrate/shared/config/config.ts';
import { expect, test } from 'vitest';
import { jobView, readingsOf, sceneAt } from './scene.ts';

const job = jobView();

/** Readings each 15 s for so many minutes. */
const during = (minutes: number) => Array.from({ length: minutes * 4 + 1 }, (_, i) => i * 15_000);

/** Requests come and go: some chance, and always the same. */
const requests = (at: number, mean: number) => mean * (0.5 + (((at / 15_000) * 7919) % 101) / 101);

const courseWith = (activityAt: (at: number) => number, minutes = 20): Moment[] =>
  during(minutes).map((at) => ({ at, activity: activityAt(at) }));

test('activity that follows requests is a service’s; steady work is not', () => {
  const services = new Services(0.3);
  expect(
    services.has(
      'service',
      courseWith((at) => requests(at, 0.6)),
    ),
  ).toBe(true);
  const trains = (at: number) => ((at / 15_000) % 40 < 2 ? 0.02 : 0.92 + ((at / 15_000) % 3) / 100);
  expect(services.has('training', courseWith(trains))).toBe(false);
});

test('what a job is, is remembered through a time in which it does little', () => {
  const services = new Services(0.3);
  services.has(
    'training',
    courseWith(() => 0.92),
  );
  expect(
    services.has(
      'training',
      courseWith((at) => requests(at, 0.1)),
    ),
  ).toBe(false);
  services.has(
    'service',
    courseWith((at) => requests(at, 0.6)),
  );
  expect(
    services.has(
      'service',
      courseWith(() => 0.05),
    ),
  ).toBe(true);
});

test('a few minutes tell nothing', () => {
  expect(
    new Services(0.3).has(
      'job',
      courseWith((at) => requests(at, 0.6), 5),
    ),
  ).toBeUndefined();
});

test('a service at night is not idle; one that answers nothing for ten minutes is', () => {
  const rule = idleRule(defaultConfig.alerts.idle);
  const night = 1_800_000;
  const dead = 3_600_000;
  const readings = readingsOf(job.id, during(90), (at) =>
    at < night ? requests(at, 0.6) : at < dead ? requests(at, 0.08) : 0,
  );
  const found = during(90).flatMap((at) =>
    rule.evaluate(sceneAt(at, [job], readings)).map(({ since, holdMs }) => ({ at, since, holdMs })),
  );
  const fired = found.find(({ at, since, holdMs }) => at - since >= holdMs);
  expect(fired?.since).toBeGreaterThanOrEqual(dead);
  expect(fired?.holdMs).toBe(600_000);
});

test('what was known of a job that is gone is forgotten, also where rules share it', () => {
  const courses = new Courses();
  const rule = idleRule(defaultConfig.alerts.idle, courses);
  const readings = readingsOf(job.id, during(2), () => 0.9);
  rule.evaluate(sceneAt(120_000, [job], readings));
  rule.evaluate(sceneAt(121_000, [], readings));
  expect(courses.of(job.id, sceneAt(121_000, [job], []))).toEqual([]);
});
