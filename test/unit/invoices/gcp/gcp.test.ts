import { gcpBigQuery } from '@burnrate/shared/invoices/gcp/index.ts';
import { cellsOf, linesOf } from '@burnrate/shared/invoices/gcp/lines.ts';
import { costOf } from '@burnrate/shared/invoices/gcp/query.ts';
import { COLUMNS, linesQuery } from '@burnrate/shared/invoices/gcp/sql.ts';
import { DAY } from '@burnrate/shared/model/time.ts';
import { gcp } from '@burnrate/shared/sources/gcp/index.ts';
import { SourceError } from '@burnrate/shared/sources/source.ts';
import { describe, expect, test } from 'vitest';
import { withToken } from '../../sources/gcp/open.ts';
import { only } from '../../sources/open_account.ts';
import { startService } from '../../sources/service.ts';
import { type BillRow, bigQueryOf, billRow, ROOT, TABLE } from './bigquery.ts';
import { bill, jobsOf, NOW, readBill, SINCE } from './reading.ts';

describe('Google’s bill', () => {
  test('is read a partition at a time, each after a dry run that says what it costs', async () => {
    const { batches, spent, service, error } = await readBill(bigQueryOf(bill()));
    expect(error).toBeUndefined();
    expect(batches.map(({ part, complete, lines }) => [part, complete, lines.length])).toEqual([
      ['2026-11-23', false, 1],
      ['2026-11-23', true, 0],
    ]);
    expect(batches[0]).toMatchObject({
      version: `${NOW - DAY}/1`,
      asOf: NOW - DAY,
      span: { from: Date.parse('2026-11-23T10:00:00Z'), to: Date.parse('2026-11-23T11:00:00Z') },
    });
    expect(jobsOf(service).map(({ dryRun, query }) => dryRun ?? query.maximumBytesBilled)).toEqual([
      true,
      String(10 * 2 ** 20),
      true,
      '50000000',
    ]);
    expect(spent).toEqual([costOf(10_000_000), costOf(50_000_000)]);
  });

  test('reads again only what was added to since', async () => {
    const first = await readBill(bigQueryOf(bill()));
    const known = new Map(first.batches.map(({ part, version }) => [part, version]));
    const again = await readBill(bigQueryOf(bill()), { known });
    expect(again.batches).toEqual([]);
    expect(again.spent).toHaveLength(1);
    const rows = [billRow(), billRow({ cost: '-0.5' })];
    const more = bill({ partitions: { '20261123': { modifiedAt: NOW, rows } } });
    expect((await readBill(bigQueryOf(more), { known })).batches[0]?.lines).toHaveLength(2);
  });

  test('comes by pages, and waits for a query that takes long', async () => {
    const rows = Array.from({ length: 5 }, (_, index) => billRow({ cost: `${index}.25` }));
    const partitions = { '20261123': { modifiedAt: NOW, rows } };
    const { batches } = await readBill(bigQueryOf(bill({ partitions, pageRows: 2, slow: 2 })));
    expect(batches.map(({ lines }) => lines.length)).toEqual([2, 2, 1, 0]);
    expect(batches.flatMap(({ lines }) => lines.map(({ billedCost }) => billedCost))).toEqual([
      '0.25',
      '1.25',
      '2.25',
      '3.25',
      '4.25',
    ]);
  });

  test('asks nothing beyond the day’s ceiling', async () => {
    const limit = new SourceError('throttled', {
      account: 'x',
      message: 'ceiling',
      remedy: 'wait',
    });
    let left = 1;
    const { error, service } = await readBill(bigQueryOf(bill()), {
      spend: () => {
        left -= 1;
        if (left < 0) throw limit;
      },
    });
    expect(error).toBe(limit);
    expect(jobsOf(service).filter(({ dryRun }) => !dryRun)).toHaveLength(1);
  });

  test('refuses a query that would read more than it may, before it is run', async () => {
    const { error, spent } = await readBill(bigQueryOf(bill({ bytes: 30 * 2 ** 30 })));
    expect(error).toMatchObject({ kind: 'denied' });
    expect((error as SourceError).remedy).toContain('maximumBytesBilled');
    expect(spent).toHaveLength(1);
  });

  test('is off until burnrate.yaml names the table', async () => {
    const { accounts, looked } = await gcpBigQuery.accounts(
      [],
      withToken(),
      gcpBigQuery.settings.parse(undefined),
    );
    expect(accounts).toEqual([]);
    expect(looked.join()).toContain('invoices.gcp-bigquery.table');
  });

  test('its doctor spends nothing', async () => {
    const service = await startService(bigQueryOf(bill()));
    const place = withToken();
    const { accounts: watched } = await gcp.discover(place, gcp.settings.parse(undefined));
    const settings = gcpBigQuery.settings.parse({ table: TABLE, endpoint: service.url + ROOT });
    const account = only((await gcpBigQuery.accounts(watched, place, settings)).accounts);
    const connection = gcpBigQuery.open(account, place, settings);
    try {
      const checks = await connection.diagnose(AbortSignal.timeout(20_000));
      expect(checks.map(({ ok }) => ok)).toEqual([true, true]);
      expect(jobsOf(service).every(({ dryRun }) => dryRun === true)).toBe(true);
    } finally {
      await connection.close?.();
      await service.close();
    }
  });
});

