import { pricesOf } from '@burnrate/shared/collector/prices.ts';
import type { Node } from '@burnrate/shared/model/node.ts';
import type { PriceKey, Quote } from '@burnrate/shared/model/rate.ts';
import { DAY, HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { PriceHistory } from '@burnrate/shared/protocol/prices.ts';
import { expect, test } from 'vitest';
import { jobOf, nodeOf } from '../metering/given.ts';
import { NOON, Place } from '../store/place.ts';

function spotIn(zone: string): PriceKey {
  const region = 'us-east-1';
  return { provider: 'aws', instanceType: 'p4d.24xlarge', region, zone, market: 'spot' };
}

function quote(zone: string, asOf: number, microsPerHour: number): Quote {
  const rate = { microsPerHour, provenance: 'quoted', basis: 'test', asOf } as const;
  return { key: spotIn(zone), rate };
}

const running = (changes: Partial<Node>): Node => nodeOf({ launchedAt: NOON, ...changes });
const A = running({ id: 'aws:dev:i-a', priceKey: spotIn('us-east-1a') });
const B = running({
  id: 'aws:prod:i-b',
  account: 'aws:prod',
  aliases: ['i-b'],
  priceKey: spotIn('us-east-1b'),
  state: 'ended',
  endedAt: NOON + HOUR,
});

/** What is asked of a ledger with a spot machine in each of two zones, of two accounts. */
function asked(place: Place) {
  const { store } = place.open();
  store.saveNodes([A, B, running({ id: 'aws:dev:i-c' })], NOON);
  const titleOf = (account: string) => `AWS: ${account}`;
  const onDemand = ({ market }: PriceKey) => {
    expect(market).toBe('on-demand');
    return { microsPerHour: 32_772_600, provenance: 'list', basis: 'test', asOf: NOON } as const;
  };
  return { store, source: { store, titleOf, onDemand } };
}

test('each kind and zone that ran is a series of its own, with whose machines those are', () => {
  using place = new Place();
  const { store, source } = asked(place);
  store.saveQuotes([quote('us-east-1a', NOON, 5), quote('us-east-1a', NOON + HOUR, 7)]);
  store.saveQuotes([quote('us-east-1b', NOON, 4)]);
  const history = pricesOf(source, { from: NOON + MINUTE, to: NOON + 2 * HOUR });
  expect(PriceHistory.parse(history)).toEqual(history);
  expect(history.series).toMatchObject([
    {
      zone: 'us-east-1a',
      accounts: [{ id: 'aws:dev', title: 'AWS: aws:dev' }],
      running: 1,
      onDemand: { microsPerHour: 32_772_600 },
      points: [
        { at: NOON, microsPerHour: 5 },
        { at: NOON + HOUR, microsPerHour: 7 },
      ],
    },
    { zone: 'us-east-1b', accounts: [{ id: 'aws:prod' }], running: 0 },
  ]);
  expect(pricesOf(source, { from: NOON - DAY, to: NOON }).series).toEqual([]);
  expect(() => pricesOf(source, { from: NOON, to: NOON })).toThrow('no time between');
});

test('of one job there are the zones in which it ran, by whatever name it calls its machine', () => {
  using place = new Place();
  const { store, source } = asked(place);
  store.saveQuotes([quote('us-east-1a', NOON, 5), quote('us-east-1b', NOON, 4)]);
  store.saveJobs([jobOf({ id: 'slurm:lab:7', shares: [{ node: 'i-b' }] })], NOON);
  const interval = { from: NOON, to: NOON + DAY };
  const zones = (jobId: string) =>
    pricesOf(source, { ...interval, jobId }).series.map(({ zone }) => zone);
  expect(zones('slurm:lab:7')).toEqual(['us-east-1b']);
  expect(zones('slurm:lab:8')).toEqual([]);
});

test('of more changes than can be drawn the peaks stay, and what holds at the end', () => {
  using place = new Place();
  const { store, source } = asked(place);
  const many = Array.from({ length: 4_000 }, (_, index) =>
    quote('us-east-1a', NOON + index * MINUTE, 1_000 + (index % 7)),
  );
  store.saveQuotes([
    ...many,
    quote('us-east-1a', NOON + 2_000 * MINUTE + 1, 9_999),
    quote('us-east-1a', NOON + 3_000 * MINUTE + 1, 1),
  ]);
  const { series } = pricesOf(source, { from: NOON, to: NOON + 4_000 * MINUTE });
  const points = series[0]?.points ?? [];
  expect(points.length).toBeLessThanOrEqual(3_000);
  expect(Math.max(...points.map(({ microsPerHour }) => microsPerHour))).toBe(9_999);
  expect(Math.min(...points.map(({ microsPerHour }) => microsPerHour))).toBe(1);
  expect(points.map(({ at }) => at)).toEqual(points.map(({ at }) => at).toSorted((a, b) => a - b));
  expect(points.at(-1)).toEqual({ at: NOON + 3_999 * MINUTE, microsPerHour: 1_000 + (3_999 % 7) });
});
