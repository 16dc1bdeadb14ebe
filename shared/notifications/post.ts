import type { HttpClient } from '../sources/http.ts';
import { networkFailure } from '../sources/network_failure.ts';
import { retryAfterMs } from '../sources/retry_after.ts';
import type { Address } from './address.ts';

/** A message that was not taken: why, in words without any secret. */
export class PostFailure extends Error {
  /** The least time to wait before the next try. Real time. */
  readonly waitMs: number;
  /** Whether the address itself is probably to blame. */
  readonly refused: boolean;

  constructor(happened: string, { waitMs = 0, refused = false } = {}) {
    super(happened);
    this.name = 'PostFailure';
    this.waitMs = waitMs;
    this.refused = refused;
  }
}

/** An answer must come within this time. Real time. */
const DEADLINE_MS = 10_000;
/** An address that refuses is tried again this much later: somebody has to mend it first. */
const REFUSED_WAIT_MS = 10 * 60_000;
/** Nobody is waited for longer than that. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

export interface Post {
  address: Address;
  body: unknown;
  /** The same for every try of one message, for receivers that heed it. */
  key: string;
  signal: AbortSignal;
}

/** Sends one message as JSON, once. Rejects with a PostFailure unless the answer is a success. */
export async function post(http: HttpClient, { address, body, key, signal }: Post): Promise<void> {
  const text = JSON.stringify(body);
  const { statusCode = 0, headers } = await ask();
  if (statusCode >= 200 && statusCode < 300) return;
  const waitMs = Math.min(LONGEST_WAIT_MS, retryAfterMs(headers['retry-after'], Date.now()) ?? 0);
  if (statusCode === 429) throw new PostFailure('the address asks to wait (429)', { waitMs });
  const happened = `the address answered ${statusCode}`;
  if (statusCode >= 500 || statusCode === 408) throw new PostFailure(happened, { waitMs });
  throw new PostFailure(happened, {
    waitMs: Math.max(waitMs, REFUSED_WAIT_MS),
    refused: true,
  });

  async function ask() {
    try {
      const answer = await http.ask(address.url, {
        method: 'POST',
        headers: {
          ...address.headers,
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(text)),
          'user-agent': 'burnrate',
          'idempotency-key': key,
        },
        body: text,
        signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
      });
      // What else it says does not matter; where that never ends, the deadline ends it.
      answer.on('error', () => {}).resume();
      return answer;
    } catch (error) {
      // The error itself may hold the address and the headers.
      const { code } = error as NodeJS.ErrnoException;
      const { happened } = networkFailure(error);
      const why =
        error instanceof Error && happened === error.message ? (code ?? error.name) : happened;
      throw new PostFailure(`the address cannot be reached: ${why}`);
    }
  }
}
