import { z } from 'zod';
import type { Account } from '../../model/account.ts';
import { HttpClient, looksLikeHtml } from '../http.ts';
import { SourceError, type Surroundings } from '../source.ts';
import { type Options, optionsOf } from './account.ts';
import { readAnswer, TOO_LONG } from './answer.ts';
import { type Access, Credentials } from './credentials.ts';
import { type Attempt, malformed, type Refusal, refused, unanswered } from './errors.ts';

/** What is asked of the API server, as RBAC names it and as HTTP does. */
export interface Order {
  verb: string;
  /** `pods`, `jobs.batch`, `deployments.apps/scale`. */
  resource: string;
  path: string;
  namespace?: string;
  name?: string;
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  body?: unknown;
  /** Ask for the metadata alone: an object's specification may be long. */
  metadataOnly?: boolean;
  /** Whatever the answer is: it is not the API server's own, and no JSON. */
  raw?: boolean;
}

const PAGE = 100;
/** A list that goes on for longer is not this list. */
const MAX_PAGES = 1000;
/** How often a list is begun again that the server no longer remembers. */
const MAX_BEGINNINGS = 3;
const AT_ONCE = 4;

const Page = z.object({
  kind: z.string(),
  metadata: z.object({ continue: z.string().nullish() }).nullish(),
  items: z.array(z.unknown()).nullish(),
});
const Status = z.object({ reason: z.string().nullish(), message: z.string().nullish() });

/** Node.js from 24.5 on, of which older types do not know. */
interface ProxyOptions {
  proxyEnv: Record<string, string | undefined>;
}

/** An account's API server, and the one way in which it is asked. */
export class Api {
  readonly account: Account;
  readonly options: Options;
  readonly #surroundings: Surroundings;
  readonly #credentials: Credentials;
  #client: { key: string; http: HttpClient } | undefined;
  /** The client before: a request may still be under way. */
  #retired: HttpClient | undefined;
  #login = '';

  constructor(account: Account, surroundings: Surroundings) {
    this.account = account;
    this.options = optionsOf(account);
    this.#surroundings = surroundings;
    this.#credentials = new Credentials(account.id, this.options, surroundings);
  }

  /** What a failure of this order is about. */
  attempt({ verb, resource, namespace, name }: Order): Attempt {
    return {
      account: this.account.id,
      options: this.options,
      verb,
      resource,
      ...(namespace !== undefined && { namespace }),
      ...(name !== undefined && { name }),
      login: this.#login,
    };
  }

