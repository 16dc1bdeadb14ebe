import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import { roundAmount } from '../../../shared/invoices/amount.ts';
import { ImportError, importFile } from '../../../shared/invoices/import.ts';
import { csvTable } from '../../../shared/invoices/table/csv.ts';
import type { Bills } from '../../../shared/store/bills/bills.ts';
import {
  contents,
  csvOfRows,
  emptyBills,
  type FocusRow,
  fileOf,
  folder,
  HOUR_OF_A_MACHINE,
} from './bills.ts';

const SAMPLE = new URL('./data/focus_sample.csv.gz', import.meta.url).pathname;

function byService(bills: Bills): Map<string, number> {
  const rows = bills.connection.all<{ service: string; micros: number; fine: number }>(
    `SELECT service, sum(billed) AS micros, sum(billed_fine) AS fine
     FROM line JOIN item ON item.id = line.item GROUP BY service`,
  );
  return new Map(rows.map(({ service, ...amount }) => [service, roundAmount(amount)]));
}

/** The sample's sums in picodollars, by nothing but its digits. */
async function straightSums(): Promise<Map<string, number>> {
  const text = gunzipSync(readFileSync(SAMPLE));
  const table = await csvTable(
    (async function* () {
      yield text;
    })(),
  );
  const sums = new Map<string, bigint>();
  const wanted = ['ServiceName', 'BilledCost'].map((name) => table.names.indexOf(name));
  for await (const { columns, count } of table.read(wanted)) {
    for (let row = 0; row < count; row += 1) {
      const [whole = '', fraction = ''] = String(columns[1]?.at(row)).split('.');
      const service = String(columns[0]?.at(row));
      const sign = whole.startsWith('-') ? -1n : 1n;
      const size = BigInt(whole.replace('-', '') + fraction.padEnd(12, '0').slice(0, 12));
      sums.set(service, (sums.get(service) ?? 0n) + sign * size);
    }
  }
  const rounded = (picos: bigint) =>
    picos < 0n
      ? -Number((-picos + 500_000n) / 1_000_000n)
      : Number((picos + 500_000n) / 1_000_000n);
  return new Map([...sums].map(([service, picos]) => [service, rounded(picos)]));
}

test('imports the published sample in full: sums by service are those of the file', async () => {
  const bills = emptyBills();
  const { edition } = await importFile(bills, SAMPLE);
  expect(edition.lines).toBe(1000);
  const straight = await straightSums();
  expect(straight.size).toBeGreaterThan(20);
  expect(byService(bills)).toEqual(straight);
});

test.skipIf(process.platform === 'win32')('keeps bills for this user’s eyes only', async () => {
  const path = join(folder(), 'bills.db');
  await importFile(emptyBills(path), SAMPLE);
  for (const file of [path, `${path}-wal`]) expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('knows a file again, and leaves all as it is', async () => {
  const bills = emptyBills();
  const first = await importFile(bills, SAMPLE);
  const before = contents(bills);
  const again = await importFile(bills, SAMPLE);
  expect(again).toEqual({ edition: first.edition, isNew: false });
  expect(contents(bills)).toEqual(before);
});

const hour = (at: number) => ({
  ChargePeriodStart: `2026-11-20T${String(at).padStart(2, '0')}:00:00Z`,
  ChargePeriodEnd: `2026-11-20T${String(at + 1).padStart(2, '0')}:00:00Z`,
});

test('takes the newest file’s word for a line, in whatever order files come', async () => {
  const path = folder();
  const files = [
    fileOf(
      [
        { ...hour(1), BilledCost: '1' },
        { ...hour(2), BilledCost: '2' },
      ],
      '2026-11-21',
      path,
    ),
    fileOf(
      [
        { ...hour(2), BilledCost: '2.5', Tags: '{"team":"b"}' },
        { ...hour(3), BilledCost: '3' },
        { ...hour(3), BilledCost: '0.25' },
      ],
      '2026-11-22',
      path,
    ),
    fileOf([{ ...hour(2), BilledCost: '2.75' }], '2026-11-23', path),
    fileOf([{ ...hour(3), BilledCost: '9' }], '2026-11-21', path),
    fileOf([{ ...hour(1), BilledCost: '1.5' }], '2026-11-21', path),
  ];
  let expected: string[] | undefined;
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(files, { minLength: files.length }),
      fc.constantFrom(...files),
      async (order, again) => {
        const bills = emptyBills();
        for (const file of [...order, again]) await importFile(bills, file);
        expected ??= contents(bills);
        expect(contents(bills)).toEqual(expected);
      },
    ),
    { numRuns: 12 },
  );
  const costs = expected
    ?.map((line) => JSON.parse(line))
    .map(({ from_ms, billed }) => [from_ms, billed]);
  expect(new Map(costs as [number, number][])).toEqual(
    new Map([
      [Date.parse('2026-11-20T02:00Z'), 2_750_000],
      [Date.parse('2026-11-20T03:00Z'), 3_250_000],
      // Both files are of one day: the digest decides, the same way each time.
      [
        Date.parse('2026-11-20T01:00Z'),
        expect.toSatisfy((billed) => [1e6, 1.5e6].includes(billed as number)),
      ],
    ]),
  );
});

