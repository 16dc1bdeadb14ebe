import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { AgentOptions } from 'node:https';
import PQueue from 'p-queue';
import type { z } from 'zod';
import type { FailureKind } from '../model/account.ts';
import { oneLine } from '../model/text.ts';
import type { Clock } from '../model/time.ts';
import { HttpClient, looksLikeHtml } from './http.ts';
import { networkFailure } from './network_failure.ts';
import { CHECK_NETWORK, refusalOf } from './refusal.ts';
import { retryAfterMs } from './retry_after.ts';
import { SourceError } from './source.ts';

export interface RestOptions {
  account: string;
  /** What people call the service: `Lambda Cloud`. */
  service: string;
  /** Paths are appended to it. */
  baseUrl: string;
  clock: Clock;
  /** Read before each request, so that a new key counts at once. Rejects where there is none. */
  key(): Promise<string>;
  /** How connections are made. */
  agent?: AgentOptions;
  /** What to do where the key is refused (status 401), or may not do what was asked (403). */
  remedy: string | ((status: number, words: string) => string);
  /** What the key is to people. Default: `API key`. */
  keyName?: string;
  /** Whether a refusal asks for fewer requests where its status, 403, does not say so. */
  throttles?(status: number, words: string): boolean;
  /** How long the service asks to wait, where it says so otherwise than by Retry-After. */
  retryAfter?(headers: IncomingHttpHeaders): string | undefined;
  /** The headers that show the key, where it is not a bearer token. */
  authorize?(key: string, request: { method: string; url: URL }): Record<string, string>;
  /** The least time between the beginnings of two requests, where the service asks for one. */
  spacingMs?: number;
}

export interface RestCall<T> {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query: `/instances?limit=25`. */
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  /** What a good answer is; an empty body is `undefined` to it. */
  schema: z.ZodType<T>;
  signal: AbortSignal;
}

/** What was asked for is not there: for something to be stopped, that it has ended. */
export class NotFound extends SourceError {}

/** A list of machines is some 5 kB each; what is larger than this is no such list. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Asks a service that speaks JSON over HTTPS, with an API key. */
export class RestClient {
  readonly #http: HttpClient;
  readonly #options: RestOptions;
  readonly #queue: PQueue;

  constructor(options: RestOptions) {
    this.#options = options;
    this.#http = new HttpClient(options.agent);
    const { spacingMs, clock } = options;
    // A service that runs on an accelerated clock counts by it, too.
    const interval = (spacingMs ?? 0) / clock.speed;
    this.#queue = new PQueue(interval > 0 ? { interval, intervalCap: 1 } : {});
  }

  /** Rejects with a SourceError that names the call; where nothing is there, with a NotFound. */
  async ask<T>(call: RestCall<T>): Promise<T> {
    try {
      return await this.#queue.add(() => this.#ask(call), { signal: call.signal });
    } catch (error) {
      if (error instanceof SourceError) throw error;
      if (call.signal.aborted)
        throw this.#told(call, 'unreachable', 'no answer in time', CHECK_NETWORK);
      const { kind, happened, remedy } = networkFailure(error);
      throw this.#told(call, kind, happened, remedy ?? this.#suspect);
    }
  }

  close(): void {
    this.#http.close();
  }

