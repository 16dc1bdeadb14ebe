import type { Fleet } from '../metering/identity.ts';
import type { Account } from '../model/account.ts';
import type { Clock, Instant } from '../model/time.ts';
import type { PriceBook } from '../pricing/book.ts';
import { admit, failureOf } from './border.ts';
import { Inbox } from './inbox.ts';
import type { Answer } from './lane.ts';
import type { Ledger } from './ledger.ts';
import { News } from './news.ts';
import type { TrafficMeter } from './traffic.ts';
import { Witnesses } from './witnesses.ts';
import type { World } from './world.ts';

export interface IntakeOptions {
  clock: Clock;
  world: World;
  book: PriceBook;
  ledger: Ledger;
  traffic: TrafficMeter;
  /** The machines as the last tick told them apart. */
  fleet: () => Fleet;
  /** Whether there is trouble with a job that will be said if it lasts. */
  hasSuspect: () => boolean;
}

/**
 * Takes in what accounts answer between two ticks: facts go to the world, prices to the book, and
 * what is to be stored waits in the inbox. Remembers who tells of what.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #witnesses = new Witnesses();
  readonly news = new News();
  #inbox = new Inbox();
  #factsChanged = true;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** What waits for the next tick. */
  get inbox(): Inbox {
    return this.#inbox;
  }

  /** Whether facts came in, that only metering makes figures of. */
  get factsChanged(): boolean {
    return this.#factsChanged;
  }

  /** Facts changed that no account told of, or the last tick could not meter them. */
  meterAgain(): void {
    this.#factsChanged = true;
  }

  /** A tick has stored what waited, and, where it metered, made figures of the facts. */
  stored(metered: boolean, now: Instant): void {
    this.#inbox = new Inbox();
    if (!metered) return;
    this.#factsChanged = false;
    this.#witnesses.forget(now);
    this.news.forget(now);
  }

  /**
   * Takes in what an account answered. The figures follow with the next tick; the result says
   * whether that tick should come at once, or the answer said no more than the one before.
   */
  take(account: Account, answer: Answer): boolean {
    const { world, clock, book, ledger, traffic } = this.#options;
    const { resolve } = this.#options.fleet();
    const state = world.account(account);
    const at = clock.now();
    if (answer.costMicros > 0) {
      this.#inbox.spent.push({ account: account.id, at, micros: answer.costMicros });
    }
    const observation = answer.observation && admit(account.id, answer.observation);
    const error = answer.failure ?? observation?.partial?.[0];
    const failure = error && failureOf(error, at);
    let news = false;
    for (const what of answer.what) {
      news ||= state.failures.get(what)?.message !== failure?.message;
      news ||= observation !== undefined && !state.answeredAt.has(what);
      if (failure) state.failures.set(what, failure);
      else state.failures.delete(what);
      if (observation) state.answeredAt.set(what, at);
    }
    if (!observation) return news;
    if (answer.what.has('leftovers')) {
      world.leftovers.heard(account.id, observation.leftovers, !observation.partial);
    }
    const change = world.observe(account.id, observation, answer.askedAt, resolve);
    for (const node of change.nodes) this.#inbox.nodes.add(node.id);
    for (const job of change.jobs) {
      this.#inbox.jobs.add(job.after.id);
      ledger.changed(job);
    }
    if (change.nodes.length > 0 || change.jobs.length > 0) {
      this.#factsChanged = true;
      this.news.startOver();
    }
    const samples = this.#witnesses.heard(
      account.id,
      observation.samples ?? [],
      ({ node }) => resolve(node)?.id ?? node,
    );
    this.#inbox.samples.push(...samples);
    for (const progress of observation.progress ?? []) {
      this.#inbox.progress.push({ account: account.id, progress });
    }
    for (const reading of observation.traffic ?? []) {
      const node = resolve(reading.node);
      if (node) traffic.take(account.id, node.id, reading);
    }
    traffic.takeBuckets(account.id, observation.buckets ?? []);
    if (observation.quotes && observation.quotes.length > 0) {
      book.learn(observation.quotes);
      this.#inbox.quotes.push(...observation.quotes);
      this.#factsChanged = true;
    }
    const { leftovers = [], buckets = [] } = observation;
    news ||= leftovers.length + buckets.length > 0;
    news = this.news.hears(samples) || news || this.#factsChanged;
    // Where something may be amiss, each reading counts.
    return news || this.#options.hasSuspect();
  }

  /** Every name of the machines whose GPUs other accounts than this one tell of. */
  toldByOthers(account: string): ReadonlySet<string> {
    return this.#namesOf(this.#witnesses.toldByOthers(account, this.#options.clock.now()));
  }

  /** The same of those whose traffic others tell of. */
  trafficToldByOthers(account: string): ReadonlySet<string> {
    const { traffic, clock } = this.#options;
    return this.#namesOf(traffic.toldByOthers(account, clock.now()));
  }

  #namesOf(places: ReadonlySet<string>): ReadonlySet<string> {
    const fleet = this.#options.fleet();
    return new Set(
      [...places].flatMap((place) => {
        const node = fleet.resolve(place);
        if (!node) return [place];
        return [node.id, ...(fleet.alsoKnownAs.get(node.id) ?? []), ...node.aliases];
      }),
    );
  }
}
