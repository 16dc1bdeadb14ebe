import { stoppedFinding } from '@burnrate/shared/alerts/stopped.ts';
import type { CounterCourse } from '@burnrate/shared/economics/course.ts';
import { MINUTE, SECOND } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { counted } from './counters.ts';
import { jobView, sceneAt } from './scene.ts';

const NOON = Date.UTC(2026, 10, 25, 12);
const job = jobView();

/** What is found at a minute, and whether it has lasted long enough to be said. */
function at(minute: number, courses: readonly CounterCourse[], serves?: boolean) {
  const now = NOON + minute * MINUTE;
  const scene = { ...sceneAt(now, [job], []), counters: () => courses };
  const finding = stoppedFinding(job, scene, () => serves);
  return { finding, said: finding !== undefined && now - finding.since >= finding.holdMs };
}

const until = (minute: number) => (now: number) => (now < minute ? 100 : 0);

test('steps that stand still are said after three minutes, with the time of the last', () => {
  const { finding, said } = at(24, counted('steps', NOON, 24, until(20)));
  expect(said).toBe(true);
  expect(finding?.since).toBe(NOON + 20 * MINUTE - 15 * SECOND);
  expect(finding?.title).toContain('has counted no steps for 4 min');
  expect(at(22, counted('steps', NOON, 22, until(20))).said).toBe(false);
  expect(at(19, counted('steps', NOON, 19, until(20))).finding).toBeUndefined();
});

test('pauses that come again and again are a habit, and a longer one is not', () => {
  const evaluates = (minute: number) => (minute % 20 >= 12 ? 0 : 100);
  expect(at(99, counted('steps', NOON, 99, evaluates)).said).toBe(false);
  const hangs = (minute: number) => (minute >= 92 ? 0 : evaluates(minute));
  expect(at(104, counted('steps', NOON, 104, hangs)).said).toBe(false);
  expect(at(107, counted('steps', NOON, 107, hangs)).said).toBe(true);
});

test('tokens that stop are said of a job that trains, and not of one that serves', () => {
  const tokens = counted('tokens', NOON, 30, until(20));
  expect(at(30, tokens, false).said).toBe(true);
  expect(at(30, tokens, true).finding).toBeUndefined();
  expect(at(30, tokens).finding).toBeUndefined();
});

test('nobody who counts any more is no standstill', () => {
  expect(at(30, counted('steps', NOON, 20, until(30))).finding).toBeUndefined();
});

test('a job that has not got going is not held to it', () => {
  expect(at(30, counted('steps', NOON, 30, until(1))).finding).toBeUndefined();
});
