import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Snapshot } from '../model/snapshot.ts';
import { type Clock, systemClock } from '../model/time.ts';
import { deferred } from './deferred.ts';
import {
  type Conversation,
  type FaceHello,
  type Greeted,
  greetCollector,
  type ReachOptions,
} from './handshake.ts';
import { CollectorUnavailable, type LaunchSpec, reachCollector } from './launch.ts';
import { methodOf, SNAPSHOT_CHANGED } from './names.ts';
import type { CollectorLink, Params, RequestName, Result, Welcome } from './protocol.ts';

export { CollectorUnavailable, type FaceHello, type LaunchSpec };

export interface ConnectOptions extends ReachOptions {
  /** For the waits between attempts and the requests' deadline; the system's clock by default. */
  clock?: Clock;
  /** How long a request may take, waiting for a reconnection included. Default 15 s. */
  requestDeadlineMs?: number;
  /** How to reach the collector and shake hands; `greetCollector` by default. */
  greet?: typeof greetCollector;
  /** Hears why an attempt to connect failed; the next one follows by itself. */
  onFailure?: (error: unknown) => void;
}

/** A link that keeps itself connected until it is closed. */
export interface CollectorConnection extends CollectorLink {
  /** The collector that answered last. */
  readonly welcome: Welcome;
  readonly connected: boolean;
  /** Ends this connection only; the collector goes on. */
  close(): Promise<void>;
}

/** For VS Code's LanguageClient: its `serverOptions` may be a function that returns this. */
export interface Transport {
  reader: NodeJS.ReadableStream;
  writer: NodeJS.WritableStream;
  socket: Socket;
  /** Leaves the collector alone when the language client ends. */
  detached: true;
}

/**
 * A connected socket on which nothing has been said yet, for a client that sends `initialize`
 * itself. The collector is started where there is none, and one that speaks an older protocol has
 * been replaced. Rejects with CollectorUnavailable.
 */
