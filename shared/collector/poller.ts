import type { Account } from '../model/account.ts';
import type { PriceKey } from '../model/rate.ts';
import type { Clock } from '../model/time.ts';
import type { Cadence, Connection, Observable, Source } from '../sources/source.ts';
import { type Answer, Lane } from './lane.ts';
import type { Timetable } from './timetable.ts';

/** An account that is asked, by the connection that asks it. */
export interface Watched {
  account: Account;
  source: Source;
  connection: Connection;
}

export interface PollerOptions {
  clock: Clock;
  timetable: Timetable;
  wanted: () => readonly PriceKey[];
  /** Names of machines that are known not to run. */
  stopped?: () => ReadonlySet<string>;
  /** Names of machines whose GPUs another account than this one tells of. */
  told?: (account: string) => ReadonlySet<string>;
  trafficTold?: (account: string) => ReadonlySet<string>;
  /** Whether something may be amiss with a job. */
  hasSuspect?: () => boolean;
  maySpend: (account: string, micros: number) => boolean;
  onAnswer: (account: Account, answer: Answer) => void;
}

/** Cadences that the user has set, over the sources' own. */
export type CadenceOverride = (what: Observable) => number | undefined;

/** Asks every account for each of its observables when it is due, independently of the others. */
export class Poller {
  readonly #options: PollerOptions;
  readonly #lanes = new Map<string, Lane[]>();
  /** The prices that were wanted last. */
  #wanted = '';

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  /** Begins to ask an account, at once. */
  watch(watched: Watched, override: CadenceOverride): void {
    const { account, source, connection } = watched;
    this.unwatch(account.id);
    const lanes = groupByCadence(source, override).map(
      ({ observables, cadence }) =>
        new Lane({
          account: account.id,
          connection,
          observables,
          cadence,
          clock: this.#options.clock,
          timetable: this.#options.timetable,
          wanted: this.#options.wanted,
          ...(this.#options.stopped && { stopped: this.#options.stopped }),
          told: () => this.#options.told?.(account.id) ?? new Set(),
          trafficTold: () => this.#options.trafficTold?.(account.id) ?? new Set(),
          ...(this.#options.hasSuspect && { hasSuspect: this.#options.hasSuspect }),
          maySpend: (micros) => this.#options.maySpend(account.id, micros),
          onAnswer: (answer) => this.#options.onAnswer(account, answer),
        }),
    );
    this.#lanes.set(account.id, lanes);
    for (const lane of lanes) lane.ask();
  }

  unwatch(account: string): void {
    for (const lane of this.#lanes.get(account) ?? []) lane.close();
    this.#lanes.delete(account);
  }

  /** Asks now what is not asked already: one account or all, all observables or some. */
  ask(account: string | undefined, what?: readonly Observable[]): void {
    for (const lane of this.#lanesOf(account)) {
      if (!what || lane.observables.some((one) => what.includes(one))) lane.ask();
    }
  }

  /** A machine of a kind not seen before is priced at once, not when prices are next due. */
  askNewWishes(): void {
    const wanted = this.#options.wanted();
    const text = JSON.stringify(wanted);
    if (text === this.#wanted) return;
    this.#wanted = text;
    if (wanted.length > 0) this.ask(undefined, ['prices']);
  }

  /** Something may be amiss: nothing waits until its source expects something new. */
  hasten(): void {
    for (const lane of this.#lanesOf(undefined)) lane.hasten();
  }

  /** Asks everything of every account now, and forgets their failures. */
  refresh(): void {
    for (const lane of this.#lanesOf(undefined)) lane.refresh();
  }

  /** How often an account is asked for something; undefined where it never is. */
  cadenceOf(account: string, what: Observable): number | undefined {
    return this.#lanes.get(account)?.find((lane) => lane.observables.includes(what))?.cadence
      .everyMs;
  }

  stop(): void {
    for (const account of [...this.#lanes.keys()]) this.unwatch(account);
  }

  #lanesOf(account: string | undefined): Lane[] {
    if (account !== undefined) return this.#lanes.get(account) ?? [];
    return [...this.#lanes.values()].flat();
  }
}

/**
 * Observables of one period are asked in one call: most providers answer them together. What is
 * paid for is asked alone, lest a ceiling bar what is free, and never more often than declared.
 */
function groupByCadence(
  source: Source,
  override: CadenceOverride,
): { observables: Observable[]; cadence: Cadence }[] {
  const groups = new Map<string, { observables: Observable[]; cadence: Cadence }>();
  for (const [name, cadence] of Object.entries(source.cadence)) {
    const what = name as Observable;
    const paid = cadence.costMicros > 0;
    const asked = override(what) ?? cadence.everyMs;
    const everyMs = paid ? Math.max(asked, cadence.everyMs) : asked;
    const key = paid ? `paid ${what}` : `${everyMs}`;
    const group = groups.get(key);
    if (!group) {
      groups.set(key, { observables: [what], cadence: { ...cadence, everyMs } });
      continue;
    }
    group.observables.push(what);
    group.cadence.deadlineMs = Math.max(group.cadence.deadlineMs, cadence.deadlineMs);
  }
  return [...groups.values()];
}
