import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { InvoiceLine } from '@burnrate/shared/invoices/line.ts';
import { beforeAll, expect, test } from 'vitest';
import { bigquery as python } from '../../python_tools.ts';
import { bigQueryOf, type JobBody, refusal, resultsOf } from '../../unit/invoices/gcp/bigquery.ts';
import { readBill } from '../../unit/invoices/gcp/reading.ts';
import { TOKEN } from '../../unit/sources/gcp/open.ts';
import { only } from '../../unit/sources/open_account.ts';
import type { Reply } from '../../unit/sources/service.ts';

const SCRIPT = fileURLToPath(new URL('./bigquery.py', import.meta.url));
let reason: string | undefined;

beforeAll(async () => {
  reason = await python.install();
}, 300_000);

type Words = Record<string, unknown>;

/** A row of the export itself, of the partition of 24 November. */
function exported(changes: Words = {}): Words {
  return {
    billing_account_id: '01AB23-4567CD-89EF01',
    service: { id: '6F81-5844-456A', description: 'Compute Engine' },
    sku: { id: '39D4-516A-0317', description: 'Nvidia Tesla A100 GPU running in Americas' },
    usage_start_time: '2026-11-24T10:00:00Z',
    usage_end_time: '2026-11-24T11:00:00Z',
    project: { id: 'ada-lab', name: 'Ada' },
    labels: [{ key: 'owner', value: 'ada' }],
    system_labels: [{ key: 'compute.googleapis.com/machine_spec', value: 'a2-highgpu-1g' }],
    location: { region: 'us-central1', zone: 'us-central1-a' },
    cost: 10,
    currency: 'USD',
    currency_conversion_rate: 1,
    usage: { amount: 3600, unit: 'seconds', amount_in_pricing_units: 1, pricing_unit: 'hour' },
    credits: [],
    invoice: { month: '202611' },
    cost_type: 'regular',
    resource: {
      name: 'train',
      global_name:
        '//compute.googleapis.com/projects/42/zones/us-central1-a/instances/4711471147114711001',
    },
    cost_at_list: 12,
    _PARTITIONTIME: '2026-11-24T00:00:00Z',
    ...changes,
  };
}

const covered = (amount: number) => [
  { name: 'Committed Usage Discount: A100', amount: -amount, type: 'COMMITTED_USAGE_DISCOUNT' },
];
const fee = {
  sku: { id: 'FEE', description: 'Commitment v1: Nvidia Tesla A100 in Americas for 1 Year' },
  project: { id: 'finance', name: 'Finance' },
  resource: {},
  cost: 6,
};

/** What BigQuery would answer, by DuckDB. */
function run(
  sql: string,
  given: JobBody['configuration']['query']['queryParameters'],
  rows: Words[],
): Reply {
  const parameters = Object.fromEntries(
    given.map(({ name, parameterValue: { value, arrayValues } }) => [
      name,
      arrayValues?.map((one) => one.value) ?? value,
    ]),
  );
  const { status, stdout, stderr } = spawnSync(python.bin('python'), [SCRIPT], {
    input: JSON.stringify({ sql, parameters, rows }),
    encoding: 'utf8',
  });
  if (status !== 0) return refusal(400, 'invalidQuery', stderr.slice(-300));
  return resultsOf(JSON.parse(stdout) as (string | null)[][]);
}

/** Reads this export with the reader, whose own SQL is what runs. */
async function read(rows: Words[], section: Words = {}): Promise<InvoiceLine[]> {
  const shape = bigQueryOf({
    token: TOKEN,
    partitions: { '20261124': { modifiedAt: 1, rows: [] } },
  });
  const answers = new Map<string, Reply>();
  const { batches, error } = await readBill(
    (ask) => {
      const [, id = ''] = /\/queries\/([\w-]+)$/.exec(ask.call) ?? [];
      const known = answers.get(id);
      if (known) return known;
      const { configuration, jobReference } = (ask.body ?? {}) as Partial<JobBody>;
      if (configuration && jobReference && !configuration.dryRun) {
        const { query, queryParameters } = configuration.query;
        if (!query.includes('INFORMATION_SCHEMA'))
          answers.set(jobReference.jobId, run(query, queryParameters, rows));
      }
      return shape(ask);
    },
    { section, signal: AbortSignal.timeout(60_000) },
  );
  if (error) throw error;
  for (const { lines, span } of batches)
    for (const line of lines) {
      expect(line.chargePeriodStart).toBeGreaterThanOrEqual(span.from);
      expect(line.chargePeriodEnd).toBeLessThanOrEqual(span.to);
    }
  return batches.flatMap(({ lines }) => lines);
}

