import { validateHeaderValue } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { deadline } from '../../../model/deadline.ts';
import { AnswerReader, cut, type Receiver } from './answer.ts';

/** What all connections read into, one after the other: a reading is over when it returns. */
const SHARED = Buffer.allocUnsafeSlow(128 * 1024);

export interface Patience {
  timeoutMs: number;
  signal?: AbortSignal;
}

/** A request that is under way. */
interface Exchange {
  reader: AnswerReader;
  socket: Socket;
  heard: boolean;
  settle(error?: unknown): void;
}

/**
 * GETs one address over a connection that stays open. Made for thousands of exporters: Node's own
 * client allocates 64 kB for each read and a dozen objects for each request, which took two thirds
 * of a collector's CPU (`npm run bench -- scrape`). One request at a time.
 */
export class KeptConnection {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  #request: Buffer | undefined;
  #socket: Socket | undefined;
  #exchange: Exchange | undefined;
  /** When the last exchange was over, by the clock of this process. */
  #restsSince = 0;
  /** How long it was left alone before each of the last two, in ms, the newest first. */
  #rests: number[] = [];
  /** After how long the other end closed a connection that nobody used, the last two times. */
  #closedAfterMs: number[] = [];

  constructor(url: string, headers: Readonly<Record<string, string>>) {
    this.#url = new URL(url);
    this.#headers = headers;
  }

  /**
   * Resolves when the answer is complete; redirects are answers like any other. Rejects with what
   * the receiver threw, an AnswerError, the connection's error, or the signal's reason.
   */
  async get(receiver: Receiver, patience: Patience): Promise<void> {
    const kept = this.#socket;
    try {
      await this.#ask(receiver, patience);
    } catch (error) {
      // The other end closed an idle connection at the moment of its use: no fault of anybody's.
      if (!(error instanceof StaleConnection) || !kept) throw error;
      await this.#ask(receiver, patience);
    }
  }

  close(): void {
    this.#exchange?.settle(cut());
    this.#drop();
  }

  #ask(receiver: Receiver, { signal, timeoutMs }: Patience): Promise<void> {
    signal?.throwIfAborted();
    const request = this.#bytes();
    const kept = this.#socket;
    this.#rests = [performance.now() - this.#restsSince, ...this.#rests].slice(0, 2);
    const socket = kept ?? this.#connect();
    this.#socket = socket;
    return new Promise((resolve, reject) => {
      const settle = (error?: unknown) => {
        if (this.#exchange !== exchange) return;
        this.#exchange = undefined;
        callOff();
        signal?.removeEventListener('abort', onAbort);
        this.#restsSince = performance.now();
        if (error === undefined && exchange.reader.reusable && this.#mayStay) socket.unref();
        else this.#drop();
        if (error === undefined) resolve();
        else if (kept && !exchange.heard && isCut(error)) reject(new StaleConnection());
        else reject(error);
      };
      const exchange: Exchange = {
        reader: new AnswerReader(receiver),
        socket,
        heard: false,
        settle,
      };
      const onAbort = () => settle(signal?.reason);
      const callOff = deadline(timeoutMs, () =>
        settle(new DOMException('no answer in time', 'TimeoutError')),
      );
      signal?.addEventListener('abort', onAbort);
      this.#exchange = exchange;
      if (kept) socket.ref();
      socket.write(request);
    });
  }

  /**
   * Whether a connection would still be there when it is used next, by how long that took of late.
   * One that the other end closes meanwhile, as it did twice (for once it may have been started
   * anew), is closed at once: it would wake this process for nothing else.
   */
  get #mayStay(): boolean {
    if (this.#closedAfterMs.length < 2) return true;
    return Math.max(...this.#rests) < Math.max(...this.#closedAfterMs);
  }

  #drop(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #connect(): Socket {
    const { protocol, hostname, port } = this.#url;
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const onread = {
      buffer: SHARED,
      callback: (size: number) => {
        this.#received(socket, SHARED.subarray(0, size));
        return true;
      },
    };
    const secure = protocol === 'https:';
    const to = { host, port: Number(port || (secure ? 443 : 80)), onread };
    // A certificate is of a name or of an address; only a name is said beforehand.
    const name = { servername: isIP(host) ? '' : host, ALPNProtocols: ['http/1.1'] };
    const socket: Socket = secure ? connectSecurely({ ...to, ...name }) : connect(to);
    socket.setNoDelay(true);
    socket.on('error', (error) => this.#failed(socket, error));
    socket.on('end', () => this.#ended(socket));
    socket.on('close', () => this.#failed(socket, cut()));
    return socket;
  }

  #received(socket: Socket, bytes: Buffer): void {
    this.#advance(socket, (exchange) => {
      exchange.heard = true;
      exchange.reader.push(bytes);
    });
  }

  #ended(socket: Socket): void {
    this.#advance(socket, ({ reader }) => reader.end());
  }

  /** Takes what the other end did as part of its answer. */
  #advance(socket: Socket, take: (exchange: Exchange) => void): void {
    const exchange = this.#of(socket);
    if (!exchange) {
      // Nobody has asked: what comes after an answer, or a connection that was given up.
      const restedMs = performance.now() - this.#restsSince;
      if (this.#socket === socket)
        this.#closedAfterMs = [restedMs, ...this.#closedAfterMs].slice(0, 2);
      this.#forget(socket);
      return;
    }
    try {
      take(exchange);
      if (exchange.reader.done) exchange.settle();
    } catch (error) {
      exchange.settle(error);
    }
  }

  #failed(socket: Socket, error: unknown): void {
    this.#of(socket)?.settle(error);
    this.#forget(socket);
  }

  #of(socket: Socket): Exchange | undefined {
    return this.#exchange?.socket === socket ? this.#exchange : undefined;
  }

  #forget(socket: Socket): void {
    if (this.#socket === socket) this.#socket = undefined;
    socket.destroy();
  }

  /** The same each time. Throws where a header holds what none may. */
  #bytes(): Buffer {
    if (this.#request) return this.#request;
    const { pathname, search, host } = this.#url;
    const fields = Object.entries({ host, ...this.#headers, connection: 'keep-alive' });
    for (const [name, value] of fields) validateHeaderValue(name, value);
    const lines = [
      `GET ${pathname}${search} HTTP/1.1`,
      ...fields.map(([name, value]) => `${name}: ${value}`),
    ];
    this.#request = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    return this.#request;
  }
}

/** A kept connection that was closed before anything of an answer came. */
class StaleConnection extends Error {}

function isCut(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE';
}
