import type { Fleet } from '../metering/identity.ts';
import { type Metered, meter } from '../metering/meter.ts';
import type { Job } from '../model/job.ts';
import type { Node } from '../model/node.ts';
import type { Rate } from '../model/rate.ts';
import type { Instant } from '../model/time.ts';
import type { RateChange, Store } from '../store/store.ts';

/** What metering needs to know of the world at one moment. */
export interface LedgerView {
  now: Instant;
  fleet: Fleet;
  jobs: readonly Job[];
  priceOf: (node: Node) => Rate | undefined;
  /** When the source of this node last reported it. */
  seenAt: (node: Node) => Instant;
  isStale: (node: Node) => boolean;
}

/** Keeps the ledger up to date, node by node, from facts and evidence. */
export class Ledger {
  readonly #store: Store;
  readonly #rates = new Map<string, RateChange[]>();
  readonly #uptime = new Map<string, Metered['uptime']>();
  #redoFrom: Instant | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Notes that facts of the past have changed: the ledger is redone from there on. */
  changedFrom(instant: Instant): void {
    this.#redoFrom = Math.min(this.#redoFrom ?? instant, instant);
  }

  /**
   * Writes what every node has cost since it was last metered, or since facts changed. Answers
   * the earliest instant whose charges were written; undefined where none were. Call it within
   * the store's transaction; where that fails, call `forget`.
   */
  update(view: LedgerView): Instant | undefined {
    const redoFrom = this.#redoFrom;
    const jobs = redoFrom === undefined ? view.jobs : this.#withOlder(view.jobs, redoFrom);
    let earliest: Instant | undefined;
    for (const node of view.fleet.nodes) {
      const rates = this.#ratesOf(node, view);
      const uptime = this.#uptimeOf(node.id);
      const metered = meter({
        node,
        now: view.now,
        seenAt: view.seenAt(node),
        stale: view.isStale(node),
        jobs,
        rates,
        resolve: view.fleet.resolve,
        meteredThrough: this.#store.meteredThrough(node.id),
        // Never through the middle of a charge: its parts would be rounded on their own.
        ...(redoFrom !== undefined && { redoFrom: this.#store.seam(node.id, redoFrom) }),
        ...(uptime && { uptime }),
      });
      if (!metered) continue;
      const { interval } = metered;
      if (interval.to > interval.from) {
        this.#store.writeCharges(node.id, interval, metered.charges);
        earliest = Math.min(earliest ?? interval.from, interval.from);
      }
      this.#keepUptime(node.id, metered.uptime);
    }
    this.#redoFrom = undefined;
    return earliest;
  }

  /** Drops what was kept in memory, after a transaction that was not committed. */
  forget(redoFrom: Instant): void {
    this.#rates.clear();
    this.#uptime.clear();
    this.changedFrom(redoFrom);
  }

  /** The node's rates so far, with the one in force now. */
  #ratesOf(node: Node, { now, priceOf }: LedgerView): RateChange[] {
    let rates = this.#rates.get(node.id);
    if (!rates) {
      rates = this.#store.rates(node.id, { from: 0, to: now + 1 });
      this.#rates.set(node.id, rates);
    }
    const rate = priceOf(node);
    if (rate && !isSame(rates.at(-1)?.rate, rate)) {
      const change = { nodeId: node.id, from: now, rate };
      this.#store.saveRate(change);
      rates = [...rates.filter(({ from }) => from !== now), change];
      this.#rates.set(node.id, rates);
    }
    return rates;
  }

  #uptimeOf(nodeId: string): Metered['uptime'] | undefined {
    const known = this.#uptime.get(nodeId) ?? this.#store.uptime(nodeId);
    if (known) this.#uptime.set(nodeId, known);
    return known;
  }

  #keepUptime(nodeId: string, uptime: Metered['uptime']): void {
    this.#store.saveUptime(nodeId, uptime);
    this.#uptime.set(nodeId, uptime);
  }

  /** Redoing the past needs the jobs of the past, which the world has forgotten. */
  #withOlder(jobs: readonly Job[], since: Instant): Job[] {
    const all = new Map(this.#store.jobs(since).map(({ job }) => [job.id, job]));
    for (const job of jobs) all.set(job.id, job);
    return [...all.values()];
  }
}

/** When it was read is of no matter for the ledger. */
function isSame(a: Rate | undefined, b: Rate): boolean {
  return a?.microsPerHour === b.microsPerHour && a.provenance === b.provenance;
}
