import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { Account } from '../../model/account.ts';
import { HttpClient, type HttpRequest, looksLikeHtml } from '../http.ts';
import { SourceError, type Surroundings } from '../source.ts';
import { credentials, type Endpoint, findEndpoint } from './endpoint.ts';
import { Failures } from './errors.ts';
import { readUserHash } from './home.ts';
import type { Settings } from './settings.ts';
import { Health, Payload, RequestFailure } from './wire.ts';

/**
 * The newest API that this was written against, which is told to the server; and the oldest that
 * it understands: SkyPilot 0.11. sky/server/constants.py, API_VERSION
 */
const API_VERSION = 62;
const OLDEST_API_VERSION = 24;

/** What is larger is no list of clusters. */
const MAX_BYTES = 32 * 1024 * 1024;

/** One call: it is posted, and its answer then asked for by the request's id. */
export interface Call<T> {
  /** `/status` */
  path: string;
  body: Record<string, unknown>;
  schema: z.ZodType<T>;
  signal: AbortSignal;
}

interface Answer {
  message: IncomingMessage;
  bytes: Buffer;
  secrets: string[];
}

/** The calls that a SkyPilot client makes of its API server. sky/client/sdk.py */
export class Api {
  readonly #http = new HttpClient({ maxSockets: 4 });
  readonly #surroundings: Surroundings;
  readonly #settings: Settings;
  readonly failures: Failures;

  constructor(account: Account, surroundings: Surroundings, settings: Settings) {
    this.#surroundings = surroundings;
    this.#settings = settings;
    this.failures = new Failures(account.id, surroundings.clock);
  }

  /** The server that is to be asked. Rejects with a SourceError where its address is none. */
  async endpoint(): Promise<Endpoint> {
    try {
      return await findEndpoint(this.#surroundings, this.#settings);
    } catch (error) {
      throw this.failures.address(error);
    }
  }

  /** Who answers, and who we are to it. Rejects where it is too old, or wants a login. */
  async health(signal: AbortSignal): Promise<Health> {
    const path = '/api/health';
    const answer = await this.#send(path, { headers: {}, signal });
    const health = this.#parse(Health, answer, `GET ${path}`);
    if (health.status === 'needs_auth') throw this.failures.login(await this.endpoint());
    const version = Number(answer.message.headers['x-skypilot-api-version'] ?? health.api_version);
    if (Number.isFinite(version) && version < OLDEST_API_VERSION)
      throw this.failures.tooOld(health.version ?? `API ${version}`, await this.endpoint());
    return health;
  }

  /** The answer to a call. Rejects with a SourceError; `RequestFailed` where SkyPilot refused. */
  async ask<T>(call: Call<T>): Promise<T> {
    const id = await this.post(call);
    return this.#result(id, call);
  }

  /** Posts a call and gives its request's id: SkyPilot then works on it whatever happens here. */
  async post({ path, body, signal }: Omit<Call<unknown>, 'schema'>): Promise<string> {
    const hash = await readUserHash(this.#surroundings);
    const text = JSON.stringify({
      ...body,
      // A server without logins takes the user from these; one with them knows better.
      ...(hash && {
        env_vars: { SKYPILOT_USER_ID: hash, SKYPILOT_USER: this.#surroundings.user.name },
      }),
    });
    const answer = await this.#send(path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(text)),
      },
      body: text,
      signal,
    });
    const id = answer.message.headers['x-skypilot-request-id'];
    if (typeof id !== 'string' || id === '')
      throw this.failures.malformed(`POST ${path}`, 'its answer names no request');
    return id;
  }

  /** What became of a posted call. Waits for its end, as long as the signal allows. */
  async #result<T>(id: string, call: Call<T>): Promise<T> {
    const answer = await this.#send(`/api/get?request_id=${encodeURIComponent(id)}`, {
      headers: {},
      signal: call.signal,
    });
    const what = `POST ${call.path}`;
    const payload = this.#parse(Payload, answer, what);
    const failure = failureIn(payload.error);
    if (failure) throw this.failures.refused(what, failure);
    let value: unknown;
    try {
      value = JSON.parse(payload.return_value);
    } catch {
      throw this.failures.malformed(what, 'the answer within its answer is not JSON');
    }
    return this.#fit(call.schema, value, what);
  }

  /** Whether a posted call failed, as far as that is known when the signal ends. */
  async outcome(id: string, path: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#result(id, { path, body: {}, schema: z.unknown(), signal });
    } catch (error) {
      // SkyPilot is still at it: the cluster itself will tell.
      if (!signal.aborted) throw error;
    }
  }

  close(): void {
    this.#http.close();
  }

  async #send(path: string, request: HttpRequest): Promise<Answer> {
    const endpoint = await this.endpoint();
    const { headers, secrets } = await credentials(this.#surroundings, this.#settings);
    const what = `${request.method ?? 'GET'} ${path.replace(/\?.*/, '')}`;
    let answer: Answer;
    try {
      request.signal.throwIfAborted();
      const message = await this.#http.ask(`${endpoint.url}${path}`, {
        ...request,
        headers: {
          accept: 'application/json',
          'user-agent': 'burnrate',
          'x-skypilot-api-version': String(API_VERSION),
          'x-skypilot-version': '0.14.1',
          ...headers,
          ...request.headers,
        },
      });
      answer = { message, bytes: await this.#bytesOf(message, what), secrets };
    } catch (error) {
      if (error instanceof SourceError) throw error;
      throw this.failures.unanswered(what, error, endpoint, request.signal);
    }
    const status = answer.message.statusCode ?? 0;
    // A request that failed comes with status 500 and its own error.
    const requested = status === 500 && requestIn(answer.bytes);
    if (requested) return { ...answer, bytes: requested };
    if (status < 200 || status > 299) throw this.failures.status(what, answer, endpoint);
    return answer;
  }

  async #bytesOf(message: IncomingMessage, what: string): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of message as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BYTES)
        throw this.failures.malformed(what, `more than ${MAX_BYTES / 1024 / 1024} MB`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  #parse<T>(schema: z.ZodType<T>, { bytes }: Answer, what: string): T {
    if (looksLikeHtml(bytes))
      throw this.failures.malformed(what, 'a page for people instead of data');
    let value: unknown;
    try {
      value = JSON.parse(bytes.toString('utf8'));
    } catch {
      // The parser's message quotes the answer, which may hold secrets.
      throw this.failures.malformed(what, 'its answer is not JSON');
    }
    return this.#fit(schema, value, what);
  }

  #fit<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const field = issue?.path.map(String).join('.') || 'the answer';
    throw this.failures.malformed(what, `${field} is not as SkyPilot sends it: ${issue?.message}`);
  }
}

/** The error that a request ended with; its object is Python's and not looked at. */
function failureIn(error: string | null | undefined): z.infer<typeof RequestFailure> | undefined {
  if (!error || error === 'null') return undefined;
  try {
    return RequestFailure.parse(JSON.parse(error));
  } catch {
    return { type: 'unknown', message: 'it failed, and its reason cannot be read' };
  }
}

/** FastAPI wraps what goes with an error into `detail`. */
function requestIn(bytes: Buffer): Buffer | undefined {
  try {
    const { detail } = JSON.parse(bytes.toString('utf8')) as { detail?: unknown };
    return Payload.safeParse(detail).success ? Buffer.from(JSON.stringify(detail)) : undefined;
  } catch {
    return undefined;
  }
}
