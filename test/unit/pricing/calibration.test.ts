import type { Matched } from '@burnrate/shared/invoices/matched.ts';
import { type Node, PER_SECOND } from '@burnrate/shared/model/node.ts';
import type { PriceKey, Quote } from '@burnrate/shared/model/rate.ts';
import { intervalOf } from '@burnrate/shared/model/spread.ts';
import { DAY, HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { PriceBook } from '@burnrate/shared/pricing/book.ts';
import { expect, test } from 'vitest';

const TODAY = 20_000;
const NOW = TODAY * DAY + 10 * HOUR;
const P4D: PriceKey = {
  provider: 'aws',
  instanceType: 'p4d.24xlarge',
  region: 'us-east-1',
  market: 'on-demand',
};
const G5: PriceKey = { ...P4D, instanceType: 'g5.12xlarge' };
const SPOT: PriceKey = { ...G5, zone: 'us-east-1a', market: 'spot' };

function node(priceKey: PriceKey, more: Partial<Node> = {}): Node {
  return {
    id: `aws:team:${priceKey.instanceType}`,
    source: 'aws',
    account: 'aws:team',
    name: 'n',
    aliases: [],
    gpus: { count: 8 },
    state: 'running',
    launchedAt: NOW - 5 * HOUR,
    billing: PER_SECOND,
    mine: true,
    priceKey,
    labels: {},
    ...more,
  };
}

function quote(key: PriceKey, microsPerHour: number, asOf = NOW): Quote {
  const provenance = key.market === 'spot' ? 'quoted' : 'list';
  return { key, rate: { microsPerHour, provenance, basis: 'price list', asOf } };
}

/** So many days of bills up to two days ago, at a ratio. */
function bills(priceKey: PriceKey, ratio: number, days: number, more: Partial<Matched> = {}) {
  return Array.from({ length: days }, (_, index): Matched => {
    const listMicros = 700_000_000;
    return {
      account: 'aws:team',
      priceKey,
      day: TODAY - 2 - index,
      listMicros,
      billedMicros: Math.round(listMicros * ratio),
      final: true,
      ...more,
    };
  });
}

function bookWith(pairs: Matched[]): PriceBook {
  const book = new PriceBook();
  book.learn([quote(P4D, 30_000_000), quote(G5, 5_000_000), quote(SPOT, 2_000_000)]);
  book.calibration.learn(pairs);
  return book;
}

test('without bills a list price stays one', () => {
  expect(bookWith([]).rateOf(node(P4D), NOW)).toMatchObject({ provenance: 'list' });
});

test('a list price becomes what the account pays of it, with how far off that may be', () => {
  const rate = bookWith(bills(P4D, 0.9, 10)).rateOf(node(P4D), NOW);
  expect(rate).toMatchObject({ provenance: 'calibrated', list: 30_000_000 });
  expect(rate?.microsPerHour).toBeGreaterThan(26_900_000);
  expect(rate?.microsPerHour).toBeLessThan(27_100_000);
  const { low = 0, high = 0 } = (rate && intervalOf({ ...rate, micros: rate.microsPerHour })) ?? {};
  expect(low).toBeLessThan(27_000_000);
  expect(high).toBeGreaterThan(27_000_000);
  expect(high - low).toBeLessThan(1_500_000);
});

test('a machine without bills of its own is told by its account, with more doubt', () => {
  const book = bookWith(bills(P4D, 0.9, 10));
  const own = book.rateOf(node(P4D), NOW);
  const other = book.rateOf(node(G5), NOW);
  expect(other?.microsPerHour).toBeCloseTo(4_500_000, -5);
  const share = (rate: typeof own) =>
    Math.max(...Object.values(rate?.spread ?? {})) / (rate?.microsPerHour ?? 1);
  expect(share(other)).toBeGreaterThan(3 * share(own));
});

test("another account's bills tell nothing", () => {
  const book = bookWith(bills(P4D, 0.9, 10));
  expect(book.rateOf(node(P4D, { account: 'aws:other' }), NOW)?.provenance).toBe('list');
});

test('what a machine itself is quoted or billed at is not touched', () => {
  const rate = { microsPerHour: 7, provenance: 'quoted', basis: 'API', asOf: NOW } as const;
  expect(bookWith(bills(P4D, 0.9, 10)).rateOf(node(P4D, { rate }), NOW)).toEqual(rate);
});

test('a spot price is corrected by what spot bills taught, and by no others', () => {
  const spot = node(SPOT);
  expect(bookWith(bills(P4D, 0.9, 10)).rateOf(spot, NOW)?.provenance).toBe('quoted');
  const rate = bookWith(bills(SPOT, 0.91, 10)).rateOf(spot, NOW);
  expect(rate).toMatchObject({ provenance: 'calibrated', list: 2_000_000 });
  expect(rate?.microsPerHour).toBeCloseTo(1_820_000, -4);
});

test('a correction takes the place of the bill before it, in whatever order bills come', () => {
  const right = bills(P4D, 0.9, 6);
  const wrong = bills(P4D, 1, 6, { final: false });
  const corrected = bookWith(wrong);
  corrected.calibration.learn(right.toReversed());
  expect(corrected.rateOf(node(P4D), NOW)).toEqual(bookWith(right).rateOf(node(P4D), NOW));
});

test('a new contract is taken over to machines that have no bill since', () => {
  const before = [P4D, G5, { ...P4D, instanceType: 'p5.48xlarge' }].flatMap((key) =>
    bills(key, 0.9, 10).map((pair) => ({ ...pair, day: pair.day - 3 })),
  );
  const since = [P4D, { ...P4D, instanceType: 'p5.48xlarge' }].flatMap((key) => bills(key, 0.8, 3));
  const rate = bookWith([...before, ...since]).rateOf(node(G5), NOW);
  expect(rate?.microsPerHour).toBeCloseTo(4_000_000, -5);
});

test('a plan that is used up makes each machine dearer the more of them run', () => {
  const pairs = [...bills(P4D, 0.6, 10, { commitment: 'plan' }), ...bills(P4D, 0.9, 10)];
  const book = bookWith(pairs);
  const fleet = [1, 2, 3].map((number) => node(P4D, { id: `aws:team:${number}` }));
  const rates = [1, 2, 3].map((count) => {
    book.watch(fleet.slice(0, count), NOW);
    return book.rateOf(node(P4D, { id: 'aws:team:1' }), NOW)?.microsPerHour ?? 0;
  });
  expect(rates[0]).toBeLessThan(rates[1] ?? 0);
  expect(rates[1]).toBeLessThan(rates[2] ?? 0);
  // In sum just what the plan does not pay for is added.
  const added = (rates[2] ?? 0) * 3 - (rates[1] ?? 0) * 2;
  expect(added / 30_000_000).toBeCloseTo(0.9, 1);
});

test('hours in between two looks are priced as they were', () => {
  const book = bookWith([]);
  const spot = node(SPOT);
  const start = NOW - 3 * HOUR;
  book.learn([quote(SPOT, 1_000_000, start)]);
  book.past([spot], start);
  book.seen(start);
  book.learn([quote(SPOT, 1_500_000, start + HOUR), quote(SPOT, 2_000_000, NOW)]);
  expect(
    book.past([spot], NOW + MINUTE).map(({ from, rate }) => [from, rate.microsPerHour]),
  ).toEqual([
    [start + HOUR, 1_500_000],
    [NOW, 2_000_000],
  ]);
  book.seen(NOW + MINUTE);
  expect(book.past([spot], NOW + 2 * MINUTE)).toEqual([]);
});

test('the price of a spot machine that ended is asked for once more', () => {
  const book = bookWith([]);
  const ended = node(SPOT, { state: 'ended', endedAt: NOW + HOUR });
  expect(book.wanted([ended], NOW + 2 * HOUR)).toEqual([SPOT]);
  book.learn([quote(SPOT, 2_000_000, NOW + 2 * HOUR)]);
  expect(book.wanted([ended], NOW + 3 * HOUR)).toEqual([]);
});
