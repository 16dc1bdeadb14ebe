import type { Snapshot } from '../model/snapshot.ts';
import type { Pulse } from './metrics/pulse.ts';

/** A machine where nothing is found is ready, too, once the search must be over. Real time. */
const SEARCH_MS = 30_000;

/** Whether the figures say something yet. Once it is so, it stays so: faces show what is stale. */
export class Readiness {
  readonly #snapshot: () => Snapshot;
  readonly #pulse: Pick<Pulse, 'ticks'>;
  readonly #now: () => number;
  readonly #since: number;
  #reached = false;

  constructor(
    snapshot: () => Snapshot,
    pulse: Pick<Pulse, 'ticks'>,
    now: () => number = () => performance.now(),
  ) {
    this.#snapshot = snapshot;
    this.#pulse = pulse;
    this.#now = now;
    this.#since = now();
  }

  /** True once every account that was found has answered or failed, and that has been metered. */
  reached(): boolean {
    if (this.#reached) return true;
    if (this.#pulse.ticks === 0) return false;
    const { accounts } = this.#snapshot();
    this.#reached =
      accounts.length > 0
        ? accounts.every(({ state }) => state !== 'starting')
        : this.#now() - this.#since > SEARCH_MS;
    return this.#reached;
  }
}
