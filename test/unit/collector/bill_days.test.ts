import { billDaysOf } from '@burnrate/shared/collector/bill_days.ts';
import { DAY, HOUR } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { nodeOf, rateOf } from '../metering/given.ts';
import { chargeOf, MIDNIGHT, Place } from '../store/place.ts';

const MINE = 'aws:dev:i-1';
const KEY = { provider: 'aws', instanceType: 'p4d.24xlarge', region: 'us-east-1' } as const;

test('invoice against estimate, by account and day, with the interval of what was metered', () => {
  using place = new Place();
  const { store } = place.open();
  const machines = [
    nodeOf({ id: MINE, priceKey: { ...KEY, market: 'on-demand' } }),
    nodeOf({ id: 'gcp:lab:vm-1', account: 'gcp:lab', source: 'gcp' }),
    // Neither another's machine nor one that is bought is on my bill.
    nodeOf({ id: 'aws:dev:i-theirs', mine: false }),
    nodeOf({ id: 'aws:dev:i-owned', priceKey: { ...KEY, market: 'owned' } }),
  ];
  store.saveNodes(machines, MIDNIGHT);
  for (const { id } of machines) {
    const charges = Array.from({ length: 30 }, (_, hour) =>
      chargeOf(MIDNIGHT + hour * HOUR, MIDNIGHT + (hour + 1) * HOUR, 10e6, { nodeId: id }),
    );
    store.writeCharges(id, { from: MIDNIGHT, to: MIDNIGHT + 30 * HOUR }, charges);
  }
  const { rate } = rateOf(10e6, MIDNIGHT);
  store.saveRate({
    nodeId: MINE,
    from: MIDNIGHT,
    rate: { ...rate, provenance: 'calibrated', spread: { 'ratio of aws:dev': 1e6 } },
  });
  // The bill has the first six hours, at nine dollars instead of ten.
  const first = MIDNIGHT / HOUR;
  store.bill(
    MINE,
    Array.from({ length: 6 }, (_, index) => ({ hour: first + index, micros: 9e6, final: true })),
  );

  const { days } = billDaysOf(store, { from: MIDNIGHT, to: MIDNIGHT + 2 * DAY });
  expect(days).toHaveLength(4);
  const of = (account: string, day: number) =>
    days.find((one) => one.account === account && one.at === MIDNIGHT + day * DAY);
  expect(of('aws:dev', 0)).toEqual({
    at: MIDNIGHT,
    account: 'aws:dev',
    meteredMicros: 240e6,
    low: 216e6,
    high: 264e6,
    billedMicros: 54e6,
    meteredForBilled: 60e6,
  });
  expect(of('aws:dev', 1)).toEqual({
    at: MIDNIGHT + DAY,
    account: 'aws:dev',
    meteredMicros: 60e6,
    low: 54e6,
    high: 66e6,
    meteredForBilled: 0,
  });
  // At list prices nothing tells how far off it may be: no interval is made up.
  expect(of('gcp:lab', 0)).toEqual({
    at: MIDNIGHT,
    account: 'gcp:lab',
    meteredMicros: 240e6,
    meteredForBilled: 0,
  });
});

test('more days than any chart has are refused', () => {
  using place = new Place();
  const { store } = place.open();
  expect(() => billDaysOf(store, { from: 0, to: 1000 * DAY })).toThrow('at most');
});
