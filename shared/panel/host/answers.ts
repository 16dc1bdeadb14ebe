import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { answerPage, type HostToPage } from '../../protocol/page.ts';
import type { CollectorLink } from '../../protocol/protocol.ts';
import { pageCsp, pageHtml } from './html.ts';
import { relayPage } from './relay.ts';

const FILES: ReadonlyMap<string, string> = new Map([
  ['panel.js', 'text/javascript; charset=utf-8'],
  ['panel.css', 'text/css; charset=utf-8'],
]);
const MAX_BODY_BYTES = 64 * 1024;
const HEARTBEAT_MS = 15_000;
/** A page that has this much unread gets the latest snapshot when it reads again. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

/** For all that is no page: never taken for one, and never read by another site. */
export const PLAIN = {
  'content-type': 'text/plain; charset=utf-8',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
};

/** Sends one of the page's files from its folder. False where there is none of that name. */
export async function sendFile(
  response: ServerResponse,
  folder: string,
  name: string,
): Promise<boolean> {
  const type = FILES.get(name);
  if (!type) return false;
  const content = await readFile(join(folder, name));
  response.writeHead(200, { ...PLAIN, 'content-type': type, 'cache-control': 'no-cache' });
  response.end(content);
  return true;
}

/** The page itself, under a policy that lets its own script run and nothing else. */
export function sendPage(response: ServerResponse): void {
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

/**
 * Browsers say where a request comes from; a page of another site is refused even if it knew the
 * secret. `scheme` is that of the address in the browser.
 */
export function isFromOwnPage({ headers }: IncomingMessage, scheme: 'http' | 'https'): boolean {
  const { origin, host, 'sec-fetch-site': site } = headers;
  return (
    (site === undefined || site === 'same-origin') &&
    (origin === undefined || origin === `${scheme}://${host}`)
  );
}

/** A form of another site cannot send this type, and a script there must ask first, in vain. */
export function isJson({ headers }: IncomingMessage): boolean {
  return headers['content-type']?.startsWith('application/json') ?? false;
}

/** Answers one request of the page, which is checked against what pages may ask. */
export async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  link: CollectorLink,
): Promise<void> {
  const body = await bodyOf(request);
  if (body === undefined) {
    response.writeHead(413, { ...PLAIN, connection: 'close' }).end('That is too long.\n');
    return;
  }
  const message = parseJson(body);
  const result = await answerPage(link, message);
  if (result) response.writeHead(200, { ...PLAIN, 'content-type': 'application/json' });
  else response.writeHead(400, PLAIN);
  response.end(result ? JSON.stringify(result) : 'That is not a request of the page.\n');
}

/**
 * What a request carries. Undefined where it is too long: the rest is left unread, and the
 * connection must end after the answer.
 */
export async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
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
export function streamEvents(response: ServerResponse, link: CollectorLink): void {
  response.writeHead(200, {
    ...PLAIN,
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
