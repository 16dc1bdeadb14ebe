import type { IncomingMessage } from 'node:http';
import { decoded, HttpClient, looksLikeHtml } from '../http.ts';
import { SourceError } from '../source.ts';
import { Failed, Success } from './answer.ts';
import type { Told } from './failures.ts';

/** A thousand GPUs, read each 15 seconds, are some 10 MB. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The server gives a query up before Burnrate does: it then says that, and rests. */
const SERVER_TIMEOUT = '10s';

export interface ClientOptions {
  baseUrl: string;
  tenant?: string | undefined;
  told: Told;
}

/** Asks one server, over a connection that stays open from one reading to the next. */
export class Client {
  readonly #http = new HttpClient();
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** What the query selects now. Rejects with a SourceError that names the server. */
  async query(
    query: string,
    authorization: string | undefined,
    signal: AbortSignal,
  ): Promise<Success> {
    try {
      return await this.#query(query, authorization, signal);
    } catch (error) {
      if (error instanceof SourceError) throw error;
      throw this.#options.told.network(error);
    }
  }

  close(): void {
    this.#http.close();
  }

  async #query(
    query: string,
    authorization: string | undefined,
    signal: AbortSignal,
  ): Promise<Success> {
    const { baseUrl, tenant, told } = this.#options;
    const body = new URLSearchParams({ query, timeout: SERVER_TIMEOUT }).toString();
    const answer = await this.#http.ask(`${baseUrl}/api/v1/query`, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'accept-encoding': 'gzip',
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': String(Buffer.byteLength(body)),
        'user-agent': 'burnrate',
        ...(tenant && { 'x-scope-orgid': tenant }),
        ...(authorization && { authorization }),
      },
      body,
      signal,
    });
    const { statusCode: status = 0, headers } = answer;
    const text = await this.#textOf(answer);
    const page = looksLikeHtml(text) || /\bhtml\b/i.test(headers['content-type'] ?? '');
    const value = page ? undefined : jsonOf(text);
    const success = status >= 200 && status < 300;
    const { data: failed } = Failed.safeParse(value);
    if (!success || failed) {
      const line = page || value !== undefined ? '' : text.toString('utf8', 0, 1024);
      throw told.refused({ status, headers, failed, text: line });
    }
    if (page) throw told.malformed('a page for people instead of data');
    // The parser's message quotes the answer, which may hold secrets.
    if (value === undefined) throw told.malformed('its answer is not JSON');
    const parsed = Success.safeParse(value);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const field = issue?.path.map(String).join('.') || 'the answer';
    throw told.malformed(`${field} is not as documented: ${issue?.message}`);
  }

  async #textOf(answer: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of decoded(answer)) {
        size += chunk.length;
        if (size > MAX_BYTES)
          throw this.#options.told.malformed(
            `more than ${MAX_BYTES / 1024 / 1024} MB of series; reading stopped there`,
            'Read some of them, by a selector under sources.prometheus.servers in burnrate.yaml; several servers there may be the same one.',
          );
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    } finally {
      answer.on('error', () => {
        // It was told above, or it is the end that this very line brings about.
      });
      answer.destroy();
    }
  }
}

function jsonOf(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'));
  } catch {
    // No JSON has this as its value: the caller says what that means.
    return undefined;
  }
}
