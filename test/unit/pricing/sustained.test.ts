import type { Matched } from '@burnrate/shared/invoices/matched.ts';
import type { Node } from '@burnrate/shared/model/node.ts';
import type { PriceKey } from '@burnrate/shared/model/rate.ts';
import { DAY, HOUR, type Instant } from '@burnrate/shared/model/time.ts';
import { PriceBook } from '@burnrate/shared/pricing/book.ts';
import { monthOf, Sustained, tiersOf } from '@burnrate/shared/pricing/sustained.ts';
import { expect, test } from 'vitest';
import { nodeOf } from '../metering/given.ts';

const N1: PriceKey = {
  provider: 'gcp',
  instanceType: 'n1-standard-16+4xnvidia-tesla-t4',
  region: 'us-west1',
  zone: 'us-west1-a',
  market: 'on-demand',
};
/** June has thirty days; it begins at 07:00 UTC on the Pacific coast. */
const JUNE: Instant = Date.UTC(2026, 5, 1, 7);
const AT = (day: number) => JUNE + day * DAY;

function machine(id: string, from: Instant, to?: Instant, changes: Partial<Node> = {}): Node {
  return nodeOf({
    id: `gcp:team:${id}`,
    source: 'gcp',
    account: 'gcp:team',
    gpus: { count: 4 },
    priceKey: N1,
    launchedAt: from,
    state: to === undefined ? 'running' : 'ended',
    ...(to !== undefined && { endedAt: to }),
    ...changes,
  });
}

function after(nodes: readonly Node[], now: Instant): Sustained {
  const sustained = new Sustained();
  sustained.note(nodes, now);
  return sustained;
}

test('use of the whole month costs 70% of the list price, quarter by quarter less', () => {
  const sustained = after([machine('a', JUNE, AT(30))], AT(30));
  const quarters = [0, 7.5, 15, 22.5].map((day) =>
    sustained.factor('gcp:team', N1, { from: AT(day), to: AT(day + 7.5) }),
  );
  expect(quarters.map((factor) => factor.toFixed(6))).toEqual([
    '1.000000',
    '0.800000',
    '0.600000',
    '0.400000',
  ]);
  expect(sustained.factor('gcp:team', N1, { from: JUNE, to: AT(30) })).toBeCloseTo(0.7, 6);
  const n2 = { ...N1, instanceType: 'n2-standard-8' };
  const other = after([machine('b', JUNE, AT(30), { priceKey: n2 })], AT(30));
  expect(other.factor('gcp:team', n2, { from: JUNE, to: AT(30) })).toBeCloseTo(0.8, 6);
});

test('what the next hour costs depends on what ran in the month, and begins anew with the next', () => {
  const sustained = after([machine('a', JUNE)], AT(40));
  const now = (day: number) => sustained.factor('gcp:team', N1, AT(day));
  expect([1, 8, 16, 23].map(now)).toEqual([1, 0.8, 0.6, 0.4].map((tier) => expect.closeTo(tier)));
  expect(now(30.1)).toBeCloseTo(1);
  expect(monthOf(AT(3))).toEqual({ from: JUNE, to: Date.UTC(2026, 6, 1, 7) });
  // Clocks go forward on March 8: the month begins eight hours behind UTC and ends seven.
  expect(monthOf(Date.UTC(2026, 2, 20))).toEqual({
    from: Date.UTC(2026, 2, 1, 8),
    to: Date.UTC(2026, 3, 1, 7),
  });
});

