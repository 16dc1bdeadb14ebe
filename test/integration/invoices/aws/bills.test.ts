import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { awsCostExplorer } from '@burnrate/shared/invoices/aws/cost_explorer/index.ts';
import { awsDataExport } from '@burnrate/shared/invoices/aws/data_export/index.ts';
import type { InvoiceBatch, InvoiceReader } from '@burnrate/shared/invoices/reader.ts';
import { DAY } from '@burnrate/shared/model/time.ts';
import type { Surroundings } from '@burnrate/shared/sources/source.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bareMachine } from '../../../unit/sources/bare.ts';
import { installMoto, type Moto, startMoto } from '../../aws/moto.ts';

const missing = await installMoto();
if (missing) console.warn(`skipped: ${missing}`);

const watched = {
  id: 'aws:environment',
  source: 'aws',
  name: 'environment',
  foundIn: 'the environment',
  options: { origin: 'environment', accountNumber: '123456789012' },
};
const patient = () => AbortSignal.timeout(60_000);

describe.skipIf(missing)('bills of AWS, by moto', () => {
  let moto: Moto;
  let machine: Surroundings;
  let s3: S3Client;

  beforeAll(async () => {
    moto = await startMoto();
    machine = bareMachine({
      env: {
        AWS_ACCESS_KEY_ID: 'AKIAADA',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_REGION: 'us-east-1',
        AWS_ENDPOINT_URL: moto.url,
      },
    });
    s3 = new S3Client({
      endpoint: moto.url,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
  });
  afterAll(() => moto?.close());
  beforeEach(() => moto.reset());

  async function open<Settings>(reader: InvoiceReader<Settings>, section: object) {
    const settings = reader.settings.parse(section);
    const { accounts } = await reader.accounts([watched], machine, settings);
    if (!accounts[0]) throw new Error('there is no bill');
    return reader.open(accounts[0], machine, settings);
  }

  async function read<Settings>(reader: InvoiceReader<Settings>, section: object) {
    const connection = await open(reader, section);
    const batches: InvoiceBatch[] = [];
    let calls = 0;
    const request = {
      since: Date.now() - 2 * DAY,
      known: new Map(),
      spend: () => {
        calls += 1;
      },
      signal: patient(),
    };
    try {
      for await (const batch of connection.read(request)) batches.push(batch);
    } finally {
      await connection.close?.();
    }
    return { batches, lines: batches.flatMap(({ lines }) => lines), calls };
  }

  test('Cost Explorer is asked in a way that it understands, and its answer read', async () => {
    const yesterday = new Date(Date.now() - DAY).toISOString().slice(0, 10);
    const today = new Date().toISOString().slice(0, 10);
    const usd = (Amount: string) => ({ Amount, Unit: 'USD' });
    const result = {
      ResultsByTime: [
        {
          TimePeriod: { Start: yesterday, End: today },
          Total: {},
          Groups: [
            {
              Keys: ['Usage', 'BoxUsage:g5.xlarge'],
              Metrics: {
                UnblendedCost: usd('24.144'),
                NetUnblendedCost: usd('21.7296'),
                AmortizedCost: usd('24.144'),
                NetAmortizedCost: usd('21.7296'),
                UsageQuantity: { Amount: '24', Unit: 'Hrs' },
              },
            },
          ],
          Estimated: true,
        },
      ],
    };
    // A month that has just begun is asked for after the one before.
    await fetch(`${moto.url}/moto-api/static/ce/cost-and-usage-results`, {
      method: 'POST',
      body: JSON.stringify({ results: [result, result] }),
    });
    const { lines, calls } = await read(awsCostExplorer, { resources: false });
    expect(calls).toBeGreaterThan(0);
    expect(lines[0]).toMatchObject({
      instanceType: 'g5.xlarge',
      regionId: 'us-east-1',
      billedCost: '21.7296',
      listCost: '24.144',
      subAccountId: '123456789012',
    });
  });

  describe('an export in a bucket', () => {
    const Bucket = 'bill-of-ada';
    const key = (name: string) => `exports/bill/${name}`;
    const month = new Date().toISOString().slice(0, 7);
    const hour = `${new Date().toISOString().slice(0, 8)}01T00:00:00Z`;
    const data = `data/BILLING_PERIOD=${month}/bill-00001.csv.gz`;
    const manifest = `metadata/BILLING_PERIOD=${month}/bill-Manifest.json`;
    const csv = `bill_payer_account_id,line_item_usage_account_id,line_item_line_item_type,line_item_usage_type,line_item_resource_id,line_item_usage_start_date,line_item_usage_end_date,line_item_unblended_cost
999999999999,123456789012,Usage,BoxUsage:g5.xlarge,i-0abc,${hour},${hour.replace('T00', 'T01')},1.006
999999999999,888888888888,Usage,BoxUsage:g5.xlarge,i-0xyz,${hour},${hour.replace('T00', 'T01')},1.006
`;
    const put = (name: string, Body: string | Uint8Array) =>
      s3.send(new PutObjectCommand({ Bucket, Key: key(name), Body }));
    const path = `s3://${Bucket}/exports/bill`;

    beforeEach(async () => {
      await s3.send(new CreateBucketCommand({ Bucket }));
      await put(data, gzipSync(csv));
      await put(manifest, JSON.stringify({ dataFiles: [`s3://${Bucket}/${key(data)}`] }));
    });

    test('is read by its manifest: the lines of accounts that are watched', async () => {
      const { lines, batches, calls } = await read(awsDataExport, { path });
      expect(lines).toMatchObject([
        { resourceId: 'i-0abc', billedCost: '1.006', subAccountId: '123456789012' },
      ]);
      expect(batches.at(-1)).toMatchObject({ part: month, complete: true });
      expect(calls).toBe(0);
      const all = await read(awsDataExport, { path, allAccounts: true });
      expect(all.lines).toHaveLength(2);
    });

    test('leaves nothing of it on this machine', async () => {
      const before = process.env.TMPDIR;
      const own = mkdtempSync(join(tmpdir(), 'burnrate-test-'));
      process.env.TMPDIR = own;
      try {
        await read(awsDataExport, { path });
        expect(readdirSync(own)).toEqual([]);
      } finally {
        if (before === undefined) delete process.env.TMPDIR;
        else process.env.TMPDIR = before;
        rmSync(own, { recursive: true });
      }
    });

    test('whose file has gone is being replaced; one that is not there says so', async () => {
      await s3.send(new DeleteObjectCommand({ Bucket, Key: key(data) }));
      await expect(read(awsDataExport, { path })).rejects.toMatchObject({ kind: 'unreachable' });
      const connection = await open(awsDataExport, { path: `s3://${Bucket}/elsewhere` });
      expect(await connection.diagnose(patient())).toMatchObject([
        { ok: false, message: expect.stringContaining('no manifest') },
      ]);
    });

    test('is diagnosed by what is there', async () => {
      const connection = await open(awsDataExport, { path });
      expect(await connection.diagnose(patient())).toMatchObject([
        { ok: true, message: expect.stringContaining(`1 month, the newest is ${month}`) },
      ]);
    });
  });
});
