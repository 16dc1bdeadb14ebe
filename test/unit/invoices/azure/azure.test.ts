import { regionOf } from '@burnrate/shared/invoices/azure/regions.ts';
import { kindOf } from '@burnrate/shared/invoices/kinds.ts';
import { describe, expect, test } from 'vitest';
import { TOKEN } from '../../sources/azure/open.ts';
import { SUBSCRIPTION } from '../../sources/azure/resources.ts';
import { only } from '../../sources/open_account.ts';
import type { Handler } from '../../sources/service.ts';
import { type Cost, costsOf } from './costs.ts';
import { bill, readBill } from './reading.ts';

const GROUP = `/subscriptions/${SUBSCRIPTION}/resourcegroups/ml-rg/providers`;

/** The lines of a bill, read at once. */
async function linesOf(costs: Cost[], options = {}) {
  const { batches, error } = await readBill(bill(costs, options));
  if (error) throw error;
  return batches.flatMap(({ lines }) => lines);
}

describe('Azure’s bill', () => {
  test('is a day of a resource’s meter a line, under the id that its node has', async () => {
    const line = only(await linesOf([{ day: '2026-11-24', actual: 88.152, amortized: 88.152 }]));
    expect(line).toMatchObject({
      providerName: 'Microsoft',
      subAccountId: `/subscriptions/${SUBSCRIPTION}`,
      chargePeriodStart: Date.parse('2026-11-24'),
      chargePeriodEnd: Date.parse('2026-11-25'),
      billingPeriodStart: Date.parse('2026-11-01'),
      billingPeriodEnd: Date.parse('2026-12-01'),
      chargeCategory: 'Usage',
      serviceName: 'Virtual Machines',
      resourceId: `${GROUP}/microsoft.compute/virtualmachines/a100`,
      resourceName: 'a100',
      resourceType: 'microsoft.compute/virtualmachines',
      regionId: 'eastus',
      skuMeter: 'NC24ads A100 v4',
      instanceType: 'Standard_NC24ads_A100_v4',
      pricingCategory: 'Standard',
      consumedUnit: 'Hours',
      consumedQuantity: 24,
      billedCost: '88.152',
      effectiveCost: '88.152',
      billingCurrency: 'USD',
      final: false,
    });
    expect(kindOf(line)).toBe('compute');
  });

  test('has what was paid ahead where it was paid, and where it was used', async () => {
    const reserved = { PricingModel: 'Reservation', ReservationId: 'r-1' };
    const lines = await linesOf([
      {
        day: '2026-11-24',
        actual: 900,
        of: { ...reserved, ChargeType: 'Purchase', ResourceId: '' },
      },
      { day: '2026-11-24', actual: 0, amortized: 40.5, of: reserved },
      { day: '2026-11-24', amortized: 2.5, of: { ...reserved, ChargeType: 'UnusedReservation' } },
    ]);
    const told = lines.map((line) => [
      line.chargeCategory,
      line.commitmentDiscountStatus,
      line.billedCost,
      line.effectiveCost,
    ]);
    expect(told).toEqual([
      ['Purchase', undefined, '900', '0'],
      ['Usage', 'Used', '0', '40.5'],
      ['Usage', 'Unused', '0', '2.5'],
    ]);
    expect(new Set(lines.map((line) => line.commitmentDiscountType))).toEqual(
      new Set(['Reservation']),
    );
  });

  test('tells spot apart, and what a workspace of Azure ML used by its size alone', async () => {
    const set = `${GROUP}/microsoft.machinelearningservices/workspaces/research`;
    const line = only(
      await linesOf([
        {
          day: '2026-11-24',
          actual: 1,
          amortized: 1,
          of: {
            ResourceId: set,
            Meter: 'NC4as T4 v3 Spot',
            PricingModel: 'Spot',
            ResourceLocation: 'EU West',
          },
        },
      ]),
    );
    expect(line).toMatchObject({
      resourceName: 'research',
      instanceType: 'Standard_NC4as_T4_v3',
      pricingCategory: 'Dynamic',
      regionId: 'westeurope',
    });
    expect(line.resourceId).toBeUndefined();
  });

  test.each([
    [{ MeterCategory: 'Storage', Meter: 'P10 LRS Disk' }, 'storage'],
    [{ MeterCategory: 'Bandwidth', Meter: 'Standard Data Transfer Out' }, 'egress'],
    [{ ChargeType: 'Tax' }, 'tax'],
    [{ ChargeType: 'Refund' }, 'adjustment'],
  ])('knows what a line is for: %o', async (of, kind) => {
    const line = only(await linesOf([{ day: '2026-11-24', actual: 1, amortized: 1, of }]));
    expect(kindOf(line)).toBe(kind);
    expect(line.instanceType).toBe(
      kind === 'storage' || kind === 'egress' ? undefined : 'Standard_NC24ads_A100_v4',
    );
  });

  test('in another currency says what that is in dollars, where the bill does', async () => {
    const line = only(
      await linesOf([{ day: '2026-11-24', actual: 80, amortized: 80, usd: 100, currency: 'EUR' }]),
    );
    expect(line).toMatchObject({ billingCurrency: 'EUR', billedCost: '80', usdPerUnit: 1.25 });
  });

  test('keeps amounts as they were written', async () => {
    const amounts = [0.1 + 0.2, 1e-7, 123456.789012345];
    const costs = amounts.map((actual, index) => ({
      day: '2026-11-24',
      actual,
      amortized: actual,
      of: { Meter: `meter ${index}` },
    }));
    const lines = await linesOf(costs);
    expect(lines.map(({ billedCost }) => Number(billedCost))).toEqual(amounts);
  });
});