test('says by row and column what it cannot understand, and imports nothing', async () => {
  const bills = emptyBills();
  const file = fileOf(
    [
      {},
      { BilledCost: 'free' },
      { ChargePeriodStart: 'yesterday' },
      { BillingCurrency: 'dollars' },
      { ChargeCategory: 'Gift' },
      { ServiceName: 'NULL' },
      { ChargePeriodEnd: '2026-11-20T09:00:00Z' },
    ],
    '2026-11-21',
  );
  const error = await importFile(bills, file).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(ImportError);
  expect((error as ImportError).faults.map(({ row, column }) => `${row} ${column}`)).toEqual([
    '3 BilledCost',
    '4 ChargePeriodStart',
    '5 BillingCurrency',
    '6 ChargeCategory',
    '7 ServiceName',
    '8 ChargePeriodEnd',
  ]);
  expect(contents(bills)).toEqual([]);
  expect(bills.editions()).toEqual([]);
});

test('reads what FOCUS 1.2 and 1.3 say in columns of their own', async () => {
  const bills = emptyBills();
  const { ProviderName: _, ...row }: FocusRow = { ...HOUR_OF_A_MACHINE, ...hour(1) };
  const newer: FocusRow = {
    ...row,
    ServiceProviderName: 'AWS',
    SkuPriceDetails: '{"InstanceType":"p4d.24xlarge"}',
    BillingCurrency: 'EUR',
    EffectiveCost: '20',
    PricingCurrency: 'USD',
    PricingCurrencyEffectiveCost: '23',
  };
  const file = join(folder(), 'newer.csv');
  const names = Object.keys(newer);
  const cells = Object.values(newer).map((text) => `"${text.replaceAll('"', '""')}"`);
  writeFileSync(file, `${names.join(',')}\n${cells.join(',')}\n`);
  await importFile(bills, file);
  const [kept] = bills.connection.all<{ facts: string; usd_per_unit: number }>(
    'SELECT facts, usd_per_unit FROM line JOIN item ON item.id = line.item',
  );
  expect(kept?.usd_per_unit).toBe(1.15);
  expect(JSON.parse(kept?.facts ?? '')).toMatchObject({
    providerName: 'AWS',
    instanceType: 'p4d.24xlarge',
    billingCurrency: 'EUR',
  });
});

test('says which columns a file lacks that is no bill', async () => {
  const file = join(folder(), 'people.csv');
  writeFileSync(file, 'name,age\nAda,36\n');
  await expect(importFile(emptyBills(), file)).rejects.toThrow(/no column ProviderName, Billing/);
});

test('reads from Parquet what it reads from CSV', async () => {
  const rows = [hour(1), { ...hour(2), BilledCost: '0.0000004', Tags: '{"team":"a"}' }];
  const names = Object.keys(HOUR_OF_A_MACHINE);
  const cell = (row: Record<string, string>, name: string) => row[name] ?? HOUR_OF_A_MACHINE[name];
  const parquet = parquetWriteBuffer({
    columnData: names.map((name) => {
      const cells = rows.map((row) => cell(row, name) || null);
      if (/Cost$|Quantity$/.test(name)) return { name, data: cells.map(Number), type: 'DOUBLE' };
      if (/Period(Start|End)$/.test(name)) {
        return { name, data: cells.map((text) => new Date(text ?? 0)), type: 'TIMESTAMP' };
      }
      return { name, data: cells, type: 'STRING' };
    }),
  });
  const path = folder();
  writeFileSync(join(path, 'bill.parquet'), new Uint8Array(parquet));
  writeFileSync(join(path, 'bill.csv'), csvOfRows(rows));
  const [fromParquet, fromCsv] = [emptyBills(), emptyBills()];
  await importFile(fromParquet, join(path, 'bill.parquet'), { asOf: 0 });
  await importFile(fromCsv, join(path, 'bill.csv'), { asOf: 0 });
  const withoutDigest = (lines: string[]) =>
    lines.map((line) => ({ ...JSON.parse(line), edition: '' }));
  expect(withoutDigest(contents(fromParquet))).toEqual(withoutDigest(contents(fromCsv)));
});
