import type { Matched } from '@burnrate/shared/invoices/matched.ts';
import type { PriceKey, Quote } from '@burnrate/shared/model/rate.ts';
import { DAY, HOUR } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { nodeOf } from '../metering/given.ts';
import { NOON, Place } from './place.ts';

const SPOT: PriceKey = {
  provider: 'aws',
  instanceType: 'g5.12xlarge',
  region: 'us-east-1',
  zone: 'us-east-1a',
  market: 'spot',
};

function spot(asOf: number, microsPerHour: number): Quote {
  return { key: SPOT, rate: { microsPerHour, provenance: 'quoted', basis: 'test', asOf } };
}

test('each change of a spot price is kept, and told from the one in force at the start', () => {
  using place = new Place();
  const { store } = place.open();
  store.saveQuotes([spot(NOON, 5), spot(NOON + HOUR, 5), spot(NOON + 2 * HOUR, 7)]);
  store.saveQuotes([spot(NOON + 3 * HOUR, 6)]);
  const history = (from: number, to: number) => store.priceHistory(SPOT, { from, to });
  expect(history(0, NOON + DAY)).toEqual([
    { at: NOON, microsPerHour: 5 },
    { at: NOON + 2 * HOUR, microsPerHour: 7 },
    { at: NOON + 3 * HOUR, microsPerHour: 6 },
  ]);
  expect(history(NOON + HOUR, NOON + 3 * HOUR)).toEqual([
    { at: NOON, microsPerHour: 5 },
    { at: NOON + 2 * HOUR, microsPerHour: 7 },
  ]);
  expect(store.priceHistory({ ...SPOT, zone: 'us-east-1b' }, { from: 0, to: NOON + DAY })).toEqual(
    [],
  );
  store.compact(NOON + 92 * DAY);
  expect(history(0, NOON + DAY)).toEqual([]);
});

test('matched pairs and what commitments were not used for come back as last saved', () => {
  using place = new Place();
  const { store } = place.open();
  const pair: Matched = {
    account: 'aws:dev',
    priceKey: SPOT,
    commitment: 'plan',
    day: 20_000,
    listMicros: 10,
    billedMicros: 9,
    final: false,
  };
  const { commitment: _, ...plain } = pair;
  store.saveMatched([pair, plain]);
  store.saveMatched([{ ...pair, billedMicros: 8, final: true }]);
  expect(store.matched(20_000)).toEqual([plain, { ...pair, billedMicros: 8, final: true }]);
  expect(store.matched(20_001)).toEqual([]);
  const unused = { account: 'aws:dev', commitment: 'plan', day: 20_000, micros: 3 };
  store.saveUnused([{ ...unused, micros: 5 }]);
  store.saveUnused([unused]);
  expect(store.unused(0)).toEqual([unused]);
});

test('a calibrated rate keeps what it was made from and how far off it may be', () => {
  using place = new Place();
  const { store } = place.open();
  const node = nodeOf();
  store.saveNodes([node], NOON);
  const rate = {
    microsPerHour: 9,
    provenance: 'calibrated',
    basis: 'test',
    asOf: NOON,
    list: 10,
    spread: { 'aws:dev on-demand': 1 },
  } as const;
  store.saveRate({ nodeId: node.id, from: NOON, rate });
  expect(store.rates(node.id, { from: NOON, to: NOON + 1 })).toEqual([
    { nodeId: node.id, from: NOON, rate },
  ]);
});
