import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CollectorLink } from '../../protocol/protocol.ts';
import {
  answerRequest,
  isFromOwnPage,
  isJson,
  PLAIN,
  sendFile,
  sendPage,
  streamEvents,
} from './answers.ts';

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

/**
 * Serves the page to browsers of this machine: 127.0.0.1 only, under a path that is a secret, so
 * that neither another user's program nor a web page elsewhere can read costs or stop jobs.
 */
export async function servePage(options: ServeOptions): Promise<ServedPage> {
  const secret = randomBytes(16).toString('base64url');
  const server = createServer((request, response) => {
    answer(request, response, options, secret).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      if (!response.headersSent) response.writeHead(500, PLAIN);
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

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { link, files }: ServeOptions,
  secret: string,
): Promise<void> {
  const refuse = (status: number, why: string) => {
    response.writeHead(status, PLAIN).end(`${why}\n`);
  };
  const [, given = '', name = '', ...rest] = (request.url ?? '').split('?', 1)[0]?.split('/') ?? [];
  // A name that another site points at this address would carry that name here.
  const host = request.headers.host ?? '';
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) return refuse(421, 'Ask for 127.0.0.1.');
  if (!isSame(given, secret) || rest.length > 0) {
    return refuse(404, 'Open the whole address that Burnrate printed.');
  }
  if (request.method === 'POST' && name === 'request') {
    if (!isFromOwnPage(request, 'http') || !isJson(request)) {
      return refuse(403, 'Only the page itself may ask.');
    }
    return answerRequest(request, response, link);
  }
  if (request.method !== 'GET') return refuse(405, 'This address answers GET only.');
  if (name === 'events') {
    if (!isFromOwnPage(request, 'http')) return refuse(403, 'Only the page itself may listen.');
    return streamEvents(response, link);
  }
  if (name === '') return sendPage(response);
  if (!(await sendFile(response, files, name))) refuse(404, 'There is no such file.');
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
