import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { decimalOf } from '@burnrate/shared/invoices/amount.ts';
import { azureExports } from '@burnrate/shared/invoices/azure/exports/index.ts';
import type { InvoiceBatch } from '@burnrate/shared/invoices/reader.ts';
import { azure } from '@burnrate/shared/sources/azure/index.ts';
import type { SourceError } from '@burnrate/shared/sources/source.ts';
import { describe, expect, test } from 'vitest';
import { signedIn, TOKEN } from '../../sources/azure/open.ts';
import { only } from '../../sources/open_account.ts';
import { type Ask, type Handler, type Reply, startService } from '../../sources/service.ts';
import { folder } from '../bills.ts';

const HEAD =
  'BilledCost,EffectiveCost,ListCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,ConsumedQuantity,ConsumedUnit,ProviderName,ServiceName,SubAccountId,ResourceId,RegionId,x_SkuMeterName';

/**
 * A day of a machine, as Azure's export has it.
 * https://learn.microsoft.com/azure/cost-management-billing/dataset-schema/cost-usage-details-focus
 */
function row(day: number, cost: string): string {
  const at = (date: number) => `2026-11-${String(date).padStart(2, '0')}T00:00:00Z`;
  const account = '/providers/Microsoft.Billing/billingAccounts/1234567';
  const machine =
    '/subscriptions/S/resourceGroups/ML-RG/providers/Microsoft.Compute/virtualMachines/a100';
  return `${cost},${cost},88.152,${account},USD,2026-11-01T00:00:00Z,2026-12-01T00:00:00Z,Usage,${at(day)},${at(day + 1)},24,Hours,Microsoft,Virtual Machines,/subscriptions/S,${machine},eastus,NC24ads A100 v4`;
}
const csv = (...rows: string[]) => [HEAD, ...rows, ''].join('\n');

async function readBill(place: string, known = new Map<string, string>()) {
  const surroundings = signedIn();
  const { accounts: watched } = await azure.discover(surroundings, azure.settings.parse(undefined));
  const settings = azureExports.settings.parse({ place });
  const account = only((await azureExports.accounts(watched, surroundings, settings)).accounts);
  const connection = azureExports.open(account, surroundings, settings);
  const batches: InvoiceBatch[] = [];
  let error: SourceError | undefined;
  try {
    const request = {
      since: Date.parse('2026-10-01'),
      known,
      spend: () => {},
      signal: AbortSignal.timeout(20_000),
    };
    for await (const batch of connection.read(request)) batches.push(batch);
  } catch (thrown) {
    error = thrown as SourceError;
  } finally {
    await connection.close?.();
  }
  return {
    error,
    lines: batches.flatMap(({ lines }) => lines),
    complete: batches.filter((one) => one.complete).map(({ part }) => part),
    versions: new Map(batches.map(({ part, version }) => [part, version])),
  };
}

/** Files under a folder that is gone after the test, each of a later minute than the one before. */
function delivered(files: Record<string, string | Buffer>): string {
  const root = folder();
  for (const [index, [path, content]] of Object.entries(files).entries()) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    utimesSync(file, 1_764_000_000, 1_764_000_000 + index * 60);
  }
  return root;
}

describe('Azure’s export on this machine', () => {
  test('is read whole, from all its files, under the ids that nodes have', async () => {
    const root = delivered({
      'daily/20261101-20261130/run1/part_0_0001.csv': csv(row(20, '80.5')),
      'daily/20261101-20261130/run1/part_1_0001.csv.gz': gzipSync(csv(row(21, '0.000000123456'))),
      'daily/20261101-20261130/run1/manifest.json': '{}',
    });
    const bill = await readBill(root);
    expect(bill.error).toBeUndefined();
    expect(bill.complete).toEqual(['daily/20261101-20261130']);
    expect(bill.lines.map(({ billedCost }) => Number(billedCost))).toEqual([80.5, 0.000000123456]);
    expect(bill.lines[0]).toMatchObject({
      resourceId:
        '/subscriptions/s/resourcegroups/ml-rg/providers/microsoft.compute/virtualmachines/a100',
      billingAccountId: '/providers/Microsoft.Billing/billingAccounts/1234567',
      listCost: '88.152000000000',
      consumedQuantity: 24,
      skuMeter: 'NC24ads A100 v4',
    });
    const again = await readBill(root, bill.versions);
    expect(again.lines).toEqual([]);
  });

  test('of several runs is the newest that is complete', async () => {
    const root = delivered({
      'd/20261101-20261130/run1/part_0_0001.csv': csv(row(20, '1')),
      'd/20261101-20261130/run1/manifest.json': '{}',
      'd/20261101-20261130/run2/part_0_0001.csv': csv(row(20, '2')),
      'd/20261101-20261130/run2/manifest.json': '{}',
      'd/20261101-20261130/run3/part_0_0001.csv': csv(row(20, '3')),
    });
    expect((await readBill(root)).lines.map(({ billedCost }) => Number(billedCost))).toEqual([2]);
  });

  test.each([
    ['is none of FOCUS', 'Date,MeterName\n2026-11-20,x\n', /no column .*FOCUS/],
    [
      'has a row that cannot be understood',
      csv(row(20, '1'), row(21, 'much')),
      /Row 3, BilledCost/,
    ],
  ])('that %s is refused, and no month is complete', async (_, content, message) => {
    const root = delivered({
      'd/20261101-20261130/part_0_0001.csv': content,
      'd/20261101-20261130/manifest.json': '{}',
    });
    const { error, complete } = await readBill(root);
    expect(error).toMatchObject({ kind: 'malformed', message: expect.stringMatching(message) });
    expect(complete).toEqual([]);
  });

  test('that is not there says so', async () => {
    const { error } = await readBill('/nonexistent/exports');
    expect(error).toMatchObject({
      kind: 'not-configured',
      remedy: expect.stringContaining('place'),
    });
  });
});

