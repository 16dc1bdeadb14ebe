import { rateAt } from '../metering/attribution.ts';
import { type JobChange, redoFrom, workedTo } from '../metering/facts.ts';
import type { Fleet } from '../metering/identity.ts';
import { jobsByNode } from '../metering/jobs_by_node.ts';
import { type Metered, meter } from '../metering/meter.ts';
import type { Job } from '../model/job.ts';
import type { Node } from '../model/node.ts';
import type { Rate } from '../model/rate.ts';
import { HOUR, type Instant } from '../model/time.ts';
import type { RateChange, Store } from '../store/store.ts';

/** What metering needs to know of the world at one moment. */
export interface LedgerView {
  now: Instant;
  fleet: Fleet;
  /** At least those that run, and those that ended within the last hour. */
  jobs: readonly Job[];
  priceOf: (node: Node) => Rate | undefined;
  /** By node: what its price was since the ledger was last kept. Default: what was known then. */
  pastRates?: ReadonlyMap<string, readonly RateChange[]>;
  /** When the source of this node last reported it. */
  seenAt: (node: Node) => Instant;
  isStale: (node: Node) => boolean;
}

/** How far back the jobs of a view go. */
const VIEW_REACHES_MS = HOUR / 2;

/** Keeps the ledger up to date, node by node, from facts and evidence. */
export class Ledger {
  readonly #store: Store;
  readonly #rates = new Map<string, RateChange[]>();
  readonly #uptime = new Map<string, Metered['uptime']>();
  /** What has changed since the ledger was last kept. */
  readonly #changes = new Map<string, JobChange>();
  /** What names meant when the ledger was last kept. */
  #fleet: Fleet | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Notes that a job is not what it was: what it changes in the past is redone. */
  changed({ before, after }: JobChange): void {
    const known = this.#changes.get(after.id);
    this.#changes.set(after.id, { before: known ? known.before : before, after });
  }

