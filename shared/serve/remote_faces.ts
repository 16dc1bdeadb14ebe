import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { FaceConnection } from '../collector/face.ts';
import type { Faces } from '../collector/faces.ts';
import type { Log } from '../collector/log.ts';
import type { Served } from '../collector/server.ts';
import type { Welcome } from '../protocol/protocol.ts';
import { FACES_PATH, FACES_PROTOCOL } from '../protocol/remote.ts';
import { streamOver } from '../protocol/socket_stream.ts';
import { type Access, seenBy } from './access.ts';
import type { Attempts } from './attempts.ts';
import { admit, bearerIn, type Guests } from './guests.ts';
import type { Token, Tokens } from './tokens.ts';

export interface RemoteFacesOptions {
  served: Served;
  access: Access;
  tokens: Tokens;
  attempts: Attempts;
  faces: Faces;
  guests: Guests;
  welcome: Welcome;
  log: Log;
  addressOf: (request: IncomingMessage) => string;
}

const MOST_FACES = 500;
const MOST_MESSAGE_BYTES = 4 * 1024 * 1024;
/** A face that does not answer two of these is gone, whatever the network says. */
const PING_EVERY_MS = 20_000;

/** Faces on other machines: the same protocol as on the local socket, within a WebSocket. */
export class RemoteFaces {
  readonly #options: RemoteFacesOptions;
  readonly #server: WebSocketServer;
  readonly #alive = new WeakSet<WebSocket>();
  readonly #pings: NodeJS.Timeout;

  constructor(options: RemoteFacesOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: MOST_MESSAGE_BYTES,
      // Compressed, an answer's length would tell of secrets beside what an attacker may choose.
      perMessageDeflate: false,
      handleProtocols: (offered) => offered.has(FACES_PROTOCOL) && FACES_PROTOCOL,
    });
    this.#pings = setInterval(() => this.#ping(), PING_EVERY_MS);
    this.#pings.unref();
  }

  /** Takes in a face; answers the HTTP status where it is refused. */
  upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    ours: boolean,
  ): number | undefined {
    const { headers } = request;
    if (!ours) return refuse(socket, 421);
    if (request.url?.split('?', 1)[0] !== FACES_PATH) return refuse(socket, 404);
    // No page opens one: browsers say whence they come, and have no token that is not typed in.
    if (headers.origin !== undefined) return refuse(socket, 403);
    const { addressOf, log, guests } = this.#options;
    const address = addressOf(request);
    const admission = admit(bearerIn(headers.authorization), address, this.#options);
    if ('wait' in admission) {
      return refuse(socket, 429, `retry-after: ${Math.ceil(admission.wait / 1000)}\r\n`);
    }
    if (!('token' in admission)) {
      log.warn(`a face without a token that holds, from ${address}`);
      return refuse(socket, 401, 'www-authenticate: Bearer realm="burnrate"\r\n');
    }
    if (guests.size >= MOST_FACES) return refuse(socket, 503);
    this.#server.handleUpgrade(request, socket, head, (client) =>
      this.#serve(client, admission.token, address),
    );
    return undefined;
  }

  close(): void {
    clearInterval(this.#pings);
    for (const client of this.#server.clients) client.terminate();
  }

  #serve(client: WebSocket, token: Token, address: string): void {
    const { served, access, tokens, faces, guests, welcome, log } = this.#options;
    this.#alive.add(client);
    client.on('pong', () => this.#alive.add(client));
    const stream = streamOver(client);
    const leave = guests.enter(token, () => client.terminate());
    const face: FaceConnection = new FaceConnection(stream, {
      handlers: access.handlersFor(token, () => tokens.still(token)),
      welcome,
      log,
      latest: () => seenBy(token, served.snapshot()),
      onHello: () => log.info(`token ${token.name} watches from ${address}`),
      onClose: () => {
        leave();
        faces.delete(face);
      },
    });
    faces.add(face);
  }

  #ping(): void {
    for (const client of this.#server.clients) {
      if (!this.#alive.has(client)) client.terminate();
      this.#alive.delete(client);
      client.ping();
    }
  }
}

function refuse(socket: Duplex, status: number, headers = ''): number {
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers}connection: close\r\ncontent-length: 0\r\n\r\n`,
  );
  return status;
}
