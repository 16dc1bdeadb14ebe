import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a test's service answers; `hang` never does, `cut` breaks off half-way. */
export type Reply =
  | { status?: number; headers?: Record<string, string>; body: string }
  | 'hang'
  | 'cut';

/** One request, as handlers see it. */
export interface Ask {
  /** `GET /api/v1/instances` */
  call: string;
  query: URLSearchParams;
  /** Of JSON; undefined where there was none. */
  body: unknown;
  authorization: string | undefined;
  headers: IncomingHttpHeaders;
}

export type Handler = (ask: Ask) => Reply;

/** An HTTP server in the place of a provider's API that speaks JSON. */
export interface Service {
  url: string;
  /** Every request that came, in order. */
  asked: Ask[];
  /** Answers differently from now on. */
  on(handler: Handler): void;
  close(): Promise<void>;
}

export async function startService(initial: Handler): Promise<Service> {
  let handler = initial;
  const asked: Ask[] = [];
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://service');
    const text = Buffer.concat(chunks).toString('utf8');
    const ask: Ask = {
      call: `${request.method} ${url.pathname}`,
      query: url.searchParams,
      body: text === '' ? undefined : JSON.parse(text),
      authorization: request.headers.authorization,
      headers: request.headers,
    };
    asked.push(ask);
    const reply = handler(ask);
    if (reply === 'hang') return;
    if (reply === 'cut') {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100000' });
      response.write('{"data": [{"id": "0920582c7ff0413');
      setTimeout(() => response.destroy(), 20);
      return;
    }
    const { status = 200, headers, body } = reply;
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(body);
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    on: (next) => {
      handler = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  return { status, headers, body: JSON.stringify(value) };
}

/** What a network that wants people to sign in answers to everything. */
export const SIGN_IN_PAGE: Reply = {
  headers: { 'Content-Type': 'text/html' },
  body: '<!doctype html><html><body>Sign in to this network</body></html>',
};