  /**
   * Writes what every node has cost since it was last metered, or since facts changed. Answers
   * the earliest instant whose charges were written; undefined where none were. Call it within
   * the store's transaction; then `kept` where that was committed, else `forget`.
   */
  update(view: LedgerView): Instant | undefined {
    const { now, fleet } = view;
    const changes = this.#allChanges(view);
    const jobs = this.#jobsSince(view);
    let earliest: Instant | undefined;
    const wrote = (from: Instant) => {
      earliest = Math.min(earliest ?? from, from);
    };
    for (const node of fleet.nodes) {
      const { rates, changedAt } = this.#ratesOf(node, view);
      const uptime = this.#uptimeOf(node.id);
      const redo = [redoFrom(node, changes, fleet.resolve, this.#fleet?.resolve), changedAt].filter(
        (at) => at !== undefined,
      );
      const metered = meter({
        node,
        now,
        seenAt: view.seenAt(node),
        stale: view.isStale(node),
        jobs: (since) => jobs(since)(node.id),
        rates,
        resolve: fleet.resolve,
        meteredThrough: this.#store.meteredThrough(node.id),
        // Never through the middle of a charge: its parts would be rounded on their own.
        seam: (at) => this.#store.seam(node.id, at),
        ...(redo.length > 0 && { redoFrom: Math.min(...redo) }),
        ...(uptime && { uptime }),
        // Only of a machine that vanished it is worth looking for.
        workedTo: vanished(node) ? workedTo(node, view.jobs, fleet.resolve) : undefined,
      });
      if (!metered) continue;
      const { interval } = metered;
      if (interval.to > interval.from) {
        this.#store.writeCharges(node.id, interval, metered.charges);
        wrote(interval.from);
      }
      this.#keepUptime(node.id, metered.uptime);
      const counted = metered.uptime[0]?.from;
      if (counted === undefined || rates.length === 0) continue;
      for (const other of fleet.alsoKnownAs.get(node.id) ?? []) {
        if (this.#withdraw(other, counted)) wrote(counted);
      }
    }
    return earliest;
  }

  /** The transaction was committed: what was noted is in the ledger. */
  kept(fleet: Fleet): void {
    this.#changes.clear();
    this.#fleet = fleet;
  }

  /** It was not: what was kept in memory is read again, and what was noted stays to be done. */
  forget(): void {
    this.#rates.clear();
    this.#uptime.clear();
  }

  /** Beside what was noted: the jobs that hold other machines now that more names are known. */
  #allChanges({ fleet, jobs }: LedgerView): JobChange[] {
    const before = this.#fleet;
    if (!before || before === fleet) return [...this.#changes.values()];
    const means = (resolve: Fleet['resolve'], job: Job) =>
      job.shares.map(({ node }) => (resolve(`${job.account}:${node}`) ?? resolve(node))?.id);
    const moved = jobs
      .filter((job) => !this.#changes.has(job.id))
      .filter((job) => String(means(before.resolve, job)) !== String(means(fleet.resolve, job)))
      .map((job) => ({ before: job, after: job }));
    return [...this.#changes.values(), ...moved];
  }

  /** By node. Redoing the past needs the jobs of the past, which the view does not have. */
  #jobsSince({ jobs, now, fleet }: LedgerView) {
    let reach = now - VIEW_REACHES_MS;
    let known = jobsByNode(jobs, fleet.resolve);
    return (since: Instant): typeof known => {
      if (since >= reach) return known;
      const all = new Map(this.#store.jobs(since).map(({ job }) => [job.id, job]));
      for (const job of jobs) all.set(job.id, job);
      reach = since;
      known = jobsByNode([...all.values()], fleet.resolve);
      return known;
    };
  }

  /**
   * The machine has turned out to be another one, by whose id it is metered since `from`: what is
   * in the ledger by this id is the same money again.
   */
  #withdraw(nodeId: string, from: Instant): boolean {
    const through = this.#store.meteredThrough(nodeId);
    if (through === undefined || through <= from) return false;
    this.#store.writeCharges(nodeId, { from, to: through }, []);
    return true;
  }

  /** The node's rates so far, with the one in force now, and since when they are not as before. */
  #ratesOf(
    node: Node,
    { now, priceOf, pastRates }: LedgerView,
  ): { rates: RateChange[]; changedAt: Instant | undefined } {
    const known = this.#rates.get(node.id) ?? this.#store.rates(node.id, { from: 0, to: now + 1 });
    this.#rates.set(node.id, known);
    const rate = priceOf(node);
    const past = pastRates?.get(node.id) ?? [];
    const current = rate ? [{ nodeId: node.id, from: inForceSince(rate, known, now), rate }] : [];
    // What was noted since then is what it seemed to be at that time.
    const all = [...past, ...current].flatMap((change, index, list) => {
      const until = list[index + 1]?.from ?? change.from;
      const noted = known.filter(({ from }) => from > change.from && from < until);
      return [change, ...noted.map(({ from }) => ({ ...change, from }))];
    });
    let rates = known;
    let changedAt: Instant | undefined;
    for (const change of all) {
      if (isSame(rateAt(rates, change.from)?.rate, change.rate)) continue;
      this.#store.saveRate(change);
      // After a step back of the clock, later ones were noted already.
      rates = [...rates.filter(({ from }) => from !== change.from), change].sort(
        (a, b) => a.from - b.from,
      );
      // The first one also holds for the time before it.
      changedAt ??= change.from === known[0]?.from ? 0 : change.from;
    }
    this.#rates.set(node.id, rates);
    return { rates, changedAt };
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
}

/** It is no longer listed, and nobody said when it ended. */
function vanished({ state, endedAt }: Node): boolean {
  return state === 'ended' && endedAt === undefined;
}

/**
 * A price of the catalogue stands in until the provider itself has named one: that one was the
 * price all along.
 */
function inForceSince(rate: Rate, known: readonly RateChange[], now: Instant): Instant {
  const last = rateAt(known, now);
  return last && isStandIn(last.rate) && !isStandIn(rate) ? Math.min(last.from, now) : now;
}

function isStandIn({ basis }: Rate): boolean {
  return /\bcatalogue, \d{4}-/.test(basis);
}

/** When it was read is of no matter for the ledger. */
function isSame(a: Rate | undefined, b: Rate): boolean {
  return a?.microsPerHour === b.microsPerHour && a.provenance === b.provenance;
}
