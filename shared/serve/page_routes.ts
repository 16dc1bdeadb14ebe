import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Faces } from '../collector/faces.ts';
import type { Log } from '../collector/log.ts';
import type { Served } from '../collector/server.ts';
import {
  answerRequest,
  bodyOf,
  isFromOwnPage,
  isJson,
  sendFile,
  sendPage,
  streamEvents,
} from '../panel/host/answers.ts';
import type { CollectorLink } from '../protocol/protocol.ts';
import { type Access, seenBy } from './access.ts';
import type { Attempts } from './attempts.ts';
import { admit, bearerIn, type Guests } from './guests.ts';
import { pageLink } from './page_link.ts';
import type { Sessions } from './sessions.ts';
import { sendSignIn } from './sign_in.ts';
import type { Token, Tokens } from './tokens.ts';

export interface PageRoutesOptions {
  served: Served;
  access: Access;
  tokens: Tokens;
  attempts: Attempts;
  sessions: Sessions;
  faces: Faces;
  guests: Guests;
  log: Log;
  files: string;
  /** Of the address in the browser. */
  scheme: 'http' | 'https';
  addressOf: (request: IncomingMessage) => string;
  refuse: (
    response: ServerResponse,
    status: number,
    why: string,
    more?: Record<string, string>,
  ) => void;
}

/** Pages that are watched at once; each holds a snapshot's worth of memory. */
const MOST_STREAMS = 500;
const BEARER = { 'www-authenticate': 'Bearer realm="burnrate"' };

/** The page over the network: signing in, its files, its requests and its stream of events. */
export class PageRoutes {
  readonly #options: PageRoutesOptions;

  constructor(options: PageRoutesOptions) {
    this.#options = options;
  }

  /** Whose the request is, by its token or cookie; undefined where it has been refused here. */
  admit(request: IncomingMessage, response: ServerResponse): Token | undefined {
    const { sessions, addressOf, refuse, log } = this.#options;
    const known = sessions.whose(request.headers.cookie);
    if (known) return known;
    const address = addressOf(request);
    const admission = admit(bearerIn(request.headers.authorization), address, this.#options);
    if ('token' in admission) return admission.token;
    if ('wait' in admission) {
      refuse(response, 429, TOO_MANY, retryAfter(admission.wait));
    } else {
      if (admission.refused === 'wrong') log.warn(`a wrong token from ${address}`);
      refuse(response, 401, 'Show a token of this server, as Authorization: Bearer.', BEARER);
    }
    return undefined;
  }

  async answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const { sessions, files, scheme, refuse } = this.#options;
    const own = isFromOwnPage(request, scheme);
    if (request.method === 'POST') {
      if (!own) return refuse(response, 403, 'Only the page itself may ask.');
      if (path === '/login') return this.#signIn(request, response);
      if (path !== '/request') return refuse(response, 404, 'There is no such address.');
      if (!isJson(request)) return refuse(response, 403, 'Only the page itself may ask.');
      const token = this.admit(request, response);
      return token && answerRequest(request, response, this.#linkOf(token));
    }
    if (request.method !== 'GET') return refuse(response, 405, 'This address answers GET only.');
    switch (path) {
      case '/':
        if (sessions.whose(request.headers.cookie)) return sendPage(response);
        return sendSignIn(response, 200);
      case '/logout':
        response.writeHead(303, {
          location: './',
          'set-cookie': sessions.end(request.headers.cookie),
        });
        return void response.end();
      case '/events':
        if (!own) return refuse(response, 403, 'Only the page itself may listen.');
        return this.#stream(request, response);
      default:
        // They are the same for everyone, and tell nothing.
        if (!(await sendFile(response, files, path.slice(1))))
          refuse(response, 404, 'There is no such address.');
    }
  }

  #stream(request: IncomingMessage, response: ServerResponse): void {
    const { guests, refuse } = this.#options;
    const token = this.admit(request, response);
    if (!token) return;
    if (guests.size >= MOST_STREAMS) {
      refuse(response, 503, 'Too many are watching.');
      return;
    }
    streamEvents(response, this.#linkOf(token));
    const leave = guests.enter(token, () => response.destroy());
    response.on('close', leave);
  }

  /** Exchanges a token for a cookie. */
  async #signIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { sessions, addressOf, log, refuse } = this.#options;
    const body = await bodyOf(request);
    if (body === undefined) {
      return refuse(response, 413, 'That is too long.', { connection: 'close' });
    }
    const secret = new URLSearchParams(body).get('token')?.trim() ?? '';
    const address = addressOf(request);
    const admission = admit(secret, address, this.#options);
    if ('wait' in admission) return sendSignIn(response, 429, TOO_MANY);
    if (!('token' in admission)) {
      log.warn(`a wrong token from ${address}`);
      return sendSignIn(response, 401, 'This token is not known here. Is it all of it?');
    }
    log.info(`token ${admission.token.name} signed in from ${address}`);
    response.writeHead(303, { location: './', 'set-cookie': sessions.begin(admission.token) });
    response.end();
  }

  #linkOf(token: Token): CollectorLink {
    const { access, served, faces, tokens } = this.#options;
    return pageLink({
      handlers: access.handlersFor(token, () => tokens.still(token)),
      faces,
      latest: () => seenBy(token, served.snapshot()),
    });
  }
}

const TOO_MANY = 'Too many wrong tokens came from this address. Wait a minute and try again.';

function retryAfter(ms: number): Record<string, string> {
  return { 'retry-after': String(Math.ceil(ms / 1000)) };
}