/** https://learn.microsoft.com/rest/api/storageservices/list-blobs */
function storageOf(files: Record<string, string>): Handler {
  return ({ call, query, authorization }: Ask): Reply => {
    if (authorization !== `Bearer ${TOKEN}`)
      return { status: 401, headers: { 'x-ms-error-code': 'InvalidAuthenticationInfo' }, body: '' };
    if (call !== 'GET /bills') return { body: files[call.replace('GET /bills/', '')] ?? '' };
    const names = Object.keys(files).filter((name) => name.startsWith(query.get('prefix') ?? ''));
    const from = Number(query.get('marker') ?? 0);
    const blobs = names
      .slice(from, from + 2)
      .map(
        (name) =>
          `<Blob><Name>${name}</Name><Properties><Last-Modified>Tue, 24 Nov 2026 06:00:00 GMT</Last-Modified><Etag>0x8D${name.length}</Etag></Properties></Blob>`,
      );
    const next = from + 2 < names.length ? String(from + 2) : '';
    return {
      headers: { 'Content-Type': 'application/xml' },
      body: `\ufeff<?xml version="1.0"?><EnumerationResults><Blobs>${blobs.join('')}</Blobs><NextMarker>${next}</NextMarker></EnumerationResults>`,
    };
  };
}

describe('Azure’s export in a container', () => {
  const files = {
    'out/daily/20261101-20261130/r/part_0_0001.csv': csv(row(20, '80.5')),
    'out/daily/20261101-20261130/r/part_1_0001.csv': csv(row(21, '1')),
    'out/daily/20261101-20261130/r/manifest.json': '{}',
    'elsewhere/20261101-20261130/r/part_0_0001.csv': csv(row(20, '7')),
  };

  async function readFrom(handler: Handler) {
    const service = await startService(handler);
    try {
      return { ...(await readBill(`${service.url}/bills/out`)), service };
    } finally {
      await service.close();
    }
  }

  test('is read as whoever is signed in, all pages of it, and nothing is left on this machine', async () => {
    const ours = () => readdirSync(tmpdir()).filter((name) => name.startsWith('burnrate-export-'));
    const before = ours();
    const bill = await readFrom(storageOf(files));
    expect(bill.error).toBeUndefined();
    expect(bill.complete).toEqual(['daily/20261101-20261130']);
    expect(bill.lines.map(({ billedCost }) => Number(billedCost))).toEqual([80.5, 1]);
    expect(ours()).toEqual(before);
  });

  test.each<[string, Reply, object]>([
    [
      'refuses the sign-in',
      { status: 401, headers: { 'x-ms-error-code': 'InvalidAuthenticationInfo' }, body: '' },
      { kind: 'denied', remedy: expect.stringContaining('az login') },
    ],
    [
      'may not be read',
      { status: 403, headers: { 'x-ms-error-code': 'AuthorizationPermissionMismatch' }, body: '' },
      { kind: 'denied', remedy: expect.stringContaining('Storage Blob Data Reader') },
    ],
    [
      'is not there',
      { status: 404, headers: { 'x-ms-error-code': 'ContainerNotFound' }, body: '' },
      { kind: 'malformed', message: expect.stringContaining('ContainerNotFound') },
    ],
    [
      'is busy',
      { status: 503, headers: { 'x-ms-error-code': 'ServerBusy', 'Retry-After': '9' }, body: '' },
      { kind: 'throttled', retryAfterMs: 9000 },
    ],
    ['fails', { status: 500, body: '' }, { kind: 'unreachable' }],
    ['lists half', { body: '<EnumerationResults><Blobs><Blob>' }, { kind: 'malformed' }],
    ['is cut off', 'cut', { kind: 'unreachable' }],
  ])('that %s says so', async (_, reply, told) => {
    const { error, complete } = await readFrom(() => reply);
    expect(error).toMatchObject(told);
    expect(complete).toEqual([]);
  });

  test('of which a file is cut off is no month', async () => {
    const whole = storageOf(files);
    const { error, complete } = await readFrom((ask) =>
      ask.call.includes('part_1') ? 'cut' : whole(ask),
    );
    expect(error?.kind).toBe('unreachable');
    expect(complete).toEqual([]);
  });

  test('is not given a key in a file', () => {
    const place = 'https://a.blob.core.windows.net/bills?sig=canary';
    expect(azureExports.settings.safeParse({ place }).error?.message).toContain(
      'a SAS is a secret',
    );
  });
});

test.each([
  [{ micros: 0, fine: 0 }, '0.000000000000'],
  [{ micros: 80_500_000, fine: 123 }, '80.500000000123'],
  [{ micros: -1, fine: -500_000 }, '-0.000001500000'],
])('%o is %s', (amount, text) => {
  expect(decimalOf(amount)).toBe(text);
});
