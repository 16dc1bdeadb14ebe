import { createHash } from 'node:crypto';
import type { Clock, Instant } from '../../model/time.ts';
import type { Endpoint } from './endpoint.ts';

/**
 * What falls due within so long is asked together: each waking costs, too. With steps of 50 ms a
 * thousand exporters took 7 % more CPU, and asked as fast as they answer a tenth less.
 */
const STEP_MS = 200;

/**
 * The part of a round, 0 to 1, at which each exporter's turn comes: the same in each round, and
 * evenly apart. In the order of the names' hashes, so that neighbours in a list (the machines of
 * one rack, the ports of one machine) are asked at different times.
 */
export function phasesOf(endpoints: readonly Endpoint[]): ReadonlyMap<Endpoint, number> {
  const hashes = new Map(
    endpoints.map((one) => [one, createHash('sha256').update(one.url).digest('hex')]),
  );
  const order = [...hashes].sort(([, a], [, b]) => (a < b ? -1 : Number(a > b)));
  return new Map(order.map(([endpoint], rank) => [endpoint, rank / order.length]));
}

/** One round, from its beginning on: says when whose turn has come. */
export class Round {
  readonly #clock: Clock;
  readonly #from: Instant;
  readonly #spanMs: number;

  /** `spanMs`: how long it is, in the clock's time; with 0 it is everybody's turn at once. */
  constructor(clock: Clock, spanMs: number) {
    this.#clock = clock;
    this.#from = clock.now();
    this.#spanMs = spanMs;
  }

  /** Resolves when the turn at this part of the round has come, or the signal aborts. */
  async turn(phase: number, signal: AbortSignal): Promise<void> {
    const due = Math.floor((phase * this.#spanMs) / STEP_MS) * STEP_MS;
    const wait = due - (this.#clock.now() - this.#from);
    // A clock that was set back must not make the round any longer than it is.
    if (wait <= 0 || wait > this.#spanMs || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(wait, () => {
        signal.removeEventListener('abort', stop);
        resolve();
      });
      const stop = () => {
        cancel();
        resolve();
      };
      signal.addEventListener('abort', stop, { once: true });
    });
  }
}
