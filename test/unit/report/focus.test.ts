import type { Charge } from '@burnrate/shared/model/charge.ts';
import { HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { focusOf } from '@burnrate/shared/report/focus.ts';
import { pagesOf } from '@burnrate/shared/report/pages.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chargeOf, NOON, Place } from '../store/place.ts';
import { microsOf, plainText, readCsv, readTable, textOf } from './csv_reader.ts';
import { breaches } from './focus_rules.ts';
import { anyLedger, END, fill, JOBS, nodeOf, RATE, START } from './ledgers.ts';

async function focusFrom(charges: readonly Charge[], compactAt?: number): Promise<string> {
  using place = new Place();
  const { store } = place.open({ retention: { minuteDays: 1, hourDays: 1 } });
  fill(store, charges);
  if (compactAt !== undefined) store.compact(compactAt);
  const span = { from: START, to: END };
  const pages = pagesOf((query) => store.costs(query), span, { hourly: true, everyones: true });
  return await textOf(focusOf(pages));
}

test('whatever the ledger holds, the dataset keeps to the rules of FOCUS 1.2', async () => {
  await fc.assert(
    fc.asyncProperty(anyLedger, fc.boolean(), async (charges, isOld) => {
      const text = await focusFrom(charges, isOld ? END : undefined);
      const [head = []] = readCsv(text);
      expect(breaches(head.map(String), readTable(text))).toEqual([]);
    }),
    { numRuns: 40 },
  );
}, 60_000);

test('the rules find what breaks them', async () => {
  const charge = chargeOf(START, START + MINUTE, 5, { nodeId: 'aws:dev:i-1' });
  const text = await focusFrom([charge]);
  const head = (readCsv(text)[0] ?? []).map(String);
  const [row = {}] = readTable(text);
  const broken = (changes: Record<string, string | null>) =>
    breaches(head, [{ ...row, ...changes }]).join('\n');
  expect(broken({})).toBe('');
  const cases: [Record<string, string | null>, string][] = [
    [{ ProviderName: null }, 'ProviderName must not be null'],
    [{ ListCost: '0.000001' }, 'without unit prices'],
    [{ EffectiveCost: '$5' }, 'EffectiveCost is no decimal'],
    [{ EffectiveCost: '0.000001' }, 'what is not discounted'],
    [{ ChargePeriodStart: '2026-10-29 03:17:05' }, 'ChargePeriodStart is no instant'],
    [{ ChargePeriodEnd: row.ChargePeriodStart ?? null }, 'the charge period ends'],
    [{ ServiceCategory: 'GPU' }, 'ServiceCategory cannot be GPU'],
    [{ ServiceCategory: 'Storage' }, 'a service of a kind'],
    [{ RegionName: null }, 'a region has'],
    [{ RegionId: null, RegionName: null }, 'a zone lies in a region'],
    [{ ResourceId: null, ResourceType: null }, 'a resource has a name only'],
    [{ Tags: '{"a":{}}' }, 'Tags is no json'],
    [{ BillingPeriodStart: '2026-10-02T00:00:00Z' }, 'the billing period is a whole month'],
    [{ BillingCurrency: 'QQQ' }, 'the currency is one that is in use'],
    [{ PricingQuantity: '-1' }, 'quantities are of usage'],
    [{ CommitmentDiscountStatus: 'Used' }, 'nothing is said of a commitment'],
    [{ CommitmentDiscountId: 'plan' }, 'a commitment that covers usage'],
    [{ CapacityReservationId: 'cr-1' }, 'a reservation of capacity'],
    [{ SkuPriceId: 'price' }, 'a SKU has a price'],
    [{ x_ListCost: '1' }, 'custom columns do not stand in'],
  ];
  for (const [changes, words] of cases) expect(broken(changes)).toContain(words);
  for (const [one, other] of [
    ['BillingAccountName', 'else'],
    ['RegionName', 'else'],
    ['ServiceSubcategory', 'Containers'],
  ] as const) {
    expect(breaches(head, [row, { ...row, [one]: other }])).toHaveLength(1);
  }
  expect(
    breaches(
      head.filter((name) => name !== 'ListCost'),
      [],
    ).length,
  ).toBe(1);
  expect(breaches([...head, 'Region'], []).length).toBe(2);
});

test('a row says which machine and job an hour’s money went to, and that it is an estimate', async () => {
  const charges = [
    chargeOf(NOON, NOON + HOUR / 2, RATE / 2, { nodeId: 'aws:dev:i-1', jobId: 'slurm:lab:2' }),
    chargeOf(NOON + HOUR / 2, NOON + HOUR, RATE / 2, { nodeId: 'aws:dev:i-1', jobId: 'idle' }),
  ];
  using place = new Place();
  const { store } = place.open();
  fill(store, []);
  store.writeCharges('aws:dev:i-1', { from: NOON, to: NOON + HOUR }, charges);
  const span = { from: NOON - HOUR, to: NOON + HOUR };
  const pages = pagesOf((query) => store.costs(query), span, { hourly: true });
  const text = await textOf(focusOf(pages));
  const [idle, job] = readTable(text);
  expect(job).toMatchObject({
    AvailabilityZone: 'us-east-1b',
    BilledCost: '16.386300',
    BillingAccountId: 'aws:dev',
    BillingAccountName: 'dev',
    BillingCurrency: 'USD',
    BillingPeriodStart: '2026-11-01T00:00:00Z',
    BillingPeriodEnd: '2026-12-01T00:00:00Z',
    ChargeCategory: 'Usage',
    ChargePeriodStart: '2026-11-20T12:00:00Z',
    ChargePeriodEnd: '2026-11-20T13:00:00Z',
    PricingQuantity: '0.500000000',
    ProviderName: 'AWS',
    RegionId: 'us-east-1',
    ResourceId: 'i-1',
    ResourceName: 'machine aws:dev:i-1',
    ServiceName: 'Amazon Elastic Compute Cloud',
    x_Estimated: 'true',
    x_Idle: 'false',
    x_JobId: 'slurm:lab:2',
    x_Provenance: 'list',
    x_Uncertain: 'false',
  });
  expect(job?.ChargeDescription).toMatch(/^Estimated by Burnrate, not invoiced: Job =HYPERLINK/);
  expect(plainText(job?.x_JobName ?? null)).toBe(JOBS[1]?.name);
  expect(job?.x_JobName?.[0]).toBe("'");
  expect(JSON.parse(job?.Tags ?? '')).toEqual({
    team: 'vision',
    'burnrate/job': JOBS[1]?.name,
    'burnrate/job-id': 'slurm:lab:2',
    'burnrate/owner': 'ada',
  });
  expect(idle).toMatchObject({ x_Idle: 'true', x_JobId: null, x_JobName: null, x_Owner: 'ada' });
  expect(microsOf([job?.BilledCost, idle?.BilledCost])).toBe(RATE);
});

test('hours are priced at the mean of a price that changed within them', async () => {
  using place = new Place();
  const { store } = place.open();
  const node = nodeOf('aws:dev:i-9');
  store.saveNodes([node], NOON);
  for (const [from, microsPerHour] of [
    [NOON, 4_000_000],
    [NOON + 15 * MINUTE, 8_000_000],
  ] as const) {
    const rate = { microsPerHour, provenance: 'quoted', basis: 'test', asOf: from } as const;
    store.saveRate({ nodeId: node.id, from, rate });
  }
  const charge = chargeOf(NOON, NOON + HOUR, 7_000_000, { nodeId: node.id });
  store.writeCharges(node.id, { from: NOON, to: NOON + HOUR }, [charge]);
  const { costs } = store.costs({ from: NOON, to: NOON + HOUR, hourly: true });
  expect(costs).toMatchObject([{ micros: 7_000_000, nodeHours: 1 }]);
});
