import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { answerPage, type HostToPage } from '../../protocol/page.ts';
import type { CollectorLink } from '../../protocol/protocol.ts';
import { pageCsp, pageHtml } from './html.ts';
import { relayPage } from './relay.ts';

export interface ServeOptions {
  link: CollectorLink;
  /** The folder of panel.js and panel.css: `shared/dist/panel`. */
  files: string;
  /** 0, the default, lets the system choose. */
  port?: number;
}

export interface ServedPage {
  /** The address to open, with the secret that other programs' pages do not know. */
  url: string;
  close(): Promise<void>;
}

const FILES: ReadonlyMap<string, string> = new Map([
  ['panel.js', 'text/javascript; charset=utf-8'],
  ['panel.css', 'text/css; charset=utf-8'],
]);
const MAX_BODY_BYTES = 64 * 1024;
const HEARTBEAT_MS = 15_000;
/** A page that has this much unread gets the latest snapshot when it reads again. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

/**
 * Serves the page to browsers of this machine: 127.0.0.1 only, under a path that is a secret, so
 * that neither another user's program nor a web page elsewhere can read costs or stop jobs.
 */
export async function servePage(options: ServeOptions): Promise<ServedPage> {
  const secret = randomBytes(16).toString('base64url');
  const server = createServer((request, response) => {
    answer(request, response, options, secret).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      if (!response.headersSent) response.writeHead(500, plain);
      response.end(`Burnrate could not answer: ${message}\n`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/${secret}/`,
    close: () => closeServer(server),
  };
}

const plain = {
  'content-type': 'text/plain; charset=utf-8',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
};

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { link, files }: ServeOptions,
  secret: string,
): Promise<void> {
  const refuse = (status: number, why: string) => {
    response.writeHead(status, plain).end(`${why}\n`);
  };
  const [, given = '', name = '', ...rest] = (request.url ?? '').split('?', 1)[0]?.split('/') ?? [];
  // A name that another site points at this address would carry that name here.
  const host = request.headers.host ?? '';
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) return refuse(421, 'Ask for 127.0.0.1.');
  if (!isSame(given, secret) || rest.length > 0) {
    return refuse(404, 'Open the whole address that Burnrate printed.');
  }
  const type = FILES.get(name);
  if (request.method === 'POST' && name === 'request') {
    if (!isOwnPage(request) || !isJson(request)) {
      return refuse(403, 'Only the page itself may ask.');
    }
    return answerRequest(request, response, link);
  }
  if (request.method !== 'GET') return refuse(405, 'This address answers GET only.');
  if (name === 'events') {
    if (!isOwnPage(request)) return refuse(403, 'Only the page itself may listen.');
    return streamEvents(response, link);
  }
  if (name === '') return sendPage(response);
  if (!type) return refuse(404, 'There is no such file.');
  const content = await readFile(join(files, name));
  response.writeHead(200, { ...plain, 'content-type': type, 'cache-control': 'no-cache' });
  response.end(content);
}

function sendPage(response: ServerResponse): void {
  const nonce = randomBytes(16).toString('base64');
  const csp = pageCsp({ source: "'self'", nonce, connect: "'self'" });
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `${csp}; frame-ancestors 'none'`,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
    'cache-control': 'no-store',
  });
  response.end(pageHtml({ csp, nonce, base: './' }));
}

/** Browsers say where a request comes from; a page of another site is refused even if it knew. */
function isOwnPage({ headers }: IncomingMessage): boolean {
  const { origin, host, 'sec-fetch-site': site } = headers;
  return (
    (site === undefined || site === 'same-origin') &&
    (origin === undefined || origin === `http://${host}`)
  );
}

/** A form of another site cannot send this type, and a script there must ask first, in vain. */
function isJson({ headers }: IncomingMessage): boolean {
  return headers['content-type']?.startsWith('application/json') ?? false;
}

async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  link: CollectorLink,
): Promise<void> {
  const body = await bodyOf(request);
  if (body === undefined) {
    response.writeHead(413, { ...plain, connection: 'close' }).end('That is too long.\n');
    return;
  }
  const message = parseJson(body);
  const result = await answerPage(link, message);
  if (result) response.writeHead(200, { ...plain, 'content-type': 'application/json' });
  else response.writeHead(400, plain);
  response.end(result ? JSON.stringify(result) : 'That is not a request of the page.\n');
}

/** Undefined where it is too long; the rest is left unread, and the connection ends after the answer. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  let size = 0;
  const chunks: Buffer[] = [];
  // Destroyed with the request, the connection would end before the answer is sent.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller answers 400 to what is no request; where the text breaks does not matter.
    return undefined;
  }
}

/** Sends what the host has to say as server-sent events, the latest snapshot to a slow reader. */
function streamEvents(response: ServerResponse, link: CollectorLink): void {
  response.writeHead(200, {
    ...plain,
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  let behind: HostToPage | undefined;
  const send = (message: HostToPage) => {
    if (message.type === 'snapshot' && response.writableLength > MAX_UNREAD_BYTES) {
      behind = message;
    } else {
      response.write(`data: ${JSON.stringify(message)}\n\n`);
    }
  };
  const relay = relayPage(link, send);
  const heartbeat = setInterval(() => response.write(': still here\n\n'), HEARTBEAT_MS);
  response.on('drain', () => {
    if (behind) send(behind);
    behind = undefined;
  });
  response.on('close', () => {
    clearInterval(heartbeat);
    relay.close();
  });
  relay.receive({ type: 'ready' });
}

function isSame(given: string, secret: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(secret)];
  return a.length === b.length && timingSafeEqual(a, b);
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