describe('a row of it', () => {
  const linesFor = (changes: BillRow, final = true) => {
    const row = billRow(changes);
    return linesOf(cellsOf(COLUMNS.map((column) => row[column] ?? null)), final);
  };

  test('is a line that names the instance as the source does', () => {
    expect(only(linesFor({}))).toEqual({
      providerName: 'Google Cloud',
      billingAccountId: '01AB23-4567CD-89EF01',
      subAccountId: 'ada-lab',
      subAccountName: 'Ada’s laboratory',
      billingCurrency: 'USD',
      billingPeriodStart: Date.parse('2026-11-01T07:00:00Z'),
      billingPeriodEnd: Date.parse('2026-12-01T08:00:00Z'),
      chargeCategory: 'Usage',
      chargeDescription: 'Nvidia Tesla A100 GPU running in Americas',
      serviceName: 'Compute Engine',
      resourceId: '4711471147114711001',
      resourceName: 'train',
      resourceType: 'instances',
      regionId: 'us-central1',
      availabilityZone: 'us-central1-a',
      skuId: '39D4-516A-0317',
      skuMeter: 'Nvidia Tesla A100 GPU running in Americas',
      instanceType: 'a2-highgpu-1g',
      pricingCategory: 'Standard',
      pricingUnit: 'hour',
      consumedUnit: 'seconds',
      tags: { owner: 'ada' },
      chargePeriodStart: Date.parse('2026-11-23T10:00:00Z'),
      chargePeriodEnd: Date.parse('2026-11-23T11:00:00Z'),
      billedCost: '2.641',
      effectiveCost: '2.641',
      listCost: '2.933908',
      consumedQuantity: 3600,
      pricingQuantity: 1,
      final: true,
    });
  });

  test('with a promotion is two: the price is not what the promotion leaves of it', () => {
    const [usage, credit] = linesFor({ promotions: '-2.641' });
    expect(usage?.billedCost).toBe('2.641');
    expect(credit).toMatchObject({ chargeCategory: 'Credit', billedCost: '-2.641' });
  });

  test.each([
    [{ cost_type: 'tax' }, { chargeCategory: 'Tax' }],
    [{ cost_type: 'adjustment' }, { chargeCategory: 'Adjustment' }],
    [
      { sku_name: 'Commitment v1: A2 Cpu in Americas for 1 Year' },
      { chargeCategory: 'Purchase', chargeFrequency: 'Recurring' },
    ],
    [
      { sku_name: 'Spot Preemptible A2 Instance Core running in Americas' },
      { pricingCategory: 'Dynamic' },
    ],
    [
      { commitment: 'Committed Usage Discount: CPU' },
      { pricingCategory: 'Committed', commitmentDiscountStatus: 'Used' },
    ],
    [
      { currency: 'EUR', rate: '0.8' },
      { billingCurrency: 'EUR', usdPerUnit: 1.25 },
    ],
    [
      { resource: '//storage.googleapis.com/buckets/data' },
      { resourceId: '//storage.googleapis.com/buckets/data' },
    ],
  ])('%j is %j', (changes, expected) => {
    expect(only(linesFor(changes))).toMatchObject(expected);
  });

  test('that a commitment covers costs its share of the fee', () => {
    const covered = linesFor({
      commitment: 'Committed Usage Discount',
      cost: '0',
      effective: '1.3',
    });
    expect(only(covered)).toMatchObject({ billedCost: '0', effectiveCost: '1.3' });
  });

  test('without a resource invents none', () => {
    const { resource: _, resource_name: __, ...row } = billRow();
    const line = only(linesOf(row, true));
    expect('resourceId' in line).toBe(false);
  });
});

test('the query reads one partition only, and the column of list prices where there is one', () => {
  const scope = { partition: '20261123', since: SINCE };
  const table = (names: string[], field?: string) => ({
    schema: { fields: names.map((name) => ({ name })) },
    timePartitioning: { type: 'DAY', ...(field && { field }) },
  });
  const { sql } = linesQuery(TABLE.split('.'), table(['cost_at_list']), {
    ...scope,
    projects: ['ada-lab'],
  });
  expect(sql).toMatch(/_PARTITIONTIME >= TIMESTAMP.*\n.*_PARTITIONTIME < /);
  expect(sql).toContain('CAST(cost_at_list AS BIGNUMERIC)');
  expect(sql).toContain('project IN UNNEST(@projects)');
  const other = linesQuery(TABLE.split('.'), table([], 'export_time'), scope).sql;
  expect(other).toContain('export_time >= ');
  expect(other).toContain('CAST(NULL AS BIGNUMERIC)');
  expect(other).not.toContain('@projects');
});
