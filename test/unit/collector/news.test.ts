import { type Gauge, News } from '@burnrate/shared/collector/news.ts';
import { MINUTE } from '@burnrate/shared/model/time.ts';
import { beforeEach, expect, test } from 'vitest';

const WORKS: Gauge = {
  at: 0,
  node: 'node',
  gpu: 'GPU-0',
  utilization: 0.99,
  engineActive: 0.9,
  tensorActive: 0.4,
  power: 600,
};

let news: News;
beforeEach(() => {
  news = new News();
  news.configure(0.3);
  expect(news.hears([WORKS])).toBe(true);
});

test('a GPU that works on as before is no news, whatever little its figures wander', () => {
  expect(news.hears([WORKS])).toBe(false);
  expect(news.hears([{ ...WORKS, engineActive: 0.85, tensorActive: 0.45, power: 560 }])).toBe(
    false,
  );
});

test.each<[string, Partial<Gauge>]>([
  ['it does far more', { tensorActive: 0.7 }],
  ['it spins: its tensor cores rest', { tensorActive: 0.05 }],
  ['it is about to: a collection lies half in it', { tensorActive: 0.2 }],
  ['it tells less', { tensorActive: undefined }],
  ['it tells no power', { power: undefined }],
  ['another one tells', { gpu: 'GPU-1' }],
  ['another machine tells', { node: 'other' }],
])('%s: that is news, once', (_, change) => {
  const changed = { ...WORKS, ...change };
  expect(news.hears([WORKS, changed])).toBe(true);
  expect(news.hears([changed])).toBe(false);
});

test('where no tensor cores are told of, it is by its power that a GPU spins', () => {
  const blind = { ...WORKS, tensorActive: undefined };
  news.hears([blind]);
  expect(news.hears([{ ...blind, power: 500 }])).toBe(false);
  expect(news.hears([{ ...blind, power: 300 }])).toBe(true);
  expect(news.hears([{ ...blind, power: 560 }])).toBe(true);
});

test('a GPU that works at less than before is no news, until it does little; nor is more, unless it did', () => {
  const works = (engineActive: number) => news.hears([{ ...WORKS, engineActive }]);
  expect([0.6, 0.95, 0.45, 0.9].map(works)).toEqual([false, false, false, false]);
  expect([0.3, 0.9, 0.9].map(works)).toEqual([true, true, false]);
});

test('of a GPU that does little each reading is news, and of one that tells no activity', () => {
  const idle = { ...WORKS, engineActive: 0.1 };
  for (let reading = 0; reading < 3; reading += 1) expect(news.hears([idle])).toBe(true);
  const silent = { ...WORKS, engineActive: undefined, utilization: undefined };
  for (let reading = 0; reading < 3; reading += 1) expect(news.hears([silent])).toBe(true);
});

test('what counts as little is a setting, and just above it is little too', () => {
  const half = { ...WORKS, engineActive: 0.55 };
  news.hears([half]);
  expect(news.hears([half])).toBe(false);
  news.configure(0.5);
  expect(news.hears([half])).toBe(true);
});

test('once something else runs, each GPU that tells is news', () => {
  news.startOver();
  expect(news.hears([WORKS])).toBe(true);
  expect(news.hears([WORKS])).toBe(false);
});

test('one that was silent for long is news when it tells again', () => {
  news.forget(4 * MINUTE);
  expect(news.hears([WORKS])).toBe(false);
  news.forget(6 * MINUTE);
  expect(news.hears([WORKS])).toBe(true);
});
