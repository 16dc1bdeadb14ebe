import { gone, type JobChange, type KnownJob, remember } from '../metering/facts.ts';
import type { Fleet } from '../metering/identity.ts';
import type { Account, Failure } from '../model/account.ts';
import type { Node } from '../model/node.ts';
import type { Instant } from '../model/time.ts';
import { type Observable, type Observation, SourceError } from '../sources/source.ts';
import { failureOf } from './border.ts';
import { Leftovers } from './leftovers.ts';

/** Something as it was last seen, and when. */
export interface SeenNode {
  node: Node;
  seenAt: Instant;
}
export type SeenJob = KnownJob;

/** What is known of an account's answers. */
export interface AccountState {
  account: Account;
  /** When each observable was last answered. */
  answeredAt: Map<Observable, Instant>;
  /** The failure of each observable that failed last time. */
  failures: Map<Observable, Failure>;
}

/** The difference that one observation made. */
export interface Change {
  nodes: Node[];
  jobs: JobChange[];
}

/** How long what has ended stays in sight. */
const REMEMBER_ENDED_MS = 60 * 60_000;

/**
 * The world as last observed. A missing answer changes nothing: what was running runs on, with
 * the time it was last seen. Only a complete answer that lacks a thing ends it.
 */
export class World {
  readonly accounts = new Map<string, AccountState>();
  readonly nodes = new Map<string, SeenNode>();
  readonly jobs = new Map<string, SeenJob>();
  readonly leftovers = new Leftovers();
  /** Every name that a node in sight has had: a machine that has ended is told without its own. */
  readonly #names = new Map<string, Set<string>>();
  /** Ended and out of sight, for the case that their source lists them still. */
  #past = new Map<string, SeenJob>();

  /** Takes up what an earlier run of the collector had seen; `past` jobs stay out of sight. */
  restore(
    nodes: readonly SeenNode[],
    jobs: readonly SeenJob[],
    past: readonly SeenJob[] = [],
  ): void {
    this.#past = new Map(past.map((seen) => [seen.job.id, seen]));
    for (const seen of nodes) {
      this.nodes.set(seen.node.id, seen);
      this.#learnNames(seen.node);
    }
    for (const seen of jobs) this.jobs.set(seen.job.id, seen);
  }

  /** Whether jobs of mine go on, as far as anything was heard of them since then. */
  hasMyJobs(since: Instant): boolean {
    return [...this.jobs.values()].some(
      ({ job, seenAt }) => job.mine && job.state !== 'ended' && seenAt > since,
    );
  }

  /** The account's state, made where it is new. */
  account(account: Account): AccountState {
    const known = this.accounts.get(account.id);
    if (known) {
      known.account = account;
      return known;
    }
    const state: AccountState = { account, answeredAt: new Map(), failures: new Map() };
    this.accounts.set(account.id, state);
    return state;
  }

  /**
   * Takes in what an account showed. Lists that came `partial` say nothing about what they lack.
   * `askedAt` is when it was asked: what began later cannot be missing from the answer. `resolve`
   * says which machines the names of shares mean now.
   */
  observe(
    accountId: string,
    observation: Observation,
    askedAt: Instant,
    resolve: Fleet['resolve'] = () => undefined,
  ): Change {
    const { at } = observation;
    const complete = (observation.partial ?? []).length === 0;
    const change: Change = { nodes: [], jobs: [] };
    for (const node of observation.nodes ?? []) {
      if (differs(this.nodes.get(node.id)?.node, node)) change.nodes.push(node);
      this.nodes.set(node.id, { node, seenAt: at });
      this.#learnNames(node);
    }
    for (const job of observation.jobs ?? []) {
      const before = this.jobs.get(job.id) ?? this.#past.get(job.id);
      const after = remember(before, job, at, resolve);
      if (differs(before?.job, after)) change.jobs.push({ before: before?.job, after });
      this.jobs.set(job.id, { job: after, seenAt: at });
    }
    if (!complete) return change;
    const isGone = (thing: { account: string; state: string }, seenAt: Instant) =>
      thing.account === accountId &&
      thing.state !== 'ended' &&
      // Seen later than now: the clock has been set back since.
      (seenAt < Math.min(askedAt, at) || seenAt > at);
    if (observation.nodes) {
      for (const { node, seenAt } of this.nodes.values()) {
        if (!isGone(node, seenAt)) continue;
        // When it ended nobody said: metering closes its run at the last sight of it.
        const ended: Node = { ...node, state: 'ended' };
        this.nodes.set(node.id, { node: ended, seenAt });
        change.nodes.push(ended);
      }
    }
    if (observation.jobs) {
      for (const { job, seenAt } of this.jobs.values()) {
        if (!isGone(job, seenAt)) continue;
        const after = gone(job, seenAt);
        this.jobs.set(job.id, { job: after, seenAt: at });
        change.jobs.push({ before: job, after });
      }
    }
    return change;
  }

