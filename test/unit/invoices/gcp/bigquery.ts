import { COLUMNS, type Column } from '@burnrate/shared/invoices/gcp/sql.ts';
import { type Ask, type Handler, json, type Reply } from '../../sources/service.ts';

/** A row of the export, as the reader's query selects it: each column as text. */
export type BillRow = Partial<Record<Column, string>>;

const HOUR = 3_600_000;
const START = Date.parse('2026-11-23T10:00:00Z');

/** An hour of an a2 instance's GPU. */
export function billRow(changes: BillRow = {}): BillRow {
  return {
    billing_account: '01AB23-4567CD-89EF01',
    project: 'ada-lab',
    project_name: 'Ada’s laboratory',
    cost_type: 'regular',
    service: 'Compute Engine',
    sku: '39D4-516A-0317',
    sku_name: 'Nvidia Tesla A100 GPU running in Americas',
    region: 'us-central1',
    zone: 'us-central1-a',
    resource:
      '//compute.googleapis.com/projects/4711/zones/us-central1-a/instances/4711471147114711001',
    resource_name: 'train',
    machine: 'a2-highgpu-1g',
    currency: 'USD',
    rate: '1',
    unit: 'seconds',
    pricing_unit: 'hour',
    labels: '[{"key":"owner","value":"ada"}]',
    period_start: String(START),
    period_end: String(START + HOUR),
    month_start: String(Date.parse('2026-11-01T07:00:00Z')),
    month_end: String(Date.parse('2026-12-01T08:00:00Z')),
    earliest: String(START),
    latest: String(START + HOUR),
    cost: '2.641',
    list: '2.933908',
    amount: '3600',
    pricing_amount: '1',
    ...changes,
  };
}

export interface Bill {
  token: string;
  /** By partition, `20261124`; the version is when it was last added to. */
  partitions: Record<string, { modifiedAt: number; rows: BillRow[] }>;
  /** What a dry run says of one partition. */
  bytes?: number;
  columns?: string[];
  partitioned?: boolean;
  pageRows?: number;
  /** Answers of jobs.query that are not done yet. */
  slow?: number;
}

export const TABLE = 'ada-billing.export.gcp_billing_export_resource_v1_01AB23_4567CD_89EF01';
const [PROJECT = '', DATASET = '', NAME = ''] = TABLE.split('.');

interface QueryBody {
  query: string;
  dryRun?: boolean;
  maximumBytesBilled?: string;
  queryParameters: { name: string; parameterValue: { value?: string } }[];
}

/**
 * BigQuery over one export, each answer shaped as its page says:
 * https://cloud.google.com/bigquery/docs/reference/rest/v2/tables/get
 * https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query
 * https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults
 */
export function bigQueryOf(bill: Bill): Handler {
  const results = new Map<string, (string | null)[][]>();
  let waits = bill.slow ?? 0;
  const page = (jobId: string, from: number): Reply => {
    const rows = results.get(jobId) ?? [];
    const size = bill.pageRows ?? 5000;
    const more = from + size < rows.length;
    return json({
      kind: 'bigquery#queryResponse',
      jobReference: { projectId: PROJECT, jobId, location: 'US' },
      jobComplete: true,
      totalRows: String(rows.length),
      rows: rows.slice(from, from + size).map((row) => ({ f: row.map((v) => ({ v })) })),
      ...(more && { pageToken: String(from + size) }),
    });
  };
  return ({ call, query, body, authorization }: Ask): Reply => {
    if (authorization !== `Bearer ${bill.token}`)
      return json({ error: { code: 401, message: 'Invalid Credentials' } }, 401);
    if (call === `GET /projects/${PROJECT}/datasets/${DATASET}/tables/${NAME}`)
      return json({
        kind: 'bigquery#table',
        schema: {
          fields: (bill.columns ?? ['cost', 'resource', 'cost_at_list']).map((name) => ({ name })),
        },
        ...((bill.partitioned ?? true) && { timePartitioning: { type: 'DAY' } }),
      });
    const [, jobId] = /^GET \/projects\/[\w-]+\/queries\/(\w+)$/.exec(call) ?? [];
    if (jobId) {
      if (waits > 0) {
        waits -= 1;
        return json({ jobComplete: false, jobReference: { jobId, location: 'US' } });
      }
      return page(jobId, Number(query.get('pageToken') ?? 0));
    }
    const asked = body as QueryBody;
    const told = (name: string) =>
      asked.queryParameters.find((one) => one.name === name)?.parameterValue.value ?? '';
    const listing = asked.query.includes('INFORMATION_SCHEMA.PARTITIONS');
    const bytes = listing ? 10_000_000 : (bill.bytes ?? 50_000_000);
    if (asked.dryRun)
      return json({
        jobComplete: true,
        jobReference: { projectId: PROJECT, location: 'US' },
        totalBytesProcessed: String(bytes),
      });
    if (Number(asked.maximumBytesBilled) < bytes)
      return json({ error: { code: 400, message: 'Query exceeded limit for bytes billed' } }, 400);
    const id = `job${results.size}`;
    results.set(
      id,
      listing
        ? Object.entries(bill.partitions)
            .filter(([partition]) => partition >= told('since'))
            .map(([partition, { modifiedAt, rows }]) => [
              partition,
              String(rows.length),
              String(modifiedAt),
            ])
        : (bill.partitions[told('partition')]?.rows ?? []).map((row) =>
            COLUMNS.map((column) => row[column] ?? null),
          ),
    );
    if (!listing && waits > 0) return json({ jobComplete: false, jobReference: { jobId: id } });
    return page(id, 0);
  };
}
