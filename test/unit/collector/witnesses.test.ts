import { Witnesses } from '@burnrate/shared/collector/witnesses.ts';
import type { Sample } from '@burnrate/shared/model/sample.ts';
import { expect, test } from 'vitest';

const START = Date.UTC(2026, 0, 5);
const place = ({ node }: Sample) => (node === 'alias' ? 'node1' : node);
const reading = (second: number, more: Partial<Sample> = {}): Sample => ({
  at: START + second * 1000,
  node: 'node1',
  gpu: 'GPU-0',
  utilization: 0.5,
  ...more,
});

/** What counts of two accounts, each heard at its own times with readings of some age. */
function heardOf(
  accounts: Record<string, { every: number; age: number; from?: number; to?: number }>,
  seconds: number,
): Record<string, number[]> {
  const witnesses = new Witnesses();
  const counted: Record<string, number[]> = {};
  for (let second = 0; second < seconds; second += 1) {
    for (const [account, { every, age, from = 0, to = seconds }] of Object.entries(accounts)) {
      if (second < from || second >= to || (second - from) % every !== 0) continue;
      if (witnesses.heard(account, [reading(second - age)], place).length === 0) continue;
      counted[account] = [...(counted[account] ?? []), second];
    }
  }
  return counted;
}

test('a GPU that two accounts show counts once: by whoever reads it more often', () => {
  const direct = { every: 5, age: 0 };
  const scraped = { every: 15, age: 8 };
  expect(Object.keys(heardOf({ direct, scraped }, 600))).toEqual(['direct']);
  const later = heardOf({ scraped, direct: { ...direct, from: 100 } }, 600);
  expect(later.scraped?.at(-1)).toBeLessThan(115);
  expect(later.direct?.length).toBeGreaterThan(95);
});

test('of two that read equally often, one stays', () => {
  for (let from = 0; from < 15; from += 1) {
    const counted = heardOf({ a: { every: 15, age: 1 }, b: { every: 15, age: 4, from } }, 600);
    const lengths = Object.values(counted).map(({ length }) => length);
    expect(Math.max(...lengths)).toBeGreaterThanOrEqual(38);
    expect(lengths.reduce((a, b) => a + b)).toBeLessThanOrEqual(41);
  }
});

test('where one falls silent, the other is heard', () => {
  const counted = heardOf(
    { direct: { every: 5, age: 0, to: 100 }, scraped: { every: 15, age: 8 } },
    300,
  );
  expect(counted.direct).toHaveLength(20);
  expect(counted.scraped?.[0]).toBeLessThanOrEqual(135);
  expect(counted.scraped?.at(-1)).toBe(285);
});

test('by whatever name the machine is called; other GPUs and machines are their own', () => {
  const witnesses = new Witnesses();
  witnesses.heard('a', [reading(0)], place);
  const others = [reading(1, { gpu: 'GPU-1' }), reading(1, { node: 'node2' })];
  const same = [reading(1), reading(1, { node: 'alias' })];
  expect(witnesses.heard('b', [...others, ...same], place)).toEqual(others);
});

test('late readings of the one that counts are kept, and what is long gone is forgotten', () => {
  const witnesses = new Witnesses();
  witnesses.heard('a', [reading(60)], place);
  expect(witnesses.heard('a', [reading(30)], place)).toHaveLength(1);
  expect(witnesses.heard('b', [reading(65)], place)).toHaveLength(0);
  witnesses.forget(START + 3 * 3_600_000);
  expect(witnesses.heard('b', [reading(0)], place)).toHaveLength(1);
});

test('what others tell of need not be told again, until they have been silent for a while', () => {
  const witnesses = new Witnesses();
  witnesses.heard('dcgm:a', [reading(0), reading(0, { node: 'node2' })], place);
  witnesses.heard('aws:b', [reading(0, { node: 'node3' })], place);
  expect(witnesses.toldByOthers('aws:b', START)).toEqual(new Set(['node1', 'node2']));
  expect(witnesses.toldByOthers('dcgm:a', START)).toEqual(new Set(['node3']));
  expect(witnesses.toldByOthers('aws:b', START + 301_000)).toEqual(new Set());
});
