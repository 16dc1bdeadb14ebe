import { mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { awsDataExport } from '@burnrate/shared/invoices/aws/data_export/index.ts';
import { manifestsIn } from '@burnrate/shared/invoices/aws/data_export/manifest.ts';
import type { InvoiceLine } from '@burnrate/shared/invoices/line.ts';
import type { InvoiceBatch } from '@burnrate/shared/invoices/reader.ts';
import { SourceError } from '@burnrate/shared/sources/source.ts';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bareMachine } from '../../sources/bare.ts';
import { csv, type Row, row } from './export_rows.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'burnrate-cur-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const NOW = Date.UTC(2026, 10, 25);
const clock = { now: () => NOW, after: () => () => {}, speed: 1 };

function put(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

const MANIFEST = 'metadata/BILLING_PERIOD=2026-11/bill-Manifest.json';
const DATA = 'data/BILLING_PERIOD=2026-11/bill-00001';
/** As AWS delivers it, copied from the bucket. */
function deliver(content: string | Uint8Array, ending = 'csv.gz'): void {
  put(`${DATA}.${ending}`, content);
  const dataFiles = [`s3://bucket/exports/bill/${DATA}.${ending}`];
  put(MANIFEST, JSON.stringify({ executionId: 'e-1', dataFiles }));
}

async function open() {
  const settings = awsDataExport.settings.parse({ path: root });
  const { accounts } = await awsDataExport.accounts([], bareMachine({ clock }), settings);
  if (!accounts[0]) throw new Error('no export was found');
  return awsDataExport.open(accounts[0], bareMachine({ clock }), settings);
}

async function read(
  known = new Map<string, string>(),
): Promise<{ batches: InvoiceBatch[]; lines: InvoiceLine[] }> {
  const connection = await open();
  const batches: InvoiceBatch[] = [];
  const request = { since: 0, known, spend: () => {}, signal: AbortSignal.timeout(30_000) };
  for await (const batch of connection.read(request)) batches.push(batch);
  return { batches, lines: batches.flatMap((batch) => batch.lines) };
}

const failing = () =>
  read().then(
    () => undefined,
    (error: unknown) => error,
  );

test('an hour of a machine is a line in FOCUS’s columns, with its tags', async () => {
  deliver(gzipSync(csv([row()])));
  const { batches, lines } = await read();
  expect(lines).toMatchObject([
    {
      providerName: 'AWS',
      billingAccountId: '999999999999',
      subAccountId: '123456789012',
      chargeCategory: 'Usage',
      serviceName: 'Amazon Elastic Compute Cloud',
      resourceId: 'i-0abc',
      regionId: 'us-west-2',
      availabilityZone: 'us-west-2a',
      skuMeter: 'USW2-BoxUsage:p4d.24xlarge',
      instanceType: 'p4d.24xlarge',
      billedCost: '32.7726000000',
      effectiveCost: '32.7726000000',
      listCost: '32.7726000000',
      consumedQuantity: 1,
      consumedUnit: 'Hrs',
      chargePeriodStart: Date.UTC(2026, 10, 24, 10),
      tags: { owner: 'ada' },
      final: false,
    },
  ]);
  expect(batches.map(({ part, complete }) => [part, complete])).toEqual([
    ['2026-11', false],
    ['2026-11', true],
  ]);
  expect(batches[0]?.span).toEqual({ from: Date.UTC(2026, 10), to: Date.UTC(2026, 11) });
  const version = batches[0]?.version ?? '';
  expect((await read(new Map([['2026-11', version]]))).batches).toEqual([]);
});

test('a Savings Plan: its use at what it cost, its fee once, what was not used apart', async () => {
  const plan = 'arn:aws:savingsplans::123456789012:savingsplan/1';
  deliver(
    csv([
      row({
        line_item_line_item_type: 'SavingsPlanCoveredUsage',
        savings_plan_savings_plan_effective_cost: '21.5',
        savings_plan_savings_plan_a_r_n: plan,
      }),
      row({
        line_item_line_item_type: 'SavingsPlanNegation',
        line_item_unblended_cost: '-32.7726000000',
      }),
      row({
        line_item_line_item_type: 'SavingsPlanRecurringFee',
        line_item_usage_type: 'ComputeSP:1yrNoUpfront',
        line_item_resource_id: plan,
        line_item_unblended_cost: '25',
        savings_plan_total_commitment_to_date: '25',
        savings_plan_used_commitment: '21.5000000001',
        savings_plan_savings_plan_a_r_n: plan,
      }),
    ]),
    'csv',
  );
  const { lines } = await read();
  expect(lines.map(({ billedCost, effectiveCost }) => [billedCost, effectiveCost])).toEqual([
    ['0', '21.5'],
    ['25', '0'],
    ['0', '3.499999999900'],
  ]);
  expect(lines.map((line) => line.commitmentDiscountStatus)).toEqual(['Used', undefined, 'Unused']);
});

test('a fee that was paid ahead for a reservation is spread over its use, another is not', async () => {
  const fee = {
    line_item_line_item_type: 'Fee',
    line_item_usage_start_date: '2026-11-01T00:00:00Z',
    line_item_usage_end_date: '2026-11-30T23:59:59Z',
  };
  deliver(csv([row({ ...fee, reservation_reservation_a_r_n: 'arn:ri' }), row(fee)]), 'csv');
  const { lines } = await read();
  expect(lines.map(({ effectiveCost }) => effectiveCost)).toEqual(['0', '32.7726000000']);
});

test('Parquet says the same as CSV', async () => {
  const rows = [row(), row({ line_item_resource_id: 'i-0def', line_item_unblended_cost: '1.5' })];
  deliver(csv(rows), 'csv');
  const fromCsv = (await read()).lines;
  rmSync(root, { recursive: true });
  const columnData = Object.keys(row()).map((name) => ({
    name,
    data: rows.map((one) => one[name] ?? ''),
    type: 'STRING' as const,
  }));
  deliver(new Uint8Array(parquetWriteBuffer({ columnData })), 'snappy.parquet');
  expect((await read()).lines).toEqual(fromCsv);
});

test('the older report’s names are read, too, and its tags in columns of their own', async () => {
  const older: Row = {
    'bill/PayerAccountId': '999999999999',
    'lineItem/LineItemType': 'DiscountedUsage',
    'lineItem/UsageType': 'BoxUsage:g5.xlarge',
    'lineItem/UsageStartDate': '2026-11-24T10:00:00Z',
    'lineItem/UsageEndDate': '2026-11-24T11:00:00Z',
    'lineItem/UnblendedCost': '0',
    'reservation/EffectiveCost': '0.6',
    'reservation/ReservationARN': 'arn:ri',
    'resourceTags/user:Owner': 'ada',
  };
  put('20261101-20261201/a-1/bill-1.csv.gz', gzipSync(csv([older])));
  put(
    '20261101-20261201/bill-Manifest.json',
    JSON.stringify({ reportKeys: ['exports/20261101-20261201/a-1/bill-1.csv.gz'] }),
  );
  expect((await read()).lines).toMatchObject([
    {
      effectiveCost: '0.6',
      commitmentDiscountId: 'arn:ri',
      commitmentDiscountType: 'Reserved Instance',
      instanceType: 'g5.xlarge',
      tags: { Owner: 'ada' },
    },
  ]);
});

test('a bill is final when it has an invoice', async () => {
  deliver(csv([row({ bill_invoice_id: '1234567' })]), 'csv');
  expect((await read()).lines[0]?.final).toBe(true);
});

test('an edition that is replaced while it is read is not kept', async () => {
  deliver(csv([row()]), 'csv');
  const connection = await open();
  const seen: boolean[] = [];
  const request = {
    since: 0,
    known: new Map(),
    spend: () => {},
    signal: AbortSignal.timeout(30_000),
  };
  const reading = (async () => {
    for await (const { complete } of connection.read(request)) {
      seen.push(complete);
      put(MANIFEST, JSON.stringify({ executionId: 'the second edition', dataFiles: ['x'] }));
    }
  })();
  await expect(reading).rejects.toMatchObject({
    kind: 'unreachable',
    message: expect.stringContaining('replaced while it was read'),
  });
  expect(seen).toEqual([false]);
});

test('what cannot be understood is told by file, row and column', async () => {
  deliver(csv([row(), row({ line_item_unblended_cost: 'much' })]), 'csv');
  expect(await failing()).toMatchObject({
    kind: 'malformed',
    message: expect.stringMatching(/bill-00001\.csv: Row 3: line_item_unblended_cost is “much”/),
  });
});

test('a file that is gone, a manifest of nothing, and another table each have their own words', async () => {
  deliver(csv([row()]), 'csv');
  unlinkSync(join(root, `${DATA}.csv`));
  expect(await failing()).toMatchObject({ kind: 'unreachable' });
  put(MANIFEST, '{}');
  expect(await failing()).toMatchObject({
    kind: 'malformed',
    message: expect.stringContaining('names no files'),
  });
  deliver('name,size\nx,1\n', 'csv');
  expect(await failing()).toMatchObject({
    kind: 'malformed',
    message: expect.stringContaining('neither CUR 2.0 nor FOCUS'),
  });
  put(MANIFEST, JSON.stringify({ dataFiles: ['../../etc/passwd'] }));
  expect(await failing()).toBeInstanceOf(SourceError);
});

test('an export in FOCUS is read as it is', async () => {
  const focus: Row = {
    ProviderName: 'AWS',
    BillingAccountId: '999999999999',
    SubAccountId: '123456789012',
    BillingCurrency: 'USD',
    BillingPeriodStart: '2026-11-01T00:00:00Z',
    BillingPeriodEnd: '2026-12-01T00:00:00Z',
    ServiceName: 'Amazon Elastic Compute Cloud',
    ChargeCategory: 'Usage',
    ChargePeriodStart: '2026-11-24T10:00:00Z',
    ChargePeriodEnd: '2026-11-24T11:00:00Z',
    BilledCost: '32.7726',
    EffectiveCost: '21.5',
    ResourceId: 'i-0abc',
    x_UsageType: 'USW2-BoxUsage:p4d.24xlarge',
  };
  deliver(csv([focus]), 'csv');
  expect((await read()).lines).toMatchObject([
    {
      resourceId: 'i-0abc',
      skuMeter: 'USW2-BoxUsage:p4d.24xlarge',
      billedCost: '32.772600000000',
      effectiveCost: '21.500000000000',
    },
  ]);
});

test('the newest edition of a month is read, wherever AWS is told to put it', () => {
  const entry = (path: string, modifiedAt: number) => ({ path, version: path, modifiedAt });
  const found = manifestsIn([
    entry('b/metadata/BILLING_PERIOD=2026-10/b-Manifest.json', 1),
    entry('b/metadata/BILLING_PERIOD=2026-11/2026-11-24T01-e1/b-Manifest.json', 2),
    entry('b/metadata/BILLING_PERIOD=2026-11/2026-11-24T09-e2/b-Manifest.json', 3),
    entry('b/data/BILLING_PERIOD=2026-11/b-00001.csv.gz', 9),
  ]);
  expect([...found].map(([month, { modifiedAt }]) => [month, modifiedAt])).toEqual([
    ['2026-10', 1],
    ['2026-11', 3],
  ]);
});

test('is off until it is told where the export is', async () => {
  const { accounts, looked } = await awsDataExport.accounts(
    [],
    bareMachine(),
    awsDataExport.settings.parse(undefined),
  );
  expect(accounts).toEqual([]);
  expect(looked[0]).toContain('invoices.aws-data-export.path');
});
