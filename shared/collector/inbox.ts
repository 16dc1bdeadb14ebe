import type { Micros } from '../model/money.ts';
import type { Quote } from '../model/rate.ts';
import type { Sample } from '../model/sample.ts';
import type { Instant } from '../model/time.ts';
import type { Store } from '../store/store.ts';
import type { HeardProgress } from './economics.ts';
import type { World } from './world.ts';

/** Readings that cannot be stored for want of disk are kept this far, the oldest dropped first. */
const MAX_WAITING_SAMPLES = 50_000;

/** What has come in since the last tick. */
export class Inbox {
  readonly nodes = new Set<string>();
  readonly jobs = new Set<string>();
  samples: Sample[] = [];
  progress: HeardProgress[] = [];
  readonly quotes: Quote[] = [];
  readonly spent: { account: string; at: Instant; micros: Micros }[] = [];

  /** Keeps the facts of the world: each minute all, for the time they were last seen; else what has changed. */
  store(store: Store, { nodes, jobs }: Pick<World, 'nodes' | 'jobs'>, all: boolean): void {
    const seenNodes = [...nodes.values()].filter(({ node }) => all || this.nodes.has(node.id));
    for (const [at, seen] of Map.groupBy(seenNodes, ({ seenAt }) => seenAt))
      store.saveNodes(
        seen.map(({ node }) => node),
        at,
      );
    const seenJobs = [...jobs.values()].filter(({ job }) => all || this.jobs.has(job.id));
    for (const [at, seen] of Map.groupBy(seenJobs, ({ seenAt }) => seenAt))
      store.saveJobs(
        seen.map(({ job }) => job),
        at,
      );
    if (this.quotes.length > 0) store.saveQuotes(this.quotes);
    for (const { account, at, micros } of this.spent) store.addApiCost(account, at, micros);
  }

  /** It could not be kept: it waits for the next tick, and what would grow without end is cut. */
  wait(): void {
    this.samples.splice(0, this.samples.length - MAX_WAITING_SAMPLES);
    // What they counted was taken in before it could not be kept.
    this.progress = [];
  }
}
