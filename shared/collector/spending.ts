import { type Clock, startOfLocalDay } from '../model/time.ts';
import type { Store } from '../store/store.ts';

/** A provider's paid questions of one account may cost this much a day. */
const DAILY_CEILING_MICROS = 1_000_000;

/** What Burnrate's own questions cost, and whether another one may be asked. */
export class Spending {
  readonly #store: Pick<Store, 'apiCost'>;
  readonly #clock: Clock;

  constructor(store: Pick<Store, 'apiCost'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  today(account: string): number {
    const now = this.#clock.now();
    return this.#store.apiCost(account, { from: startOfLocalDay(now), to: now + 1 });
  }

  allows(account: string, micros: number): boolean {
    return micros === 0 || this.today(account) + micros <= DAILY_CEILING_MICROS;
  }
}
