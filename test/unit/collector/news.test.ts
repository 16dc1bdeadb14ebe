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
  ['it does less', { engineActive: 0.6 }],
  ['it does more', { tensorActive: 0.6 }],
  ['it spins: its tensor cores rest', { tensorActive: 0.05 }],
  ['it spins: it takes less power', { power: 400 }],
  ['it tells less', { tensorActive: undefined }],
  ['another one tells', { gpu: 'GPU-1' }],
  ['another machine tells', { node: 'other' }],
])('%s: that is news, once', (_, change) => {
  const changed = { ...WORKS, ...change };
  expect(news.hears([WORKS, changed])).toBe(true);
  expect(news.hears([changed])).toBe(false);
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

test('one that was silent for long is news when it tells again', () => {
  news.forget(4 * MINUTE);
  expect(news.hears([WORKS])).toBe(false);
  news.forget(6 * MINUTE);
  expect(news.hears([WORKS])).toBe(true);
});