test('the reader’s query adds up what is alike, exactly, and leaves the rest apart', async ({
  skip,
}) => {
  if (reason) skip(reason);
  const lines = await read([
    exported({ cost: 0.1, cost_at_list: 0.2 }),
    // A correction of the same hour, in the same delivery.
    exported({ cost: 0.2, cost_at_list: null }),
    exported({ resource: { name: 'other', global_name: '//x/instances/4711471147114711002' } }),
    exported({ project: { id: 'someone-elses', name: 'Not watched' } }),
    exported({ project: {}, cost_type: 'tax', cost: 1.5, resource: {} }),
    exported({ _PARTITIONTIME: '2026-11-23T00:00:00Z', cost: 99 }),
    exported({ usage_start_time: '2026-10-01T00:00:00Z', cost: 77 }),
  ]);
  const of = (id: string) => only(lines.filter(({ resourceId }) => resourceId === id));
  expect(lines).toHaveLength(3);
  expect(Number(of('4711471147114711001').billedCost)).toBe(0.3);
  expect(of('4711471147114711001')).toMatchObject({
    instanceType: 'a2-highgpu-1g',
    consumedQuantity: 7200,
    tags: { owner: 'ada' },
    // Midnight on the Pacific coast, before and after the end of summer time.
    billingPeriodStart: Date.parse('2026-11-01T07:00:00Z'),
    billingPeriodEnd: Date.parse('2026-12-01T08:00:00Z'),
  });
  expect(Number(of('4711471147114711001').listCost)).toBe(0.2);
  expect(lines.filter(({ chargeCategory }) => chargeCategory === 'Tax')).toHaveLength(1);
});

test('discounts are part of the price, and promotions a line of their own', async ({ skip }) => {
  if (reason) skip(reason);
  const credits = [
    { name: 'Sustained Usage Discount', amount: -2, type: 'SUSTAINED_USAGE_DISCOUNT' },
    { name: 'Free trial', amount: -5, type: 'PROMOTION' },
  ];
  const lines = await read([exported({ credits })]);
  expect(
    lines.map(({ chargeCategory, billedCost }) => [chargeCategory, Number(billedCost)]),
  ).toEqual([
    ['Usage', 8],
    ['Credit', -5],
  ]);
});

test('a commitment’s fee is spread over all use that it covers, also by others', async ({
  skip,
}) => {
  if (reason) skip(reason);
  const rows = [
    exported(fee),
    exported({ credits: covered(6) }),
    exported({ credits: covered(4), project: { id: 'someone-elses', name: 'Not watched' } }),
    exported({ location: { region: 'europe-west4', zone: 'europe-west4-a' } }),
  ];
  const mine = await read(rows);
  const at = (region: string) => only(mine.filter(({ regionId }) => regionId === region));
  // $6 of fees for $10 of use: 60 cents for each dollar that was taken off.
  expect(Number(at('us-central1').billedCost)).toBe(4);
  expect(Number(at('us-central1').effectiveCost)).toBeCloseTo(4 + 6 * 0.6);
  expect(at('us-central1').commitmentDiscountStatus).toBe('Used');
  expect(Number(at('europe-west4').effectiveCost)).toBe(10);

  const all = await read(rows, { allProjects: true });
  const sum = (cost: 'billedCost' | 'effectiveCost') =>
    all.reduce((total, line) => total + Number(line[cost]), 0);
  expect(sum('effectiveCost')).toBeCloseTo(sum('billedCost'));
});

test('a fee for more than was used stays, as far as it was not', async ({ skip }) => {
  if (reason) skip(reason);
  const rows = [exported({ ...fee, cost: 6 }), exported({ credits: covered(4) })];
  const lines = await read(rows, { allProjects: true });
  const purchase = only(lines.filter(({ chargeCategory }) => chargeCategory === 'Purchase'));
  const usage = only(lines.filter(({ chargeCategory }) => chargeCategory === 'Usage'));
  expect(Number(usage.effectiveCost)).toBeCloseTo(10);
  expect(Number(purchase.effectiveCost)).toBeCloseTo(2);
});