describe('reading Azure’s bill', () => {
  const week = Array.from({ length: 10 }, (_, index) => ({
    day: `2026-11-${16 + index}`,
    actual: index + 1,
    amortized: index + 1,
  }));

  test('gives each day once, and later only what has changed', async () => {
    const first = await readBill(bill(week), { since: '2026-11-16' });
    expect(first.batches.map(({ part }) => part)).toEqual(
      week.map(({ day }) => `${SUBSCRIPTION}/${day}`),
    );
    expect(first.batches.every(({ complete, lines }) => complete && lines.length === 1)).toBe(true);
    // Ten days are two queries of each view.
    expect(first.service.asked).toHaveLength(4);
    const corrected = week.map((cost) =>
      cost.day === '2026-11-20' ? { ...cost, actual: 7 } : cost,
    );
    const second = await readBill(bill(corrected), { since: '2026-11-16', known: first.versions });
    expect(second.batches.map(({ part }) => part)).toEqual([`${SUBSCRIPTION}/2026-11-20`]);
  });

  test('asks no more for a month whose invoice is made', async () => {
    const december = Date.parse('2026-12-08T00:00:00Z');
    const options = { since: '2026-11-24', now: december };
    const first = await readBill(bill(week), options);
    expect(first.batches[0]?.lines[0]?.final).toBe(true);
    const second = await readBill(bill(week), { ...options, known: first.versions });
    const asked = second.service.asked.map(
      ({ body }) => (body as { timePeriod: { from: string } }).timePeriod.from,
    );
    expect([...new Set(asked)]).toEqual(['2026-12-01T00:00:00.000Z', '2026-12-08T00:00:00.000Z']);
    expect(second.batches).toEqual([]);
  });

  test('follows all pages, and takes no day of which one is missing', async () => {
    const many = Array.from({ length: 5 }, (_, index) => ({
      day: '2026-11-24',
      actual: 1,
      amortized: 1,
      of: { Meter: `meter ${index}` },
    }));
    const here =
      (url: string, costs: Handler): Handler =>
      (ask) => {
        const reply = costs(ask);
        if (typeof reply === 'string') return reply;
        return { ...reply, body: reply.body.replaceAll('https://management.azure.com', url) };
      };
    const paged = costsOf({ token: TOKEN, costs: many, page: 2 });
    const whole = await readBill((url) => here(url, paged));
    expect(whole.batches.flatMap(({ lines }) => lines)).toHaveLength(5);
    const cut = await readBill(
      (url) => (ask) => (ask.query.get('$skiptoken') === '4' ? 'cut' : here(url, paged)(ask)),
    );
    expect(cut.error?.kind).toBe('unreachable');
    expect(cut.batches).toEqual([]);
    const elsewhere = await readBill(() => paged);
    expect(elsewhere.error?.message).toContain('somewhere else');
  });

  test('knows a reservation and spot also where the pricing model is not told', async () => {
    const costs = [
      { day: '2026-11-24', actual: 0, amortized: 1, of: { ReservationId: 'r-1' } },
      { day: '2026-11-24', actual: 1, amortized: 1, of: { Meter: 'NC24ads A100 v4 Spot' } },
    ];
    const lines = await linesOf(costs, { mostGroups: 7 });
    expect(lines).toMatchObject([
      { commitmentDiscountId: 'r-1', commitmentDiscountStatus: 'Used', chargeCategory: 'Usage' },
      { pricingCategory: 'Dynamic', serviceName: 'Virtual Machines' },
    ]);
  });

  test('makes do with two groupings where Azure allows no more', async () => {
    const [line] = await linesOf([{ day: '2026-11-24', actual: 1, amortized: 1 }], {
      mostGroups: 2,
    });
    expect(line).toMatchObject({
      resourceId: `${GROUP}/microsoft.compute/virtualmachines/a100`,
      skuMeter: 'NC24ads A100 v4',
      serviceName: 'microsoft.compute',
      billedCost: '1',
    });
  });
});

test.each([
  ['US East', 'eastus'],
  ['US West 2', 'westus2'],
  ['us south central', 'southcentralus'],
  ['EU North', 'northeurope'],
  ['AP Southeast', 'southeastasia'],
  ['IN Central', 'centralindia'],
  ['UK South', 'uksouth'],
  ['DE West Central', 'germanywestcentral'],
  ['SE Central', 'swedencentral'],
  ['eastus', 'eastus'],
  ['Unassigned', 'unassigned'],
])('%s is region %s', (location, region) => {
  expect(regionOf(location)).toBe(region);
});
