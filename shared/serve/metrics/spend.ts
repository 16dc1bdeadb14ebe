import { MICROS_PER_DOLLAR } from '../../model/money.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { counter, type Family, Points } from './family.ts';
import { OTHER } from './jobs.ts';

/**
 * Counts what jobs have come to cost while this process has watched, by account and owner. A bill
 * that corrects a job downwards takes nothing back, for a counter must not fall: until the job has
 * cost as much again, nothing is added.
 */
export class Spend {
  /** The most that each job in sight has cost, in micro-dollars. */
  #highest: Map<string, number> | undefined;
  readonly #counts = new Map<string, { account: string; owner: string; micros: number }>();

  /** Takes in what jobs cost now. What they had cost when first looked at is the past. */
  look({ jobs }: Pick<Snapshot, 'jobs'>, most: number): void {
    const before = this.#highest;
    this.#highest = new Map();
    for (const { id, account, owner = '', total } of jobs) {
      const from = before ? (before.get(id) ?? 0) : total.micros;
      const highest = Math.max(from, total.micros);
      this.#highest.set(id, highest);
      this.#countOf(account, owner, most).micros += highest - from;
    }
  }

  family(): Family {
    const points = new Points();
    for (const { account, owner, micros } of this.#counts.values()) {
      points.add({ account, owner }, micros / MICROS_PER_DOLLAR);
    }
    return counter(
      'burnrate_spend_usd_total',
      'USD',
      'What jobs have cost since this process began to watch, by account and owner.',
      points,
    );
  }

  #countOf(account: string, owner: string, most: number) {
    const own = JSON.stringify([account, owner]);
    const known = this.#counts.get(own);
    if (known) return known;
    const full = this.#counts.size >= most;
    const key = full ? JSON.stringify([account, OTHER]) : own;
    const made = this.#counts.get(key) ?? { account, owner: full ? OTHER : owner, micros: 0 };
    this.#counts.set(key, made);
    return made;
  }
}
