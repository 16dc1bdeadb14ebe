import type { Account, Failure } from '../model/account.ts';
import type { Job } from '../model/job.ts';
import type { Node } from '../model/node.ts';
import type { Instant } from '../model/time.ts';
import type { Observable, Observation } from '../sources/source.ts';

/** Something as it was last seen, and when. */
export interface SeenNode {
  node: Node;
  seenAt: Instant;
}
export interface SeenJob {
  job: Job;
  seenAt: Instant;
}

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
  jobs: Job[];
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

  /** Takes up what an earlier run of the collector had seen. */
  restore(nodes: readonly SeenNode[], jobs: readonly SeenJob[]): void {
    for (const seen of nodes) this.nodes.set(seen.node.id, seen);
    for (const seen of jobs) this.jobs.set(seen.job.id, seen);
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
   * `askedAt` is when it was asked: what began later cannot be missing from the answer.
   */
  observe(accountId: string, observation: Observation, askedAt: Instant): Change {
    const { at } = observation;
    const complete = (observation.partial ?? []).length === 0;
    const change: Change = { nodes: [], jobs: [] };
    for (const node of observation.nodes ?? []) {
      if (differs(this.nodes.get(node.id)?.node, node)) change.nodes.push(node);
      this.nodes.set(node.id, { node, seenAt: at });
    }
    for (const job of observation.jobs ?? []) {
      if (differs(this.jobs.get(job.id)?.job, job)) change.jobs.push(job);
      this.jobs.set(job.id, { job, seenAt: at });
    }
    if (!complete) return change;
    const gone = (thing: Node | Job, seenAt: Instant) =>
      thing.account === accountId && thing.state !== 'ended' && seenAt < Math.min(askedAt, at);
    if (observation.nodes) {
      for (const { node, seenAt } of this.nodes.values()) {
        if (!gone(node, seenAt)) continue;
        // When it ended nobody said: metering closes its run at the last sight of it.
        const ended: Node = { ...node, state: 'ended' };
        this.nodes.set(node.id, { node: ended, seenAt });
        change.nodes.push(ended);
      }
    }
    if (observation.jobs) {
      for (const { job, seenAt } of this.jobs.values()) {
        if (!gone(job, seenAt)) continue;
        const ended: Job = { ...job, state: 'ended', endedAt: job.endedAt ?? seenAt };
        this.jobs.set(job.id, { job: ended, seenAt: at });
        change.jobs.push(ended);
      }
    }
    return change;
  }

  /** Forgets what has ended and is no longer listed for an hour; the store keeps it. */
  forget(now: Instant): void {
    const before = now - REMEMBER_ENDED_MS;
    for (const [id, { node, seenAt }] of this.nodes) {
      if (node.state === 'ended' && seenAt < before) this.nodes.delete(id);
    }
    for (const [id, { job, seenAt }] of this.jobs) {
      if (job.state === 'ended' && seenAt < before) this.jobs.delete(id);
    }
  }

  /** Whether anything of this account still runs, as far as is known. */
  holds(accountId: string): boolean {
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
