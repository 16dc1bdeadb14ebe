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
  /** Answers for rows that are not there yet. */
  slow?: number;
}

export const TABLE = 'ada-billing.export.gcp_billing_export_resource_v1_01AB23_4567CD_89EF01';
const [PROJECT = '', DATASET = '', NAME = ''] = TABLE.split('.');

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/Job */
export interface JobBody {
  jobReference: { projectId: string; jobId: string };
  configuration: {
    dryRun?: boolean;
    query: {
      query: string;
      maximumBytesBilled?: string;
      queryParameters: {
        name: string;
        parameterValue: { value?: string; arrayValues?: { value: string }[] };
      }[];
    };
  };
}

/** Where it is, below an address: the path that all of its API has. */
export const ROOT = '/bigquery/v2';

/** https://cloud.google.com/bigquery/docs/error-messages */
export function refusal(code: number, reason: string, message: string): Reply {
  const errors = [{ message, domain: 'global', reason }];
  return json({ error: { code, message, errors, status: 'FAILED' } }, code);
}

/** A page of a query's results, whose columns have no names of their own and are text. */
export function resultsOf(rows: readonly (string | null)[][], more: object = {}): Reply {
  const fields = (rows[0] ?? ['']).map((_, index) => ({
    name: `f${index}_`,
    type: 'STRING',
    mode: 'NULLABLE',
  }));
  return json({
    kind: 'bigquery#getQueryResultsResponse',
    schema: { fields },
    jobComplete: true,
    rows: rows.map((row) => ({ f: row.map((v) => ({ v })) })),
    ...more,
  });
}

/**
 * BigQuery over one export, each answer shaped as its page says:
 * https://cloud.google.com/bigquery/docs/reference/rest/v2/tables/get
 * https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/insert
 * https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults
 */
export function bigQueryOf(bill: Bill): Handler {
  const jobs = new Map<string, { rows: (string | null)[][]; fits: boolean }>();
  let waits = bill.slow ?? 0;

  function inserted({ configuration, jobReference }: JobBody): Reply {
    const { dryRun, query } = configuration;
    const told = (name: string) =>
      query.queryParameters.find((one) => one.name === name)?.parameterValue.value ?? '';
    const listing = query.query.includes('INFORMATION_SCHEMA.PARTITIONS');
    const bytes = listing ? 10_000_000 : (bill.bytes ?? 50_000_000);
    const rows = listing
      ? Object.entries(bill.partitions)
          .filter(([partition]) => partition >= told('since'))
          .map(([partition, one]) => [partition, String(one.rows.length), String(one.modifiedAt)])
      : (bill.partitions[told('partition')]?.rows ?? []).map((row) =>
          COLUMNS.map((column) => row[column] ?? null),
        );
    if (!dryRun)
      jobs.set(jobReference.jobId, { rows, fits: Number(query.maximumBytesBilled) >= bytes });
    return json({
      kind: 'bigquery#job',
      jobReference: { ...jobReference, location: 'US' },
      configuration,
      statistics: { totalBytesProcessed: dryRun ? String(bytes) : '0' },
      status: { state: dryRun ? 'DONE' : 'RUNNING' },
    });
  }

  function results(jobId: string, query: URLSearchParams): Reply {
    const job = jobs.get(jobId);
    if (!job || query.get('location') !== 'US')
      return refusal(404, 'notFound', `Not found: Job ${jobId}`);
    const jobReference = { projectId: PROJECT, jobId, location: 'US' };
    if (waits > 0) {
      waits -= 1;
      return json({ jobComplete: false, jobReference });
    }
    if (!job.fits)
      return refusal(400, 'bytesBilledLimitExceeded', 'Query exceeded limit for bytes billed');
    const from = Number(query.get('pageToken') ?? 0);
    const to = from + Math.min(bill.pageRows ?? 5000, Number(query.get('maxResults')));
    return resultsOf(job.rows.slice(from, to), {
      jobReference,
      totalRows: String(job.rows.length),
      ...(to < job.rows.length && { pageToken: String(to) }),
    });
  }

  return ({ call, query, body, authorization }: Ask): Reply => {
    if (authorization !== `Bearer ${bill.token}`)
      return refusal(401, 'authError', 'Invalid Credentials');
    if (call === `GET ${ROOT}/projects/${PROJECT}/datasets/${DATASET}/tables/${NAME}`)
      return json({
        kind: 'bigquery#table',
        schema: {
          fields: (bill.columns ?? ['cost', 'resource', 'cost_at_list']).map((name) => ({ name })),
        },
        ...((bill.partitioned ?? true) && { timePartitioning: { type: 'DAY' } }),
      });
    if (call === `POST ${ROOT}/projects/${PROJECT}/jobs`) return inserted(body as JobBody);
    const [, jobId] = /^GET \/bigquery\/v2\/projects\/[\w-]+\/queries\/([\w-]+)$/.exec(call) ?? [];
    return jobId ? results(jobId, query) : refusal(404, 'notFound', `Not found: ${call}`);
  };
}
