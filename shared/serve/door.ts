import {
  createServer as createPlain,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Faces } from '../collector/faces.ts';
import type { Log } from '../collector/log.ts';
import type { Served } from '../collector/server.ts';
import { PLAIN } from '../panel/host/answers.ts';
import type { Welcome } from '../protocol/protocol.ts';
import { Access } from './access.ts';
import { Attempts } from './attempts.ts';
import type { Certificate } from './certificate.ts';
import { Guests } from './guests.ts';
import { isOurHost } from './hosts.ts';
import { PageRoutes } from './page_routes.ts';
import { RemoteFaces } from './remote_faces.ts';
import { Sessions } from './sessions.ts';
import type { Tokens } from './tokens.ts';

export interface DoorOptions {
  host: string;
  port: number;
  /** Absent: no TLS. */
  certificate: Certificate | undefined;
  /** A proxy before this server has the TLS: browsers see `https`, and the proxy says who they are. */
  behindProxy: boolean;
  /** Further names by which it is reached. */
  hosts: readonly string[];
  tokens: Tokens;
  served: Served;
  welcome: Welcome;
  log: Log;
  /** The folder of the page's files. */
  files: string;
  /** Whether the accounts have been looked at once. */
  ready: () => boolean;
  /** Answers /metrics; absent where it is not served. */
  metrics?: (() => Promise<{ type: string; text: string }>) | undefined;
}

/** How long a client may take for its handshake, its headers, and its whole request. */
const HANDSHAKE_MS = 10_000;
const HEADERS_MS = 10_000;
const REQUEST_MS = 20_000;
const IDLE_MS = 10_000;
/** Who has not come to an end by then is cut off. */
const LOOK_EVERY_MS = 2_000;
const MOST_HEADER_BYTES = 16 * 1024;
const MOST_CONNECTIONS = 2_000;

/** The way in from other machines: the page, other faces, metrics and health over one port. */
export class Door {
  readonly faces = new Faces();
  readonly guests = new Guests();
  /** Requests that were refused, by HTTP status, for the metrics. */
  readonly refused = new Map<number, number>();
  readonly #options: DoorOptions;
  readonly #server: Server;
  readonly #attempts = new Attempts();
  readonly #pages: PageRoutes;
  readonly #remote: RemoteFaces;

  private constructor(options: DoorOptions) {
    this.#options = options;
    const { certificate, behindProxy, tokens, served, log } = options;
    const limits = {
      maxHeaderSize: MOST_HEADER_BYTES,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: IDLE_MS,
      connectionsCheckingInterval: LOOK_EVERY_MS,
    };
    this.#server = certificate
      ? createSecure({
          ...limits,
          ...certificate.identity,
          minVersion: 'TLSv1.2',
          handshakeTimeout: HANDSHAKE_MS,
        })
      : createPlain(limits);
    this.#server.maxConnections = MOST_CONNECTIONS;
    const parts = {
      ...options,
      access: new Access(served.handlers, (message) => log.info(message)),
      attempts: this.#attempts,
      faces: this.faces,
      guests: this.guests,
      scheme: certificate || behindProxy ? ('https' as const) : ('http' as const),
      addressOf: (request: IncomingMessage) => addressOf(request, behindProxy),
      refuse: (
        response: ServerResponse,
        status: number,
        why: string,
        more?: Record<string, string>,
      ) => this.#refuse(response, status, why, more),
    };
    this.#pages = new PageRoutes({
      ...parts,
      sessions: new Sessions(tokens, parts.scheme === 'https'),
    });
    this.#remote = new RemoteFaces(parts);
    this.#server.on('request', (request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        log.error(`${request.method} from ${addressOf(request, behindProxy)} failed`, error);
        if (response.headersSent) response.destroy();
        else this.#refuse(response, 500, 'Burnrate could not answer; its log says why.');
      });
    });
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      const status = this.#remote.upgrade(request, socket, head, this.#isOurs(request));
      if (status !== undefined) this.#count(status);
    });
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
      const status = CLIENT_ERRORS[error.code ?? ''] ?? '400 Bad Request';
      if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`);
      else socket.destroy();
      // Who reads nothing is not waited for.
      setTimeout(() => socket.destroy(), LOOK_EVERY_MS).unref();
    });
  }

  /** Opens it. Rejects where the address cannot be had. */
  static async open(options: DoorOptions): Promise<Door> {
    const door = new Door(options);
    await new Promise<void>((resolve, reject) => {
      door.#server.once('error', reject);
      door.#server.listen(options.port, options.host, () => {
        door.#server.off('error', reject);
        resolve();
      });
    });
    door.#server.on('error', (error) => options.log.error('the server failed', error));
    return door;
  }

  /** The port, where the system chose it. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Every new connection gets this certificate. */
  certify(identity: { cert: Buffer; key: Buffer }): void {
    if ('setSecureContext' in this.#server) {
      (this.#server as ReturnType<typeof createSecure>).setSecureContext(identity);
    }
  }

  /** Stops listening, and ends every connection in order. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.faces.close();
    this.#remote.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { ready, metrics } = this.#options;
    if (this.#options.certificate || this.#options.behindProxy) {
      response.setHeader('strict-transport-security', 'max-age=31536000');
    }
    const path = (request.url ?? '').split('?', 1)[0];
    const reads = request.method === 'GET' || request.method === 'HEAD';
    // Those that look after it know it by its address alone, and are told nothing but yes or no.
    if (reads && path === '/healthz') return void response.writeHead(200, PLAIN).end('ok\n');
    if (reads && path === '/readyz') {
      if (ready()) return void response.writeHead(200, PLAIN).end('ready\n');
      return this.#refuse(response, 503, 'The accounts have not been looked at yet.');
    }
    if (!this.#isOurs(request)) {
      return this.#refuse(
        response,
        421,
        'This server goes by another name: see serve.hosts in burnrate.yaml.',
      );
    }
    if (reads && path === '/metrics' && metrics) {
      if (!this.#pages.admit(request, response)) return;
      const { type, text } = await metrics();
      response.writeHead(200, { ...PLAIN, 'content-type': type, 'cache-control': 'no-store' });
      return void response.end(text);
    }
    return this.#pages.answer(request, response, path ?? '');
  }

  #isOurs({ headers }: IncomingMessage): boolean {
    const { certificate, hosts } = this.#options;
    return isOurHost(headers.host, [
      (host) => hosts.some((name) => name.toLowerCase() === host),
      (host) => certificate?.names(host) ?? false,
    ]);
  }

  #refuse(
    response: ServerResponse,
    status: number,
    why: string,
    more: Record<string, string> = {},
  ): void {
    this.#count(status);
    response.writeHead(status, { ...PLAIN, ...more }).end(`${why}\n`);
  }

  #count(status: number): void {
    this.refused.set(status, (this.refused.get(status) ?? 0) + 1);
  }
}

const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** Who sends it: behind a proxy, the last address in the list is the one that the proxy saw. */
function addressOf(request: IncomingMessage, behindProxy: boolean): string {
  const said = behindProxy ? request.headers['x-forwarded-for'] : undefined;
  const last = (Array.isArray(said) ? said.at(-1) : said)?.split(',').at(-1)?.trim();
  return last || request.socket.remoteAddress || 'unknown';
}