export async function openTransport(options: ReachOptions): Promise<Transport> {
  const probe = await greetCollector(options);
  const socket = await reachCollector({ ...options, deadlineMs: options.deadlineMs ?? 20_000 });
  probe.socket.end();
  return { reader: socket, writer: socket, socket, detached: true };
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Connects to this user's collector, starting it where there is none, and keeps connected: when
 * the collector dies, it is started again and every listener hears of it. Rejects with
 * CollectorUnavailable where the first connection fails.
 */
export async function connectCollector(options: ConnectOptions): Promise<CollectorConnection> {
  const link = new Link(options);
  await link.open();
  return link;
}

/**
 * Like connectCollector, for a face that stays whatever happens: answers at once, and tries to
 * connect for ever, the first time too. Requests wait for the connection within their deadline.
 */
export function keepConnected(options: ConnectOptions): CollectorConnection {
  const link = new Link(options);
  void link.reconnect();
  return link;
}

class Link implements CollectorConnection {
  readonly #options: ConnectOptions;
  readonly #clock: Clock;
  readonly #snapshotListeners = new Set<(snapshot: Snapshot) => void>();
  readonly #connectedListeners = new Set<(connected: boolean) => void>();
  readonly #closing = new AbortController();
  #greeted: Greeted | undefined;
  #welcome: Welcome | undefined;
  #latest: Snapshot | undefined;
  /** Settles when connected again; renewed with each loss. */
  #regained = deferred<Greeted>();
  #lastFailure: string | undefined;

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  get welcome(): Welcome {
    if (!this.#welcome) throw new CollectorUnavailable('not connected to the collector yet');
    return this.#welcome;
  }

  get connected(): boolean {
    return this.#greeted !== undefined;
  }

  async open(): Promise<void> {
    const greet = this.#options.greet ?? greetCollector;
    const greeted = await greet({ ...this.#options, signal: this.#closing.signal }, (connection) =>
      this.#listenOn(connection),
    );
    if (this.#closing.signal.aborted) {
      greeted.socket.destroy();
      return;
    }
    this.#greeted = greeted;
    this.#welcome = greeted.welcome;
    this.#lastFailure = undefined;
    if (greeted.socket.destroyed) this.#lost(greeted);
    else {
      greeted.socket.once('close', () => this.#lost(greeted));
      this.#regained.resolve(greeted);
      for (const listener of this.#connectedListeners) listener(true);
    }
  }

  #listenOn(connection: Conversation): void {
    connection.onNotification(SNAPSHOT_CHANGED, (snapshot: Snapshot) => {
      this.#latest = snapshot;
      for (const listener of this.#snapshotListeners) listener(snapshot);
    });
  }

  #lost(greeted: Greeted): void {
    greeted.connection.dispose();
    if (this.#greeted !== greeted) return;
    this.#greeted = undefined;
    this.#regained = deferred();
    if (this.#closing.signal.aborted) return;
    for (const listener of this.#connectedListeners) listener(false);
    void this.reconnect();
  }

  async reconnect(): Promise<void> {
    // Survivors spread out, so that most find the collector that the first of them started.
    let pauseMs = FIRST_PAUSE_MS * (0.5 + Math.random());
    while (!this.#closing.signal.aborted) {
      await this.#pause(pauseMs);
      try {
        return await this.open();
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        this.#lastFailure = error instanceof Error ? error.message : String(error);
        this.#options.onFailure?.(error);
        pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      }
    }
  }

  #pause(ms: number): Promise<void> {
    const { promise, resolve } = deferred<void>();
    const ended = new AbortController();
    const cancel = this.#clock.after(ms, resolve);
    this.#closing.signal.addEventListener('abort', () => resolve(), {
      once: true,
      signal: ended.signal,
    });
    return promise.finally(() => {
      cancel();
      ended.abort();
    });
  }

  /**
   * Asks the collector. While the connection is lost it waits for the next one; a question that
   * was under way when it was lost is asked again, which every request but `retire` allows.
   */
  async request<Name extends RequestName>(name: Name, params: Params<Name>): Promise<Result<Name>> {
    const late = this.#deadline(name);
    try {
      for (;;) {
        this.#closing.signal.throwIfAborted();
        const greeted =
          this.#greeted ?? (await Promise.race([this.#regained.promise, late.passed]));
        try {
          const asked = greeted.connection.sendRequest(methodOf(name), params);
          const answer = await Promise.race([asked, late.passed]);
          const { requests } = await import('./protocol.ts');
          return requests[name].result.parse(answer) as Result<Name>;
        } catch (error) {
          const lost = greeted !== this.#greeted || greeted.socket.destroyed;
          if (!lost || late.isPassed() || name === 'retire') throw error;
          await Promise.race([gone(greeted.socket), late.passed]);
        }
      }
    } finally {
      late.cancel();
    }
  }

  #deadline(name: RequestName): Deadline {
    const ms = this.#options.requestDeadlineMs ?? DEADLINES[name] ?? 15_000;
    const { promise, reject } = deferred<never>();
    promise.catch(() => {
      // Most deadlines pass after the answer came: then nobody waits for this one.
    });
    let over = false;
    const end = (error: Error) => {
      over = true;
      reject(error);
    };
    const cancelTimer = this.#clock.after(ms, () => {
      const why = this.#greeted
        ? 'it is connected but busy'
        : (this.#lastFailure ?? 'reconnecting');
      end(
        new CollectorUnavailable(
          `The collector did not answer "${name}" within ${Math.round(ms / 1000)} s (${why}).`,
        ),
      );
    });
    const onClose = () => end(new CollectorUnavailable('This connection was closed.'));
    this.#closing.signal.addEventListener('abort', onClose, { once: true });
    return {
      passed: promise,
      isPassed: () => over,
      cancel: () => {
        cancelTimer();
        this.#closing.signal.removeEventListener('abort', onClose);
      },
    };
  }

  onSnapshot(listener: (snapshot: Snapshot) => void): () => void {
    this.#snapshotListeners.add(listener);
    if (this.#latest) listener(this.#latest);
    return () => this.#snapshotListeners.delete(listener);
  }

  onConnected(listener: (connected: boolean) => void): () => void {
    this.#connectedListeners.add(listener);
    if (this.#greeted) listener(true);
    return () => this.#connectedListeners.delete(listener);
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new CollectorUnavailable('This connection was closed.'));
    const socket = this.#greeted?.socket;
    if (!socket || socket.destroyed) return;
    socket.end();
    const timer = setTimeout(() => socket.destroy(), 1_000);
    await gone(socket);
    clearTimeout(timer);
  }
}

/** Requests that ask a provider take longer than those the collector answers by itself. */
const DEADLINES: Partial<Record<RequestName, number>> = {
  doctor: 60_000,
  planStop: 40_000,
  stop: 40_000,
};

interface Deadline {
  passed: Promise<never>;
  isPassed(): boolean;
  cancel(): void;
}

function gone(socket: Duplex): Promise<void> {
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve) => socket.once('close', () => resolve()));
}