  /** Forgets what has ended and is no longer listed for an hour; the store keeps it. */
  forget(now: Instant): void {
    const before = now - REMEMBER_ENDED_MS;
    for (const [id, { node, seenAt }] of this.nodes) {
      if (node.state !== 'ended' || seenAt >= before) continue;
      this.nodes.delete(id);
      this.#names.delete(id);
    }
    for (const [id, { job, seenAt }] of this.jobs) {
      if (job.state === 'ended' && seenAt < before) this.jobs.delete(id);
    }
  }

  /** The names of machines in sight that do not run, unless another one has the name now. */
  stopped(): ReadonlySet<string> {
    const names = new Set<string>();
    const nodes = [...this.nodes.values()].map(({ node }) => node);
    for (const { id, state } of nodes) {
      if (state === 'running' || state === 'starting') continue;
      for (const name of this.#names.get(id) ?? []) names.add(name);
    }
    for (const { state, aliases } of nodes) {
      if (state === 'running' || state === 'starting')
        for (const name of aliases) names.delete(name);
    }
    return names;
  }

  #learnNames({ id, aliases }: Node): void {
    const names = this.#names.get(id) ?? new Set([id]);
    for (const name of aliases) names.add(name);
    this.#names.set(id, names);
  }

  /** An answer could not be taken in: a defect of ours, which is shown as a failure. */
  reject(account: Account, what: Iterable<Observable>, cause: unknown, at: Instant): void {
    const failure = new SourceError('malformed', {
      account: account.id,
      message: `its answer could not be taken in: ${(cause as Error).message}`,
      remedy: 'Update Burnrate; where it stays, report this message.',
      cause,
    });
    const { failures } = this.account(account);
    for (const one of what) failures.set(one, failureOf(failure, at));
  }

  /** An account is no longer found. What ran on it is taken to run on, and said to be stale. */
  lose(account: Account, at: Instant): void {
    this.leftovers.lose(account.id);
    if (!this.#holds(account.id)) {
      this.accounts.delete(account.id);
      return;
    }
    const failure = new SourceError('not-configured', {
      account: account.id,
      message: `no longer found (it was in ${account.foundIn})`,
      remedy: 'Configure it again, so that Burnrate can see when its machines end.',
    });
    this.account(account).failures.set('nodes', failureOf(failure, at));
  }

  /** Whether anything of this account still runs, as far as is known. */
  #holds(accountId: string): boolean {
    for (const { node } of this.nodes.values()) {
      if (node.account === accountId && node.state !== 'ended') return true;
    }
    for (const { job } of this.jobs.values()) {
      if (job.account === accountId && job.state !== 'ended') return true;
    }
    return false;
  }
}

/** Both come from JSON-like data with stable key order; an order that changes costs one write. */
function differs(before: unknown, after: unknown): boolean {
  return before === undefined || JSON.stringify(before) !== JSON.stringify(after);
}
