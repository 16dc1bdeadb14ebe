import { readFileSync } from 'node:fs';
import {
  createServer as createPlainServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { answerTo } from './answers.ts';

/** The folder of an authority made for these tests alone, a server's certificate and ada's. */
export const certificate = (name: string) =>
  readFileSync(new URL(`./certificates/${name}`, import.meta.url), 'utf8');

export const TOKEN = 'canary-4711-token';

/** Any object of the API. */
export interface Thing {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    ownerReferences?: {
      apiVersion: string;
      kind: string;
      name: string;
      uid: string;
      controller?: boolean;
    }[];
  };
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body: string;
}

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  body: Record<string, unknown> | undefined;
  user: string;
  headers: IncomingHttpHeaders;
  /** Each Impersonate-Group header for itself. */
  groups: string[];
}

/** An API server over real HTTP, with what it holds in `things`. */
export interface ApiServer {
  url: string;
  things: Thing[];
  asked: Asked[];
  /** Whether RBAC forbids it; default: nothing is. */
  forbids: (verb: string, resource: string, namespace: string | undefined) => boolean;
  /** Answers in place of the server; `hang` never does, `cut` begins to and breaks off. */
  instead: ((asked: Asked) => Reply | 'hang' | 'cut' | undefined) | undefined;
  /** What pods answer by way of the server, by `name:port/path`. */
  pods: Map<string, string>;
  /** How many items a page has at most, however many are asked for. */
  pageSize: number;
  tokens: Set<string>;
  close(): Promise<void>;
}

/**
 * Starts it: by TLS with a certificate of the tests' own authority, asking for a client's, or
 * plain. Each answer has the shape that the documentation names beside it.
 */
export async function startApi(
  things: Thing[],
  options: { plain?: boolean } = {},
): Promise<ApiServer> {
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    void respond(server, request, response);
  };
  const listener = options.plain
    ? createPlainServer(answer)
    : createServer(
        {
          key: certificate('server.key'),
          cert: certificate('server.pem'),
          ca: certificate('ca.pem'),
          requestCert: true,
          rejectUnauthorized: false,
        },
        answer,
      );
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  const server: ApiServer = {
    url: `${options.plain ? 'http' : 'https'}://127.0.0.1:${port}`,
    things,
    asked: [],
    forbids: () => false,
    instead: undefined,
    pods: new Map(),
    pageSize: 500,
    tokens: new Set([TOKEN]),
    close: () =>
      new Promise((resolve) => {
        listener.closeAllConnections();
        listener.close(() => resolve());
      }),
  };
  return server;
}

async function respond(server: ApiServer, request: IncomingMessage, response: ServerResponse) {
  const url = new URL(request.url ?? '/', server.url);
  let text = '';
  for await (const chunk of request) text += chunk;
  const asked: Asked = {
    method: request.method ?? 'GET',
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    body: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>),
    user: userOf(request, server) ?? '',
    headers: request.headers,
    groups: request.headersDistinct['impersonate-group'] ?? [],
  };
  server.asked.push(asked);
  const instead = server.instead?.(asked);
  if (instead === 'hang') return;
  if (instead === 'cut') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' });
    response.write('{"kind":"PodList","metadata":{},"items":[');
    setTimeout(() => response.destroy(), 20);
    return;
  }
  const reply = instead ?? answerTo(asked, server, String(request.headers.accept));
  const json = Buffer.from(reply.body);
  // As the API server does for all that is longer than 128 KiB; here for everything.
  const zip = /gzip/.test(String(request.headers['accept-encoding']));
  response.writeHead(reply.status ?? 200, {
    'content-type': 'application/json',
    ...(zip && { 'content-encoding': 'gzip' }),
    ...reply.headers,
  });
  response.end(zip ? gzipSync(json) : json);
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/ */
function userOf(request: IncomingMessage, server: ApiServer): string | undefined {
  const [, token] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
  if (token !== undefined) return server.tokens.has(token) ? 'ada@example.com' : undefined;
  const socket = request.socket as TLSSocket;
  if (socket.authorized) return String(socket.getPeerCertificate().subject.CN);
  return undefined;
}
