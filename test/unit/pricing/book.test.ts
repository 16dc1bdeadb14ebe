import type { PriceKey, Provenance, Quote } from '@burnrate/shared/model/rate.ts';
import { DAY, HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { PriceBook } from '@burnrate/shared/pricing/book.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeOf, START } from '../metering/given.ts';

const key: PriceKey = {
  provider: 'aws',
  instanceType: 'p4d.24xlarge',
  region: 'us-east-1',
  zone: 'us-east-1a',
  market: 'on-demand',
};
const node = nodeOf({ priceKey: key });
const now = START + DAY;

function quoteOf(
  microsPerHour: number,
  provenance: Provenance,
  asOf = START,
  changes: Partial<Quote> = {},
): Quote {
  return { key, rate: { microsPerHour, provenance, basis: 'test', asOf }, ...changes };
}

test('the best provenance wins, then the newest, in whatever order they are learned', () => {
  const quotes = [
    quoteOf(1, 'list', START + HOUR),
    quoteOf(2, 'calibrated', START),
    quoteOf(3, 'quoted', START),
    quoteOf(4, 'quoted', START + 1),
    quoteOf(5, 'list', START, { nodeId: node.id }),
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(quotes, { minLength: quotes.length }), (shuffled) => {
      const book = new PriceBook();
      book.learn(shuffled);
      expect(book.rateOf(node, now)?.microsPerHour).toBe(4);
    }),
  );
});

test("a machine's own price counts for no other", () => {
  const book = new PriceBook();
  book.learn([quoteOf(9, 'quoted', START, { nodeId: node.id }), quoteOf(5, 'list')]);
  expect(book.rateOf(node, now)?.microsPerHour).toBe(9);
  expect(book.rateOf({ ...node, id: 'aws:dev:i-2' }, now)?.microsPerHour).toBe(5);
  const elsewhere = { ...node, id: 'aws:dev:i-3', priceKey: { ...key, region: 'eu-west-1' } };
  expect(book.rateOf(elsewhere, now)).toBeUndefined();
});

test('spot prices differ by zone, others do not', () => {
  const book = new PriceBook();
  const spot = { ...key, market: 'spot' as const };
  book.learn([quoteOf(5, 'list'), quoteOf(2, 'quoted', START, { key: spot })]);
  const zone = 'us-east-1b';
  expect(book.rateOf({ ...node, priceKey: { ...key, zone } }, now)?.microsPerHour).toBe(5);
  expect(book.rateOf({ ...node, priceKey: spot }, now)?.microsPerHour).toBe(2);
  expect(book.rateOf({ ...node, priceKey: { ...spot, zone } }, now)).toBeUndefined();
});

test('a price dated in the future is the last resort of its kind', () => {
  const book = new PriceBook();
  book.learn([quoteOf(7, 'quoted', now + HOUR)]);
  expect(book.rateOf(node, now)?.microsPerHour).toBe(7);
  const own = { ...node, rate: quoteOf(6, 'quoted', now - HOUR).rate };
  expect(book.rateOf(own, now)?.microsPerHour).toBe(6);
});

test('what is not known, or is old, is asked for, and each kind once', () => {
  const book = new PriceBook();
  const wanted = (asOf: number, market: PriceKey['market'] = 'on-demand') => {
    const of = { ...key, market };
    const fresh = new PriceBook();
    fresh.learn([quoteOf(5, 'list', asOf, { key: of })]);
    return fresh.wanted([{ ...node, priceKey: of }], now).length;
  };
  expect(book.wanted([node, { ...node, id: 'aws:dev:i-2' }], now)).toEqual([key]);
  expect(wanted(now - 23 * HOUR)).toBe(0);
  expect(wanted(now - 24 * HOUR)).toBe(1);
  expect(wanted(now - 9 * MINUTE, 'spot')).toBe(0);
  expect(wanted(now - 10 * MINUTE, 'spot')).toBe(1);
  expect(book.wanted([{ ...node, priceKey: { ...key, market: 'owned' } }], now)).toEqual([]);
  expect(book.wanted([{ ...node, state: 'stopped' }], now)).toEqual([]);
  expect(book.wanted([{ ...node, state: 'starting' }], now)).toEqual([key]);
});
