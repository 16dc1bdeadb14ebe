import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pRetry from 'p-retry';
import type { ChannelSettings } from '../config/notify.ts';
import type { Alert } from '../model/alert.ts';
import type { Clock } from '../model/time.ts';
import type { HttpClient } from '../sources/http.ts';
import type { Address } from './address.ts';
import { bodyFor } from './body.ts';
import { type Message, planFor } from './plan.ts';
import { type Post, PostFailure, post } from './post.ts';

export interface ChannelOptions {
  settings: ChannelSettings;
  address: Address;
  http: HttpClient;
  clock: Clock;
  alerts: () => readonly Alert[];
  /** Notes what was told, durably: it is not told again. */
  told: (ids: readonly string[], channel: string, event: Message['event']) => void;
  /** What is wrong with the channel; undefined where nothing is any more. */
  onState: (failure: PostFailure | undefined) => void;
  /** Real time before the second try, which doubles. Default: 2 s. */
  firstRetryMs?: number;
}

const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 5 * 60_000;
const FAREWELL_MS = 400;

/**
 * Tells one address of the alerts, a message at a time. Every try looks at the alerts anew: while
 * an address is away, what piles up becomes a digest, and what is over is left out.
 */
export class Channel {
  readonly #options: ChannelOptions;
  readonly #ended = new AbortController();
  /** Cuts off the message under way. */
  readonly #cut = new AbortController();
  #cancelTimer = () => {};
  #busy: Promise<void> | undefined;

  constructor(options: ChannelOptions) {
    this.#options = options;
  }

  /** Looks through the alerts. Never waits: what is to be sent is sent meanwhile. */
  review(): void {
    if (this.#busy || this.#ended.signal.aborted) return;
    this.#cancelTimer();
    const { clock } = this.#options;
    const { message, againAt } = this.#plan();
    if (message) {
      this.#busy = this.#deliver().finally(() => {
        this.#busy = undefined;
        this.review();
      });
    } else if (againAt !== undefined)
      this.#cancelTimer = clock.after(againAt - clock.now(), () => this.review());
  }

  /** Ends it. A message under way has a moment to arrive; else the next collector sends it. */
  async close(): Promise<void> {
    this.#cancelTimer();
    this.#ended.abort();
    const timer = setTimeout(() => this.#cut.abort(), FAREWELL_MS);
    await this.#busy;
    clearTimeout(timer);
  }

  #plan() {
    const { settings, alerts, clock } = this.#options;
    return planFor(settings, alerts(), clock.now());
  }

  async #deliver(): Promise<void> {
    const { signal } = this.#ended;
    const { onState, firstRetryMs = FIRST_RETRY_MS } = this.#options;
    try {
      await pRetry(() => this.#try(), {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: firstRetryMs,
        maxTimeout: LONGEST_RETRY_MS,
        randomize: true,
        signal,
        shouldRetry: ({ error }) => error instanceof PostFailure,
        onFailedAttempt: async ({ error, retryDelay }) => {
          if (!(error instanceof PostFailure)) return;
          onState(error);
          const more = error.waitMs - retryDelay;
          if (more > 0) await pause(more, undefined, { signal });
        },
      });
    } catch (error) {
      if (signal.aborted) return;
      // Such as a full disk: it is tried again, but not at once, as the message may have arrived.
      onState(new PostFailure(`Burnrate itself failed: ${(error as Error).message}`));
      await pause(LONGEST_RETRY_MS, undefined, { signal }).catch(() => {
        // It ends: nothing is left to wait for.
      });
    }
  }

  /** Sends what is to be told as things are now, if there still is anything. */
  async #try(): Promise<void> {
    const { message } = this.#plan();
    if (!message) return;
    const { settings, address, http, clock, told, onState } = this.#options;
    const ids = message.alerts.map(({ id }) => id);
    const sent: Post = {
      address,
      body: bodyFor(address, message, clock.now()),
      key: keyOf(settings.name, message.event, ids),
      signal: this.#cut.signal,
    };
    await post(http, sent);
    told(ids, settings.name, message.event);
    onState(undefined);
  }
}

function keyOf(channel: string, event: string, ids: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([channel, event, ...ids]))
    .digest('hex')
    .slice(0, 32);
}
