import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Listening, listen } from '../fleet/listen.ts';

/** What becomes of an answer on its way. */
export type Trouble =
  | 'none'
  /** No byte ever comes. */
  | 'hanging'
  /** A byte now and then, so that it never ends and is never silent. */
  | 'dripping'
  /** "Too many requests", to everybody. */
  | 'storm'
  /** The connection breaks in the middle of the body. */
  | 'broken'
  /** Half of the body, as though it were all; where it has lines, whole ones. */
  | 'halved'
  /** Bits of the body are not what they were. */
  | 'flipped';

const DRIP_MS = 100;
/** One bit in so many bytes: some in every answer. */
const FLIP_EVERY = 200;

/** Stands between a server and those who ask it; what is wrong can change at any time. */
export class Distorted {
  trouble: Trouble = 'none';
  /** Answers that were distorted since the trouble was last set anew. */
  hits = 0;
  readonly #servers: Listening[] = [];

  begin(trouble: Trouble): void {
    this.trouble = trouble;
    this.hits = 0;
  }

  /** An address that answers as the target does, but for the trouble. */
  async before(target: string): Promise<string> {
    const { origin, pathname } = new URL(target);
    const server = await listen((request, response) => {
      this.#answer(origin, request, response).catch((error: unknown) =>
        response.destroy(asError(error)),
      );
    });
    this.#servers.push(server);
    return server.url + (pathname === '/' ? '' : pathname);
  }

  close(): void {
    for (const server of this.#servers) server.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #answer(origin: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await buffer(request);
    const { trouble } = this;
    if (trouble !== 'none') this.hits += 1;
    if (trouble === 'hanging') return;
    if (trouble === 'storm') {
      response.writeHead(429, { 'retry-after': '1' }).end('Too Many Requests');
      return;
    }
    const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
    const answer = await fetch(origin + (request.url ?? '/'), {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(asked.length > 0 && { body: asked }),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    const type = answer.headers.get('content-type') ?? 'text/plain';
    const sent = trouble === 'halved' ? halfOf(body) : body;
    response.writeHead(answer.status, { 'content-type': type, 'content-length': sent.length });
    switch (trouble) {
      case 'dripping':
        drip(response, body);
        return;
      case 'broken':
        response.write(body.subarray(0, body.length / 2), () => response.destroy());
        return;
      case 'flipped':
        response.end(flipped(body));
        return;
      default:
        response.end(sent);
    }
  }
}

function halfOf(body: Buffer): Buffer {
  const half = Math.floor(body.length / 2);
  const lineEnd = body.lastIndexOf('\n', half) + 1;
  return body.subarray(0, lineEnd > 0 ? lineEnd : half);
}

function drip(response: ServerResponse, body: Buffer): void {
  let at = 0;
  const timer = setInterval(() => {
    if (response.destroyed || at >= body.length) clearInterval(timer);
    else response.write(body.subarray(at, at + 1));
    at += 1;
  }, DRIP_MS);
}

function flipped(body: Buffer): Buffer {
  const changed = Buffer.from(body);
  for (let flips = Math.ceil(body.length / FLIP_EVERY); flips > 0; flips -= 1) {
    const at = Math.floor(Math.random() * changed.length);
    changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(Math.random() * 8));
  }
  return changed;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
