import { expect, test } from 'vitest';
import type { InvoiceLine } from '../../../shared/invoices/line.ts';
import { DAY, HOUR } from '../../../shared/model/time.ts';
import { charge, Desk, ID, line, node, START } from './desk.ts';

test('tells what else is on the bill by its kind, and does not count a day twice', () => {
  const desk = new Desk();
  desk.meter([charge(START, START + HOUR, 32_000_000)]);
  const other = (skuMeter: string, cost: string, more: Partial<InvoiceLine> = {}) =>
    line(START, cost, { resourceId: 'vol-1', consumedUnit: 'GB', skuMeter, ...more });
  desk.bill([
    line(START, '20'),
    other('EBS:VolumeUsage.gp3', '3'),
    other('EBS:SnapshotUsage', '2'),
    other('NatGateway-Hours', '1'),
    other('DataTransfer-Out-Bytes', '4', { resourceId: ID }),
    other('Tax', '0.5', { chargeCategory: 'Tax' }),
    other('Credit', '-5', { chargeCategory: 'Credit' }),
    other('EBS:VolumeUsage.gp3', '9', { billingCurrency: 'EUR' }),
  ]);
  // Less precise, of the same account and day.
  desk.bill([line(START, '99')], { name: 'cost explorer', precision: 3 }, 'day');
  expect(desk.total()).toBe(20_000_000);
  expect(desk.sums()).toMatchObject({
    unmetered: [
      { kind: 'egress', micros: 4_000_000 },
      { kind: 'storage', micros: 3_000_000 },
      { kind: 'snapshot', micros: 2_000_000 },
      { kind: 'nat', micros: 1_000_000 },
      { kind: 'tax', micros: 500_000 },
      { kind: 'credit', micros: -5_000_000 },
    ],
    foreign: [{ currency: 'EUR', micros: 9_000_000 }],
  });
});

test('gives calibration its pairs, apart by commitment, with what of one was unused', () => {
  const desk = new Desk();
  desk.meter([
    charge(START, START + HOUR, 32_000_000),
    charge(START + HOUR, START + 2 * HOUR, 32_000_000),
  ]);
  const plan = { commitmentDiscountId: 'plan-1', commitmentDiscountType: 'Savings Plan' };
  desk.bill([
    line(START, '28', { listCost: '32.5', final: true }),
    line(START + HOUR, '16', { ...plan, final: true }),
    line(START, '2', { ...plan, commitmentDiscountStatus: 'Unused', resourceId: 'plan-1' }),
  ]);
  expect(desk.store.matched(0)).toMatchObject([
    { account: 'aws:default', listMicros: 32_500_000, billedMicros: 28_000_000, final: true },
    { commitment: 'plan-1', listMicros: 32_000_000, billedMicros: 16_000_000, final: true },
  ]);
  expect(desk.store.unused(0)).toMatchObject([{ commitment: 'plan-1', micros: 2_000_000 }]);
});

test('an hour that a plan covers in part is two pairs, each with its part of the list price', () => {
  const desk = new Desk();
  desk.meter([charge(START, START + HOUR, 32_000_000)]);
  const plan = { commitmentDiscountId: 'plan-1', consumedQuantity: 0.25 };
  desk.bill([line(START, '21', { consumedQuantity: 0.75 }), line(START, '4', plan)]);
  expect(desk.total()).toBe(25_000_000);
  const pairs = desk.store.matched(0).map((one) => [one.listMicros, one.billedMicros]);
  expect(pairs.sort()).toEqual([
    [24_000_000, 21_000_000],
    [8_000_000, 4_000_000],
  ]);
});

test('lines of data transfer are told by day, account and the machine that they name', () => {
  const desk = new Desk();
  const other = node('i-0aaaaaaaaaaaaaaaa');
  desk.meter([charge(START, START + HOUR, 32_000_000)]);
  desk.meter([charge(START, START + HOUR, 32_000_000, { nodeId: other.id })], other);
  desk.meter([charge(START + DAY, START + DAY + HOUR, 32_000_000)]);
  const transfer = (from: number, cost: string, more: Partial<InvoiceLine>) => {
    const { resourceId: _, ...unnamed } = line(from, cost, {
      skuMeter: 'USE1-DataTransfer-Out-Bytes',
      consumedUnit: 'GB',
      chargePeriodEnd: from + DAY,
    });
    return { ...unnamed, ...more };
  };
  const month = { chargePeriodEnd: START + 30 * DAY };
  const ofS3 = { serviceName: 'Amazon Simple Storage Service' };
  const gigabytes = (consumedQuantity: number) => ({ consumedQuantity });
  const lines = [
    line(START, '20'),
    transfer(START, '1.5', { resourceId: ID, chargePeriodEnd: START + HOUR, ...gigabytes(10) }),
    transfer(START, '0.5', {
      resourceId: ID,
      skuMeter: 'USE1-USW2-AWS-Out-Bytes',
      ...gigabytes(500),
    }),
    transfer(START, '7', gigabytes(30)),
    transfer(START, '3', { skuMeter: 'DataTransfer-Regional-Bytes', ...gigabytes(40) }),
    // A bucket's bytes leave no machine of ours, but count for the tiers; a month's line tells of no day.
    transfer(START, '99', { ...ofS3, ...gigabytes(100) }),
    transfer(START, '99', { serviceName: 'Amazon CloudFront', ...gigabytes(900) }),
    transfer(START, '99', { ...month, ...gigabytes(7_000) }),
    line(START + DAY, '21'),
  ];
  desk.bill(lines);
  const day = START / DAY;
  const told = [
    { day, account: 'aws:default', micros: 10_000_000, lines: 2, internetBytes: 140 * 2 ** 30 },
    { day, account: 'aws:default', nodeId: node().id, micros: 2_000_000, lines: 2 },
    // That nothing was charged tells as much, where the day is billed.
    { day: day + 1, account: 'aws:default', micros: 0, lines: 0 },
  ];
  expect(desk.store.traffic.transfers(day)).toEqual(told);
  // Again, and with a correction of the bill: what it says takes the place of what it said.
  desk.bill(lines);
  expect(desk.store.traffic.transfers(day)).toEqual(told);
  desk.bill(lines.filter(({ effectiveCost }) => effectiveCost !== '7'));
  expect(desk.store.traffic.transfers(day)[0]).toMatchObject({
    micros: 3_000_000,
    lines: 1,
    internetBytes: 110 * 2 ** 30,
  });
});
