import { z } from 'zod';
import type { Micros } from '../../model/money.ts';
import type { Api } from '../../sources/gcp/api.ts';
import { SourceError } from '../../sources/source.ts';

/** On demand, by the tebibyte; the first of each month is free. https://cloud.google.com/bigquery/pricing */
const DOLLARS_PER_TIB = 6.25;
/** `with a minimum 10 MB data processed per table referenced by the query` */
const LEAST_BYTES = 10 * 2 ** 20;

/** What a query that reads so much costs, not counting what is free. */
export function costOf(bytes: number): Micros {
  return Math.ceil((Math.max(bytes, LEAST_BYTES) / 2 ** 40) * DOLLARS_PER_TIB * 1e6);
}

/** One row: each column as text, whatever its type; null where there is nothing. */
export type Row = readonly (string | null)[];

export interface Query {
  sql: string;
  parameters: Readonly<Record<string, string | readonly string[]>>;
}

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query */
const Answer = z.object({
  jobComplete: z.boolean().optional(),
  jobReference: z
    .object({ jobId: z.string().optional(), location: z.string().optional() })
    .optional(),
  totalBytesProcessed: z.coerce.number().default(0),
  rows: z.array(z.object({ f: z.array(z.object({ v: z.string().nullable() })) })).default([]),
  pageToken: z.string().optional(),
  nextPageToken: z.string().optional(),
});
type Answer = z.infer<typeof Answer>;

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/tables/get */
export const Table = z.object({
  schema: z.object({ fields: z.array(z.object({ name: z.string() })) }),
  timePartitioning: z.object({ type: z.string(), field: z.string().optional() }).optional(),
});
export type Table = z.infer<typeof Table>;

const PAGE_ROWS = 5000;
const WAIT_MS = 10_000;

/**
 * Queries by BigQuery's REST API, which is two calls. Its own library signs in apart from the rest
 * of Burnrate, and would take some 30 MB of a collector's memory for them.
 */
export class BigQuery {
  readonly #api: Api;
  readonly #project: string;
  readonly #maximumBytes: number;

  constructor(api: Api, project: string, maximumBytes: number) {
    this.#api = api;
    this.#project = project;
    this.#maximumBytes = maximumBytes;
  }

  /** What a table is like. Free of charge. */
  table([project, dataset, table]: readonly string[], signal: AbortSignal): Promise<Table> {
    const path = `/projects/${project}/datasets/${dataset}/tables/${table}`;
    return this.#api.ask('bigquery', { path, schema: Table, signal });
  }

  /** How much a query would read. Runs nothing, and is free of charge. */
  async bytesOf(query: Query, signal: AbortSignal): Promise<number> {
    const { totalBytesProcessed } = await this.#ask({ ...bodyOf(query), dryRun: true }, signal);
    if (totalBytesProcessed <= this.#maximumBytes) return totalBytesProcessed;
    throw new SourceError('denied', {
      account: this.#api.account.id,
      message: `BigQuery, bill: one query would read ${gib(totalBytesProcessed)}, more than the ${gib(this.#maximumBytes)} that it may`,
      remedy: `Allow it, for some $${(costOf(totalBytesProcessed) / 1e6).toFixed(2)} each time: invoices.gcp-bigquery.maximumBytesBilled in burnrate.yaml.`,
    });
  }

  /** Runs a query that reads no more than `bytes`, and yields its rows a page at a time. */
  async *rows(query: Query, bytes: number, signal: AbortSignal): AsyncGenerator<Row[]> {
    let answer = await this.#ask(
      {
        ...bodyOf(query),
        maxResults: PAGE_ROWS,
        timeoutMs: WAIT_MS,
        maximumBytesBilled: String(Math.max(bytes, LEAST_BYTES)),
      },
      signal,
    );
    const { jobId, location } = answer.jobReference ?? {};
    for (;;) {
      if (answer.jobComplete !== false) yield answer.rows.map(({ f }) => f.map(({ v }) => v));
      const next: string | undefined = answer.pageToken;
      if (answer.jobComplete !== false && !next) return;
      if (!jobId) throw this.#malformed('a query that is not done has no number');
      answer = await this.#more(jobId, location, next, signal);
    }
  }

  #ask(body: object, signal: AbortSignal): Promise<Answer> {
    const path = `/projects/${this.#project}/queries`;
    return this.#api.ask('bigquery', { method: 'POST', path, body, schema: Answer, signal });
  }

  /** https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults */
  #more(
    jobId: string,
    location: string | undefined,
    pageToken: string | undefined,
    signal: AbortSignal,
  ): Promise<Answer> {
    const query = new URLSearchParams({
      maxResults: String(PAGE_ROWS),
      timeoutMs: String(WAIT_MS),
      ...(location && { location }),
      ...(pageToken && { pageToken }),
    });
    const path = `/projects/${this.#project}/queries/${jobId}?${query}`;
    return this.#api.ask('bigquery', { path, schema: Answer, signal });
  }

  #malformed(happened: string): SourceError {
    return new SourceError('malformed', {
      account: this.#api.account.id,
      message: `BigQuery, bill: ${happened}`,
      remedy:
        'Burnrate tries again by itself. If this stays, update Burnrate, or report this message.',
    });
  }
}

function bodyOf({ sql, parameters }: Query): object {
  return {
    query: sql,
    useLegacySql: false,
    parameterMode: 'NAMED',
    queryParameters: Object.entries(parameters).map(([name, value]) =>
      typeof value === 'string'
        ? { name, parameterType: { type: 'STRING' }, parameterValue: { value } }
        : {
            name,
            parameterType: { type: 'ARRAY', arrayType: { type: 'STRING' } },
            parameterValue: { arrayValues: value.map((one) => ({ value: one })) },
          },
    ),
  };
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