  /** The namespace that the context names. */
  async namespace(signal: AbortSignal): Promise<string | undefined> {
    return (await this.#credentials.read(signal)).namespace;
  }

  /** What the server answers. Rejects with a SourceError. */
  async ask<T>(order: Order, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const answer = await this.#send(order, signal);
    if ('refusal' in answer)
      throw refused(answer.refusal, this.attempt(order), this.#surroundings.clock.now());
    return this.#parse(schema, answer.body, order);
  }

  /** What a pod answers by way of the server. Rejects with a SourceError. */
  async text(order: Order, signal: AbortSignal): Promise<Buffer> {
    const answer = await this.#send({ ...order, raw: true }, signal);
    if ('refusal' in answer)
      throw refused(answer.refusal, this.attempt(order), this.#surroundings.clock.now());
    return answer.body as Buffer;
  }

  /** The same of one object; undefined where it is not there. */
  async find<T>(order: Order, schema: z.ZodType<T>, signal: AbortSignal): Promise<T | undefined> {
    const answer = await this.#send(order, signal);
    if (!('refusal' in answer)) return this.#parse(schema, answer.body, order);
    const { status, message } = answer.refusal;
    // Deleted, or deleted and made anew, which a precondition tells.
    if (status === 404 || (status === 409 && /precondition|uid/i.test(message))) return undefined;
    throw refused(answer.refusal, this.attempt(order), this.#surroundings.clock.now());
  }

  /**
   * A whole list, a page at a time; of each page only what `keep` makes of it is held. Where the
   * server no longer remembers the list (410), it is begun again.
   * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
   */
  async list<T, K>(
    order: Order,
    schema: z.ZodType<T>,
    keep: (item: T) => K | undefined,
    signal: AbortSignal,
  ): Promise<K[]> {
    for (let beginning = 1; ; beginning += 1) {
      const read = await this.#pages(order, schema, keep, signal);
      if (read.kept) return read.kept;
      if (beginning === MAX_BEGINNINGS)
        throw refused(read.refusal, this.attempt(order), this.#surroundings.clock.now());
    }
  }

  close(): void {
    this.#client?.http.close();
    this.#retired?.close();
    this.#client = undefined;
    this.#retired = undefined;
  }

  async #pages<T, K>(
    order: Order,
    schema: z.ZodType<T>,
    keep: (item: T) => K | undefined,
    signal: AbortSignal,
  ): Promise<{ kept: K[]; refusal?: never } | { kept?: never; refusal: Refusal }> {
    const kept: K[] = [];
    let next: string | undefined;
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const query = new URLSearchParams({ limit: String(PAGE), ...(next && { continue: next }) });
      const answer = await this.#send({ ...order, path: `${order.path}?${query}` }, signal);
      if ('refusal' in answer) {
        if (answer.refusal.status === 410) return answer;
        throw refused(answer.refusal, this.attempt(order), this.#surroundings.clock.now());
      }
      const { metadata, items } = this.#parse(Page, answer.body, order);
      for (const item of items ?? []) {
        const one = keep(this.#parse(schema, item, order));
        if (one !== undefined) kept.push(one);
      }
      const last = next;
      next = metadata?.continue || undefined;
      if (next === undefined) return { kept };
      if (next === last) break;
    }
    throw malformed(this.attempt(order), 'the list has no end');
  }

  #parse<T>(schema: z.ZodType<T>, value: unknown, order: Order): T {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw malformed(
      this.attempt(order),
      `the answer is not as it should be: ${issue?.path.map(String).join('.') ?? ''} ${issue?.message ?? ''}`,
    );
  }

  /** Sends an order; where who we are is refused, once more with credentials read anew. */
  async #send(
    order: Order,
    signal: AbortSignal,
  ): Promise<{ body: unknown } | { refusal: Refusal }> {
    try {
      signal.throwIfAborted();
      const access = await this.#credentials.read(signal);
      const answer = await this.#exchange(order, access, signal);
      if (!('refusal' in answer) || answer.refusal.status !== 401) return answer;
      this.#credentials.forget(access);
      return await this.#exchange(order, await this.#credentials.read(signal), signal);
    } catch (error) {
      if (error instanceof SourceError) throw error;
      throw unanswered(error, this.attempt(order));
    }
  }

  async #exchange(
    order: Order,
    access: Access,
    signal: AbortSignal,
  ): Promise<{ body: unknown } | { refusal: Refusal }> {
    this.#login = access.login;
    const { method = 'GET', path, body, metadataOnly, raw } = order;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const url = `${access.server}${path}`;
    if (!URL.canParse(url)) throw malformed(this.attempt(order), `${access.server} is no address`);
    const message = await this.#clientFor(access, order).ask(url, {
      method,
      headers: {
        accept: raw
          ? '*/*'
          : metadataOnly
            ? 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json'
            : 'application/json',
        'accept-encoding': 'gzip',
        'user-agent': 'burnrate',
        ...(text !== undefined && {
          'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
          'content-length': String(Buffer.byteLength(text)),
        }),
        ...access.headers,
      },
      ...(text !== undefined && { body: text }),
      signal,
    });
    const answer = await readAnswer(message);
    if (!answer) throw malformed(this.attempt(order), TOO_LONG);
    const status = message.statusCode ?? 0;
    if (status >= 200 && status < 300) {
      if (raw && !looksLikeHtml(answer.bytes)) return { body: answer.bytes };
      if (answer.json !== undefined) return { body: answer.json };
      throw malformed(
        this.attempt(order),
        looksLikeHtml(answer.bytes)
          ? 'an HTML page instead of an answer'
          : 'the answer is not JSON',
      );
    }
    const { reason, message: said } = Status.safeParse(answer.json).data ?? {};
    return {
      refusal: {
        status,
        reason: reason ?? '',
        message: said ?? '',
        retryAfter: [message.headers['retry-after']].flat()[0],
      },
    };
  }

  /** One client as long as whom to trust and how to get there stay the same. */
  #clientFor({ tls, proxy, server }: Access, order: Order): HttpClient {
    const key = JSON.stringify([tls, proxy]);
    if (this.#client?.key === key) return this.#client.http;
    this.#retired?.close();
    this.#retired = this.#client?.http;
    const options: ProxyOptions = { proxyEnv: this.#proxies(proxy, server, order) };
    const http = new HttpClient({ maxSockets: AT_ONCE, ...tls, ...options });
    this.#client = { key, http };
    return http;
  }

  /** The proxies to use, in the variables that Node.js knows: the cluster's own, or the user's. */
  #proxies(proxy: string | undefined, server: string, order: Order): ProxyOptions['proxyEnv'] {
    const { env } = this.#surroundings;
    if (proxy === undefined)
      return {
        HTTPS_PROXY: env.https_proxy ?? env.HTTPS_PROXY,
        HTTP_PROXY: env.http_proxy ?? env.HTTP_PROXY,
        NO_PROXY: env.no_proxy ?? env.NO_PROXY,
      };
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    const able = major > 24 || (major === 24 && minor >= 5);
    if (!able || !/^https?:/.test(proxy)) {
      const why = able ? 'only http and https proxies can be used' : 'this needs Node.js 24.5';
      throw new SourceError('not-configured', {
        account: this.account.id,
        message: `${order.verb} ${order.resource}: ${server} is behind the proxy that proxy-url names; ${why}`,
        remedy:
          'Name a proxy over http as proxy-url in your kubeconfig, or reach the cluster by a VPN.',
      });
    }
    return { HTTPS_PROXY: proxy, HTTP_PROXY: proxy };
  }
}
