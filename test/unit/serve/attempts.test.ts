import { Attempts } from '@burnrate/shared/serve/attempts.ts';
import { expect, test } from 'vitest';

function at() {
  const clock = { now: 0 };
  return { clock, attempts: new Attempts(() => clock.now) };
}

test('twenty different wrong tokens are too many, and the wait is over by itself', () => {
  const { clock, attempts } = at();
  for (let guess = 0; guess < 19; guess += 1) attempts.failed('203.0.113.7', `guess ${guess}`);
  expect(attempts.waitOf('203.0.113.7')).toBe(0);
  attempts.failed('203.0.113.7', 'guess 19');
  const wait = attempts.waitOf('203.0.113.7');
  expect(wait).toBeGreaterThan(0);
  clock.now += wait - 1;
  expect(attempts.waitOf('203.0.113.7')).toBeGreaterThan(0);
  clock.now += 1;
  expect(attempts.waitOf('203.0.113.7')).toBe(0);
});

test('others are not held up by one', () => {
  const { attempts } = at();
  for (let guess = 0; guess < 50; guess += 1) attempts.failed('203.0.113.7', `guess ${guess}`);
  expect(attempts.waitOf('203.0.113.7')).toBeGreaterThan(0);
  expect(attempts.waitOf('203.0.113.8')).toBe(0);
});

test('the same wrong token again is no guess', () => {
  const { attempts } = at();
  for (let times = 0; times < 1000; times += 1) attempts.failed('203.0.113.7', 'taken away');
  expect(attempts.waitOf('203.0.113.7')).toBe(0);
});

test('whoever has a network of IPv6 is one, and IPv4 within IPv6 is IPv4', () => {
  const { attempts } = at();
  for (let guess = 0; guess < 30; guess += 1)
    attempts.failed(`2001:db8:1:2::${guess.toString(16)}`, `${guess}`);
  expect(attempts.waitOf('2001:db8:1:2:3:4:5:6')).toBeGreaterThan(0);
  expect(attempts.waitOf('2001:0db8:1:3::1')).toBe(0);
  for (let guess = 0; guess < 30; guess += 1) attempts.failed('::ffff:203.0.113.9', `${guess}`);
  expect(attempts.waitOf('203.0.113.9')).toBeGreaterThan(0);
  expect(attempts.waitOf('::ffff:203.0.113.10')).toBe(0);
});

test('a flood from everywhere does not fill the memory', () => {
  const { attempts } = at();
  for (let one = 0; one < 12_000; one += 1)
    attempts.failed(`10.${one >> 16}.${(one >> 8) & 255}.${one & 255}`, 'x');
  expect(attempts.size).toBeLessThanOrEqual(10_000);
});
