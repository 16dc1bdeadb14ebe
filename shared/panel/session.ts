import type { Snapshot } from '../model/snapshot.ts';
import type { Bridge, HostToPage } from '../protocol/page.ts';
import type { Params, RequestName, Result } from '../protocol/protocol.ts';

/** What the page knows. A new object with each change. */
export interface PageState {
  snapshot?: Snapshot;
  /** When the snapshot was made, by this machine's clock. */
  receivedAt: number;
  /** Undefined until the host has said either. */
  connected?: boolean;
  /** Why there is no connection, where the host said so. */
  reason?: string;
  /** The job that a notification or a menu wants in view; `nth` tells two such wishes apart. */
  wanted?: { jobId: string; nth: number };
}

/** In the demo Burnrate's time is not the machine's: then it counts from when the snapshot came. */
function madeAt({ at, speed }: Snapshot): number {
  return speed === 1 ? Math.min(at, Date.now()) : Date.now();
}

/** Longer than any deadline of the hosts: it ends a request whose host is gone. */
const LONGEST_MS = 90_000;

/** The page's side of the conversation: the latest state, and requests with their answers. */
export class Session {
  readonly #bridge: Bridge;
  readonly #listeners = new Set<() => void>();
  readonly #waiting = new Map<number, (message: HostToPage) => void>();
  #state: PageState = { receivedAt: 0 };
  #nextId = 1;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    bridge.onMessage((message) => this.#take(message));
    bridge.post({ type: 'ready' });
  }

  get state(): PageState {
    return this.#state;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Rejects with what the collector or the host said, in words for people. */
  request<Name extends RequestName>(name: Name, params: Params<Name>): Promise<Result<Name>> {
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<Result<Name>>();
    const timer = setTimeout(() => {
      this.#waiting.delete(id);
      reject(new Error('Burnrate did not answer in time. Try again.'));
    }, LONGEST_MS);
    this.#waiting.set(id, (message) => {
      clearTimeout(timer);
      this.#waiting.delete(id);
      if (message.type === 'result') resolve(message.result as Result<Name>);
      else if (message.type === 'error') reject(new Error(message.message));
    });
    this.#bridge.post({ type: 'request', id, name, params });
    return promise;
  }

  #take(message: HostToPage): void {
    switch (message.type) {
      case 'result':
      case 'error':
        this.#waiting.get(message.id)?.(message);
        return;
      case 'snapshot':
        this.#change({ snapshot: message.snapshot, receivedAt: madeAt(message.snapshot) });
        return;
      case 'connected': {
        const { reason: _, ...rest } = this.#state;
        this.#state = rest;
        const { connected, reason } = message;
        this.#change({ connected, ...(reason !== undefined && { reason }) });
        return;
      }
      case 'show':
        if (message.jobId !== undefined) {
          const nth = (this.#state.wanted?.nth ?? 0) + 1;
          this.#change({ wanted: { jobId: message.jobId, nth } });
        }
    }
  }

  #change(change: Partial<PageState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
