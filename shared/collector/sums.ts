import { IDLE } from '../model/charge.ts';
import type { Micros } from '../model/money.ts';
import { addFigures, type Figure, NOTHING } from '../model/rate.ts';
import { HOUR, type Instant, startOfLocalDay, startOfLocalMonth } from '../model/time.ts';
import type { Store } from '../store/store.ts';

/**
 * The ledger's sums that every snapshot shows. What lies before today, and the idle cost of the
 * hours before this one, is read once and again only when the ledger there was redone.
 */
export class Sums {
  readonly #store: Store;
  #day: Instant | undefined;
  #before = new Map<string, Figure>();
  /** The part of it that lies in this month. */
  #monthBefore = new Map<string, Figure>();
  #today = new Map<string, Figure>();
  #hour: Instant | undefined;
  #idleBefore = new Map<string, Figure>();
  #idle = new Map<string, Figure>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Reads the sums anew. `writtenFrom` is the earliest instant at which the ledger has changed. */
  refresh(now: Instant, writtenFrom: Instant | undefined): void {
    const day = startOfLocalDay(now);
    const hour = Math.max(day, Math.floor(now / HOUR) * HOUR);
    const changed = writtenFrom ?? now;
    const end = now + 1;
    if (this.#day !== day || changed < day) {
      this.#before = this.#store.totals({ from: 0, to: day });
      this.#monthBefore = this.#store.totals({ from: startOfLocalMonth(now), to: day });
      this.#day = day;
      this.#hour = undefined;
    }
    if (this.#hour !== hour || changed < hour) {
      this.#idleBefore = this.#store.idleTotals({ from: day, to: hour });
      this.#hour = hour;
    }
    this.#today = this.#store.totals({ from: day, to: end });
    this.#idle = this.#store.idleTotals({ from: hour, to: end });
  }

  today(jobId: string): Figure {
    return this.#today.get(jobId) ?? NOTHING;
  }

  total(jobId: string): Figure {
    return addFigures([this.#before.get(jobId) ?? NOTHING, this.today(jobId)]);
  }

  /** What each job has cost over a span that ends now, in micro-dollars. */
  spent(span: 'day' | 'month' | 'ever'): Map<string, Micros> {
    const spent = new Map<string, Micros>();
    const before = { day: [], month: this.#monthBefore, ever: this.#before }[span];
    for (const figures of [before, this.#today]) {
      for (const [jobId, { micros }] of figures) spent.set(jobId, (spent.get(jobId) ?? 0) + micros);
    }
    return spent;
  }

  /** Today, over the jobs and the idle nodes that are mine. */
  mineToday(isMyJob: (jobId: string) => boolean, isMyNode: (nodeId: string) => boolean): Figure {
    const jobs = [...this.#today].filter(([id]) => id !== IDLE && isMyJob(id));
    const idle = [...this.#idleBefore, ...this.#idle].filter(([id]) => isMyNode(id));
    return addFigures([...jobs, ...idle].map(([, figure]) => figure));
  }
}
