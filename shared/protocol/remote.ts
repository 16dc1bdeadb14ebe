import { readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import type { Conversation, Greeted, ReachOptions } from './handshake.ts';
import { greet } from './handshake.ts';
import { CollectorUnavailable } from './launch.ts';
import { PROTOCOL_VERSION } from './protocol.ts';

/** Where a server takes in faces, and the WebSocket subprotocol: the frames of the local socket. */
export const FACES_PATH = '/faces';
export const FACES_PROTOCOL = 'burnrate.v1';

/** A team's collector, and how to get in. */
export interface Server {
  /** `https://host:8443`. */
  url: string;
  token: string;
  /** The PEM text of its certificate authority, where that is not a public one. */
  ca?: string;
}

const DEADLINE_MS = 20_000;

/**
 * Connects to a team's collector and shakes hands, in place of this user's own. Rejects with
 * CollectorUnavailable, which says what to do.
 */
export async function greetServer(
  server: Server,
  options: Pick<ReachOptions, 'hello' | 'deadlineMs' | 'signal'>,
  prepare: (connection: Conversation) => void = () => {},
): Promise<Greeted> {
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  const protocol = options.hello.protocol ?? PROTOCOL_VERSION;
  const socket = await openStream(server, deadlineMs, options.signal);
  const greeted = await greet(socket, { ...options.hello, protocol }, deadlineMs, prepare);
  if (!greeted) {
    throw new CollectorUnavailable(`${server.url} closed the connection before it answered.`);
  }
  if (greeted.welcome.protocol < protocol) {
    greeted.socket.destroy();
    throw new CollectorUnavailable(
      `The collector at ${server.url} (Burnrate ${greeted.welcome.version}) is older than this command. Update it there, or use its version here.`,
    );
  }
  return greeted;
}

/** The WebSocket as a stream of bytes, once it is open. */
async function openStream(
  { url, token, ca }: Server,
  deadlineMs: number,
  signal: AbortSignal | undefined,
): Promise<Duplex> {
  const [{ WebSocket }, { streamOver }] = await Promise.all([
    import('ws'),
    import('./socket_stream.ts'),
  ]);
  const address = addressOf(url);
  const client = new WebSocket(address, FACES_PROTOCOL, {
    headers: { authorization: `Bearer ${token}` },
    handshakeTimeout: deadlineMs,
    perMessageDeflate: false,
    followRedirects: false,
    ...(ca !== undefined && { ca }),
  });
  const abort = () => client.terminate();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('open', resolve);
      client.once('error', (error) => reject(unreachable(url, error)));
      client.once('unexpected-response', (request, response) => {
        request.destroy();
        reject(refused(url, response.statusCode ?? 0, response.headers['retry-after']));
      });
    });
  } finally {
    signal?.removeEventListener('abort', abort);
    // Later errors close it: a server that is killed resets its connections.
    client.on('error', () => client.terminate());
  }
  return streamOver(client);
}

/** Where faces are taken in. A token goes in the clear to this machine alone. */
function addressOf(url: string): string {
  const address = new URL(url);
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(address.hostname);
  if (address.protocol !== 'https:' && !local) {
    throw new CollectorUnavailable(
      `${url} is not encrypted: your token could be read on the way. Give its https:// address.`,
    );
  }
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  address.pathname = `${address.pathname.replace(/\/$/, '')}${FACES_PATH}`;
  return address.href;
}

const REFUSALS: Readonly<Record<number, string>> = {
  401: 'It does not know your token. Ask whoever runs it for one, or look at --token-file.',
  404: 'It is no Burnrate server, or a much older one. Is the address right?',
  421: 'It does not go by this name. Whoever runs it can add the name as serve.hosts in its burnrate.yaml.',
  429: 'Too many wrong tokens came from your address. Wait a minute and try again.',
  503: 'Too many are watching it now. Try again later.',
};

function refused(url: string, status: number, retryAfter: string | undefined): Error {
  const what = REFUSALS[status] ?? `It answered ${status}.`;
  const wait = retryAfter ? ` (after ${retryAfter} s)` : '';
  return new CollectorUnavailable(`${url} refused the connection${wait}. ${what}`);
}

const CERTIFICATES = /CERT|SIGNED|UNABLE_TO_VERIFY|ALTNAME/;

function unreachable(url: string, error: NodeJS.ErrnoException): Error {
  const remedy = CERTIFICATES.test(error.code ?? '')
    ? 'Give the certificate authority that signed it with --ca, if it is your own.'
    : 'Is the address right, and does `burnrate serve` run there?';
  return new CollectorUnavailable(`${url} cannot be reached: ${error.message}. ${remedy}`, {
    cause: error,
  });
}

/**
 * The token in a file: the last word of its first line that is no comment, so that a line of the
 * server's own token file will do. Throws CollectorUnavailable.
 */
export function tokenFrom(file: string): string {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    const line = lines.map((text) => text.replace(/(^|\s)#.*$/, '').trim()).find(Boolean);
    const token = line?.split(/\s+/).at(-1);
    if (token) return token;
  } catch (error) {
    throw new CollectorUnavailable(
      `Your token cannot be read: ${(error as Error).message}. Name its file with --token-file.`,
    );
  }
  throw new CollectorUnavailable(`${file} holds no token.`);
}