  async #ask<T>(call: RestCall<T>): Promise<T> {
    const { baseUrl } = this.#options;
    const key = await this.#options.key();
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const method = call.method ?? 'GET';
    const url = new URL(`${baseUrl.replace(/\/+$/, '')}${call.path}`);
    const authorize = this.#options.authorize ?? asBearer;
    const answer = await this.#http.ask(url.href, {
      method,
      headers: {
        accept: 'application/json',
        ...authorize(key, { method, url }),
        'user-agent': 'burnrate',
        ...(body !== undefined && {
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
        }),
      },
      ...(body !== undefined && { body }),
      signal: call.signal,
    });
    const bytes = await this.#bytesOf(answer, call);
    const { statusCode = 0, headers } = answer;
    if (statusCode < 200 || statusCode > 299) throw this.#refusal(answer, bytes, key, call);
    if (/\bhtml\b/i.test(headers['content-type'] ?? '') || looksLikeHtml(bytes))
      throw this.#told(call, 'malformed', 'a page for people instead of data', this.#suspect);
    return this.#parse(bytes, call);
  }

  async #bytesOf(answer: IncomingMessage, call: RestCall<unknown>): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BYTES) {
        const happened = `more than ${MAX_BYTES / 1024 / 1024} MB; reading stopped there`;
        throw this.#told(call, 'malformed', happened, this.#suspect);
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  #parse<T>(bytes: Buffer, call: RestCall<T>): T {
    let value: unknown;
    try {
      value = bytes.length === 0 ? undefined : JSON.parse(bytes.toString('utf8'));
    } catch {
      // The parser's message quotes the answer, which may hold secrets.
      throw this.#told(call, 'malformed', 'its answer is not JSON', this.#suspect);
    }
    const parsed = call.schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const field = issue?.path.map(String).join('.') || 'the answer';
    throw this.#told(
      call,
      'malformed',
      `${field} is not as documented: ${issue?.message}`,
      `If this stays, ${this.#options.service} has changed its API: update Burnrate, or report this message.`,
    );
  }

  /** What an answer means whose status is not one of success. */
  #refusal(
    { statusCode: status = 0, headers }: IncomingMessage,
    bytes: Buffer,
    key: string,
    call: RestCall<unknown>,
  ): SourceError {
    const { service, clock, keyName = 'API key', retryAfter, throttles, remedy } = this.#options;
    if (status >= 300 && status < 400)
      return this.#told(
        call,
        'malformed',
        `it sends elsewhere (status ${status}); Burnrate does not take the key there`,
        this.#suspect,
      );
    const words = ownWords(bytes, key) ?? '';
    const refusal = refusalOf({
      service,
      status,
      words,
      throttled: status === 429 || (throttles?.(status, words) ?? false),
      shown: keyName,
      remedies: {
        denied: typeof remedy === 'string' ? remedy : remedy(status, words),
        throttled:
          'Burnrate waits and tries again by itself. If it persists, see what else uses this account, or set cadence.accountsSeconds higher in burnrate.yaml.',
        malformed: this.#suspect,
      },
    });
    const wait = retryAfterMs(retryAfter?.(headers) ?? headers['retry-after'], clock.now());
    return this.#told(call, refusal.kind, refusal.happened, refusal.remedy, {
      wait,
      ...(status === 404 && refusal.kind === 'malformed' && { Kind: NotFound }),
    });
  }

  get #suspect(): string {
    return `${CHECK_NETWORK}: something other than ${this.#options.service} may answer at ${this.#options.baseUrl}.`;
  }

  #told(
    { method = 'GET', path }: RestCall<unknown>,
    kind: FailureKind,
    happened: string,
    remedy: string,
    { wait, Kind = SourceError }: { wait?: number | undefined; Kind?: typeof SourceError } = {},
  ): SourceError {
    const { account, service } = this.#options;
    return new Kind(kind, {
      account,
      message: `${service}, ${method} ${path.replace(/\?.*/, '')}: ${happened}`,
      remedy: remedy.endsWith('.') ? remedy : `${remedy}.`,
      ...(wait !== undefined && { retryAfterMs: wait }),
    });
  }
}

function asBearer(key: string): Record<string, string> {
  return { authorization: `Bearer ${key}` };
}

/** What the service says of an error, wherever its JSON has it; the key, where it repeats it, is left out. */
function ownWords(bytes: Buffer, key: string): string | undefined {
  if (looksLikeHtml(bytes)) return undefined;
  const text = bytes.toString('utf8', 0, 4096);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Plain text, as rate limiters in front of a service say it.
    return oneLine(without(key, text)) || undefined;
  }
  for (let depth = 0; depth < 3; depth += 1) {
    if (typeof value === 'string') return oneLine(without(key, value), 200);
    if (typeof value !== 'object' || value === null) return undefined;
    const { message, msg, detail, description, error, errors, title } = value as Record<
      string,
      unknown
    >;
    const first = Array.isArray(errors) ? errors[0] : undefined;
    value = message ?? msg ?? detail ?? description ?? error ?? title ?? first;
  }
  return undefined;
}

/** Done before a text is shortened: a part of the key at its end would not be found any more. */
function without(key: string, text: string): string {
  return key === '' ? text : text.replaceAll(key, '***');
}
