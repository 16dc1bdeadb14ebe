import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Bills, openBills } from '../../../shared/store/bills/bills.ts';

/** A folder that is gone after the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'burnrate-bills-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function emptyBills(path = join(folder(), 'bills.db')): Bills {
  const bills = openBills(path, Date.now);
  onTestFinished(() => bills.close());
  return bills;
}

export type FocusRow = Readonly<Record<string, string>>;

/** A row as AWS writes them, an hour of a machine. */
export const HOUR_OF_A_MACHINE: FocusRow = {
  BilledCost: '32.7726',
  EffectiveCost: '32.7726',
  ListCost: '32.7726',
  BillingAccountId: '111122223333',
  BillingCurrency: 'USD',
  BillingPeriodStart: '2026-11-01T00:00:00Z',
  BillingPeriodEnd: '2026-12-01T00:00:00Z',
  ChargeCategory: 'Usage',
  ChargeClass: '',
  ChargeDescription: '$32.7726 per On Demand Linux p4d.24xlarge Instance Hour',
  ChargePeriodStart: '2026-11-20T10:00:00Z',
  ChargePeriodEnd: '2026-11-20T11:00:00Z',
  ConsumedQuantity: '1',
  ConsumedUnit: 'Hours',
  InvoiceId: '',
  ProviderName: 'AWS',
  RegionId: 'us-east-1',
  ResourceId: 'arn:aws:ec2:us-east-1:444455556666:instance/i-0123456789abcdef0',
  ServiceCategory: 'Compute',
  ServiceName: 'Amazon Elastic Compute Cloud',
  SkuId: 'SKU1',
  SubAccountId: '444455556666',
  Tags: '',
};

export function csvOfRows(rows: readonly FocusRow[]): string {
  const names = Object.keys({ ...HOUR_OF_A_MACHINE, ...rows[0] });
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const lines = rows.map((row) =>
    names.map((name) => quoted(row[name] ?? HOUR_OF_A_MACHINE[name] ?? '')).join(','),
  );
  return `${[names.join(','), ...lines].join('\n')}\n`;
}

/** A FOCUS file with these rows, made at an instant. */
export function fileOf(rows: readonly FocusRow[], asOf: string, path = folder()): string {
  const file = join(path, `bill-${asOf}-${Math.random()}.csv`);
  writeFileSync(file, csvOfRows(rows));
  utimesSync(file, new Date(asOf), new Date(asOf));
  return file;
}

/** All that is kept of lines, in an order that does not depend on how they came. */
export function contents(bills: Bills): string[] {
  return bills.connection
    .all<Record<string, unknown>>(
      `SELECT item.facts, item.told, line.from_ms, line.to_ms, billed, billed_fine, effective, list, consumed,
         final, edition.part AS edition
       FROM line JOIN item ON item.id = line.item JOIN edition ON edition.id = line.edition`,
    )
    .map((row) => JSON.stringify(row))
    .sort();
}
