import { type Charge, linesOf } from '@burnrate/shared/invoices/aws/charge.ts';
import {
  instanceTypeOf,
  isInstanceTime,
  isSpot,
  regionOf,
  serviceOf,
} from '@burnrate/shared/invoices/aws/usage_types.ts';
import { kindOf } from '@burnrate/shared/invoices/kinds.ts';
import { expect, test } from 'vitest';

const MONTH = {
  billingPeriodStart: Date.UTC(2026, 10),
  billingPeriodEnd: Date.UTC(2026, 11),
};
const charge = (more: Partial<Charge>): Charge => ({
  type: 'Usage',
  unblended: '10',
  net: undefined,
  amortized: undefined,
  onDemand: undefined,
  commitment: undefined,
  spot: false,
  about: {
    providerName: 'AWS',
    billingAccountId: '123456789012',
    billingCurrency: 'USD',
    ...MONTH,
    serviceName: 'Amazon Elastic Compute Cloud',
    skuMeter: 'USW2-BoxUsage:p4d.24xlarge',
    chargePeriodStart: Date.UTC(2026, 10, 24),
    chargePeriodEnd: Date.UTC(2026, 10, 24, 1),
    final: false,
  },
  ...more,
});

/** An hour of three machines, of which a plan covers one and a reservation another. */
const HOUR: Charge[] = [
  charge({ unblended: '32.77', onDemand: '32.77' }),
  charge({ type: 'SavingsPlanCoveredUsage', unblended: '32.77', amortized: '21.5' }),
  charge({ type: 'SavingsPlanNegation', unblended: '-32.77' }),
  charge({ type: 'SavingsPlanRecurringFee', unblended: '25', amortized: '3.5' }),
  charge({ type: 'DiscountedUsage', unblended: '0', amortized: '19' }),
  charge({ type: 'RIFee', unblended: '14', amortized: '0' }),
  charge({ type: 'Credit', unblended: '-5' }),
  charge({ type: 'Refund', unblended: '-1' }),
  charge({ type: 'Tax', unblended: '7' }),
];
const sum = (amounts: string[]) => amounts.reduce((total, one) => total + Number(one), 0);

test('what is billed sums to the invoice: a plan’s use is taken back, its fee is not', () => {
  const lines = HOUR.flatMap(linesOf);
  const invoice = sum(HOUR.map(({ unblended }) => unblended));
  expect(sum(lines.map(({ billedCost }) => billedCost))).toBeCloseTo(invoice, 9);
  // 32.77 + 21.5 + 3.5 + 19 + 0 - 5 - 1 + 7
  expect(sum(lines.map(({ effectiveCost }) => effectiveCost))).toBeCloseTo(77.77, 9);
});

test('each type of charge is a line of its kind', () => {
  const of = (type: string, more: Partial<Charge> = {}) => linesOf(charge({ type, ...more }));
  expect(of('SavingsPlanCoveredUsage', { amortized: '6', commitment: 'arn:plan' })).toMatchObject([
    {
      chargeCategory: 'Usage',
      billedCost: '0',
      effectiveCost: '6',
      listCost: '10',
      commitmentDiscountStatus: 'Used',
      commitmentDiscountType: 'Savings Plan',
      commitmentDiscountId: 'arn:plan',
      pricingCategory: 'Committed',
    },
  ]);
  expect(of('SavingsPlanNegation')).toEqual([]);
  expect(of('SavingsPlanRecurringFee', { amortized: '2' })).toMatchObject([
    { chargeCategory: 'Purchase', billedCost: '10', effectiveCost: '0' },
    { commitmentDiscountStatus: 'Unused', billedCost: '0', effectiveCost: '2' },
  ]);
  expect(of('Recurring')[1]).toMatchObject({ commitmentDiscountType: 'Reserved Instance' });
  expect(of('Fee', { amortized: '0' })).toMatchObject([
    { chargeCategory: 'Purchase', chargeFrequency: 'One-Time', effectiveCost: '0' },
  ]);
  expect(of('Tax')[0]?.chargeCategory).toBe('Tax');
  expect(of('Credit', { unblended: '-3' })[0]).toMatchObject({
    chargeCategory: 'Credit',
    billedCost: '-3',
  });
  expect(of('Refund')[0]?.chargeCategory).toBe('Adjustment');
  expect(of('Usage', { spot: true })[0]?.pricingCategory).toBe('Dynamic');
});

test('a discount counts once: in net costs, or on a line of its own where there are none', () => {
  const [used] = linesOf(charge({ unblended: '10', net: '9', onDemand: '10' }));
  expect(used).toMatchObject({ billedCost: '9', effectiveCost: '9', listCost: '10' });
  expect(linesOf(charge({ type: 'EdpDiscount', unblended: '-1', net: '0' }))).toEqual([]);
  expect(linesOf(charge({ type: 'EdpDiscount', unblended: '-1' }))).toMatchObject([
    { chargeCategory: 'Adjustment', billedCost: '-1' },
  ]);
});

test.each([
  ['USW2-BoxUsage:p4d.24xlarge', 'us-west-2', 'p4d.24xlarge', 'compute'],
  ['BoxUsage:g5.xlarge', 'us-east-1', 'g5.xlarge', 'compute'],
  ['EUC1-SpotUsage:p5.48xlarge', 'eu-central-1', 'p5.48xlarge', 'compute'],
  ['APN1-Train:ml.g6.xlarge', 'ap-northeast-1', 'ml.g6.xlarge', 'compute'],
  ['USE1-EBS:VolumeUsage.gp3', 'us-east-1', undefined, 'storage'],
  ['USW2-NatGateway-Bytes', 'us-west-2', undefined, 'nat'],
  ['USE1-DataTransfer-Out-Bytes', 'us-east-1', undefined, 'egress'],
] as const)('%s tells its region, machine and kind', (usageType, region, machine, kind) => {
  expect(regionOf(usageType)).toBe(region);
  expect(instanceTypeOf(usageType)).toBe(machine);
  const { about } = charge({});
  const item = { ...about, chargeCategory: 'Usage' as const, serviceName: serviceOf(usageType) };
  expect(
    kindOf({
      ...item,
      skuMeter: usageType,
      ...(machine && { instanceType: machine }),
      consumedUnit: 'Hrs',
    }),
  ).toBe(kind);
});

test('spot and instance time are told by the words', () => {
  expect(isSpot('EU-SpotUsage:p5.48xlarge')).toBe(true);
  expect(isSpot('EU-BoxUsage:p5.48xlarge')).toBe(false);
  expect(isInstanceTime('BoxUsage')).toBe(true);
  expect(isInstanceTime('EU-EBS:VolumeUsage')).toBe(false);
});
