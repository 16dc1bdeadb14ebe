import { BigQuery as Client, type common } from '@google-cloud/bigquery';
import { OAuth2Client } from 'google-auth-library';
import { z } from 'zod';
import type { Clock } from '../../model/time.ts';
import { loginRemedy } from '../../sources/gcp/account.ts';
import type { Api } from '../../sources/gcp/api.ts';
import { refusalRemedy } from '../../sources/gcp/errors.ts';
import { SourceError } from '../../sources/source.ts';
import { type Asked, clientFailure, tooLate } from '../client_failure.ts';
import { cluesIn } from './errors.ts';
import { costOf, LEAST_BYTES, type Query, type Row, Table } from './query.ts';

/** What is held at once; the client copies each page several times, during which all else waits. */
const PAGE_ROWS = 1000;

const Job = z.object({ status: z.object({}), jobReference: z.object({ jobId: z.string() }) });
const Results = z.discriminatedUnion('jobComplete', [
  z.object({ jobComplete: z.literal(false) }),
  z.object({
    jobComplete: z.literal(true),
    schema: z.object({
      fields: z.array(z.object({ name: z.string(), type: z.literal('STRING') })),
    }),
    rows: z.array(z.object({ f: z.array(z.object({ v: z.string().nullable() })) })).optional(),
  }),
]);
const DryRun = z.object({ statistics: z.object({ totalBytesProcessed: z.coerce.number() }) });

/** What is documented of an answer, by what was asked. */
function documented({ uri }: { uri: string }): z.ZodType {
  if (uri === '/jobs') return Job;
  return uri.startsWith('/queries/') ? Results : z.object({});
}

/**
 * Google's client takes answers for what they should be, in callbacks: what fails there (a proxy's
 * page in the place of a job) nobody can catch. So each is looked at before it gets there.
 */
class CarefulClient extends Client {
  override request(
    call: common.DecorateRequestOptions,
    callback: common.BodyResponseCallback,
  ): void {
    super.request(call, (error, body, response) => {
      callback(error ?? documented(call).safeParse(body).error ?? null, body, response);
    });
  }
}

/**
 * Queries by Google's own client, as the account that the gcp source signs in as.
 *
 * It costs memory: a bundled program of 61 MB held 76 MB after its first reading, where requests of
 * our own made it 65 MB. So this module is loaded with the first reading of a bill that is set up.
 */
export class BigQuery {
  readonly #api: Api;
  readonly #clock: Clock;
  readonly #client: Client;
  readonly #maximumBytes: number;
  #token = '';

  constructor(api: Api, clock: Clock, projectId: string, maximumBytes: number) {
    this.#api = api;
    this.#clock = clock;
    this.#maximumBytes = maximumBytes;
    const { quotaProject: quotaProjectId } = api.options;
    const authClient = new OAuth2Client(quotaProjectId ? { quotaProjectId } : {});
    authClient.refreshHandler = async () => {
      this.#token = await api.token();
      // Long past: the token is asked for each time, and kept by the source's own rules.
      return { access_token: this.#token, expiry_date: 1 };
    };
    // What is busy is asked again when it says so, by the collector; not by a loop in here.
    const retryOptions = { autoRetry: false };
    this.#client = new CarefulClient({
      authClient,
      projectId,
      retryOptions,
      userAgent: 'burnrate',
    });
    // As it is; else BIGQUERY_EMULATOR_HOST in the environment would take its place.
    this.#client.baseUrl = api.addressOf('bigquery');
  }

  /** What a table is like. Free of charge. */
  async table([projectId, dataset, table]: readonly string[], signal: AbortSignal): Promise<Table> {
    const place = this.#client.dataset(dataset ?? '', projectId ? { projectId } : {});
    return this.#ask(`table ${table}`, signal, async () => {
      const [metadata] = await place.table(table ?? '').getMetadata();
      return Table.parse(metadata);
    });
  }

  /** How much a query would read. Runs nothing, and is free of charge. */
  async bytesOf({ sql, parameters }: Query, signal: AbortSignal): Promise<number> {
    const bytes = await this.#ask('dry run', signal, async () => {
      const query = { query: sql, params: parameters, dryRun: true };
      const [{ metadata }] = await this.#client.createQueryJob(query);
      return DryRun.parse(metadata).statistics.totalBytesProcessed;
    });
    if (bytes <= this.#maximumBytes) return bytes;
    throw new SourceError('denied', {
      account: this.#api.account.id,
      message: `BigQuery, bill: one query would read ${gib(bytes)}, more than the ${gib(this.#maximumBytes)} that it may`,
      remedy: `Allow it, for some $${(costOf(bytes) / 1e6).toFixed(2)} each time: invoices.gcp-bigquery.maximumBytesBilled in burnrate.yaml.`,
    });
  }

  /**
   * Runs a query that reads no more than `bytes`, and yields its rows a page at a time. Each of its
   * columns must be text, so that no amount is made a number on the way.
   */
  async *rows(
    { sql, parameters }: Query,
    bytes: number,
    signal: AbortSignal,
  ): AsyncGenerator<Row[]> {
    const [job] = await this.#ask('query', signal, () =>
      this.#client.createQueryJob({
        query: sql,
        params: parameters,
        maximumBytesBilled: String(Math.max(bytes, LEAST_BYTES)),
      }),
    );
    // A query that is not done yet answers after ten seconds, without rows, and is asked again.
    let next: object | null | undefined = { maxResults: PAGE_ROWS, autoPaginate: false };
    while (next) {
      const page: object = next;
      const [rows, following] = await this.#ask('rows', signal, () => job.getQueryResults(page));
      if (rows.length > 0) yield rows.map((row) => Object.values<string | null>(row));
      next = following;
    }
  }

  /**
   * Rejects with a SourceError, and as soon as the signal says so. The client knows of no signals:
   * the request that is under way then ends by itself, and nobody hears of it.
   */
  async #ask<T>(what: string, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    const late = () => tooLate(this.#asked(what));
    if (signal.aborted) throw late();
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const stop = () => reject(late());
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await Promise.race([call(), aborted]);
    } catch (error) {
      const clues = cluesIn(error, this.#clock.now());
      if (clues.status === 401) this.#api.forget();
      throw clientFailure(error, clues, this.#asked(what));
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #asked(what: string): Asked {
    const { account, options } = this.#api;
    return {
      account: account.id,
      service: 'BigQuery',
      what,
      token: this.#token,
      remedy: (status, words) =>
        status === 401 ? loginRemedy(options) : refusalRemedy('bigquery', words, options),
    };
  }
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