test('machines one after the other are one that runs on; two at once are two half as far', () => {
  const inTurn = after([machine('a', JUNE, AT(10)), machine('b', AT(10), AT(20))], AT(20));
  expect(inTurn.factor('gcp:team', N1, { from: AT(10), to: AT(15) })).toBeCloseTo(0.8);
  expect(inTurn.factor('gcp:team', N1, { from: AT(15), to: AT(20) })).toBeCloseTo(0.6);
  const atOnce = after([machine('a', JUNE, AT(10)), machine('b', JUNE, AT(10))], AT(10));
  expect(atOnce.factor('gcp:team', N1, { from: JUNE, to: AT(7.5) })).toBeCloseTo(1);
  // A second one beside the first begins where no second one ever was.
  const beside = after([machine('a', JUNE), machine('b', AT(20))], AT(21));
  expect(beside.factor('gcp:team', N1, AT(20.5))).toBeCloseTo((0.6 + 1) / 2);
  // Elsewhere it is another's.
  expect(beside.factor('gcp:other', N1, AT(20.5))).toBe(1);
  expect(beside.factor('gcp:team', { ...N1, region: 'us-east1' }, AT(20.5))).toBe(1);
});

test('spot machines, Vertex AI and newer machines are not discounted', () => {
  const kinds: PriceKey[] = [
    { ...N1, market: 'spot' },
    { ...N1, instanceType: 'vertex/n1-standard-16+4xnvidia-tesla-t4' },
    { ...N1, instanceType: 'a2-highgpu-8g' },
    { ...N1, instanceType: 'g2-standard-48' },
    { ...N1, provider: 'aws' },
  ];
  for (const key of kinds) expect(tiersOf(key)).toBeUndefined();
  expect(tiersOf({ ...N1, instanceType: 'custom-8-32768' })).toEqual([1, 0.8, 0.6, 0.4]);
});

test('a contract beside it is learned as one ratio, whatever part of the month the bills are of', () => {
  const book = new PriceBook();
  const node = machine('a', JUNE);
  const now = AT(16) + HOUR;
  const list = { microsPerHour: 2_000_000, provenance: 'list', basis: 'test', asOf: now } as const;
  book.learn([{ key: N1, rate: list }]);
  book.watch([node], now);
  const days = [2, 3, 4, 5, 9, 10, 11, 12, 13].map((day): Matched => {
    const start = Math.floor(AT(day) / DAY);
    const span = { from: start * DAY, to: (start + 1) * DAY };
    const tier = book.calibration.sustained.factor('gcp:team', N1, span);
    return {
      account: 'gcp:team',
      priceKey: N1,
      day: start,
      listMicros: 48_000_000,
      billedMicros: Math.round(48_000_000 * tier * 0.9),
      final: true,
    };
  });
  book.calibration.learn(days);
  const rate = book.rateOf(node, now);
  expect(rate).toMatchObject({ provenance: 'calibrated', list: 2_000_000 });
  expect((rate?.microsPerHour ?? 0) / 2_000_000).toBeCloseTo(0.9 * 0.6, 3);
  expect(book.reasonOf(node, now)?.bills?.sustained).toBeCloseTo(0.6);
  // The next month begins at the full price again, less the contract.
  expect((book.rateOf(node, AT(30.5))?.microsPerHour ?? 0) / 2_000_000).toBeCloseTo(0.9, 3);
});

test('hours of a sleep are priced as they were, each by what of the month was used until then', () => {
  const book = new PriceBook();
  const node = machine('a', JUNE);
  const list = { microsPerHour: 2_000_000, provenance: 'list', basis: 'test', asOf: JUNE } as const;
  book.learn([{ key: N1, rate: list }]);
  const day = Math.floor(AT(2) / DAY);
  const pair = { account: 'gcp:team', priceKey: N1, day, listMicros: 48_000_000, final: true };
  book.calibration.learn([{ ...pair, billedMicros: 48_000_000 }]);
  const fallsAsleep = AT(7);
  book.watch([node], fallsAsleep);
  book.seen(fallsAsleep);
  const changes = book.past([node], AT(8));
  const at = (when: Instant) => changes.findLast(({ from }) => from <= when)?.rate.microsPerHour;
  expect(at(AT(7.4))).toBeCloseTo(2_000_000, -2);
  expect(at(AT(7.6))).toBeCloseTo(1_600_000, -2);
});
