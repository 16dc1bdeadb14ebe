import { AlertLog } from '@burnrate/shared/collector/alert_log.ts';
import { Tick } from '@burnrate/shared/collector/tick.ts';
import { World } from '@burnrate/shared/collector/world.ts';
import { defaultConfig } from '@burnrate/shared/config/config.ts';
import type { Account } from '@burnrate/shared/model/account.ts';
import type { Charge } from '@burnrate/shared/model/charge.ts';
import type { Job } from '@burnrate/shared/model/job.ts';
import type { Node } from '@burnrate/shared/model/node.ts';
import { type Instant, MINUTE, systemClock } from '@burnrate/shared/model/time.ts';
import { type Observable, SourceError } from '@burnrate/shared/sources/source.ts';
import { openStore } from '@burnrate/shared/store/sqlite.ts';
import type { Store } from '@burnrate/shared/store/store.ts';

/** What one account reports at one moment. */
export interface Report {
  nodes?: Node[];
  jobs?: Job[];
}

export function accountOf(id: string): Account {
  const source = id.slice(0, id.indexOf(':'));
  return { id, source, name: id, foundIn: 'test', options: {} };
}

/** The collector's tick over a real store, with a clock that the test sets. */
export class WatchOver {
  now: Instant;
  readonly store: Store;
  world = new World();
  #tick: Tick;

  constructor(now: Instant, path = ':memory:') {
    this.now = now;
    this.store = openStore(path, { now: () => this.now }).store;
    this.#tick = this.#begin();
  }

  #begin(): Tick {
    const tick = new Tick({
      store: this.store,
      clock: { ...systemClock, now: () => this.now },
      world: this.world,
      alerts: new AlertLog(this.store, defaultConfig),
      cadenceOf: () => MINUTE,
      refusal: () => undefined,
      accounts: () => [],
      stops: () => [],
      budgetOf: () => undefined,
    });
    tick.restore();
    return tick;
  }

  get tick(): Tick {
    return this.#tick;
  }

  /** The collector ends and another one begins, over the same store. */
  restart(): void {
    this.world = new World();
    this.#tick = this.#begin();
  }

  /** Takes in what accounts report, and ticks. */
  see(reports: Record<string, Report>, at: Instant = this.now): void {
    this.now = at;
    for (const [id, { nodes, jobs }] of Object.entries(reports)) {
      const what = new Set<Observable>([
        ...(nodes ? (['nodes'] as const) : []),
        ...(jobs ? (['jobs'] as const) : []),
      ]);
      const observation = { at, ...(nodes && { nodes }), ...(jobs && { jobs }) };
      this.#tick.intake.take(accountOf(id), { what, askedAt: at, observation, costMicros: 0 });
    }
    this.#tick.run();
  }

  /** The account does not answer. */
  miss(id: string, at: Instant): void {
    this.now = at;
    const failure = new SourceError('unreachable', {
      account: id,
      message: 'no answer',
      remedy: 'wait',
    });
    const what = new Set<Observable>(['nodes', 'jobs']);
    this.#tick.intake.take(accountOf(id), { what, askedAt: at, failure, costMicros: 0 });
    this.#tick.run();
  }

  charges(): Charge[] {
    return this.store.charges({ from: 0, to: this.now + 1e12 });
  }
}

/** Charges that follow on one another without a difference, as one: how they are cut says nothing. */
export function joined(charges: readonly Charge[]): Charge[] {
  const result: Charge[] = [];
  const sorted = charges.toSorted(
    (a, b) =>
      (a.nodeId < b.nodeId ? -1 : a.nodeId > b.nodeId ? 1 : 0) ||
      (a.jobId < b.jobId ? -1 : a.jobId > b.jobId ? 1 : 0) ||
      a.from - b.from,
  );
  const content = ({ from: _, to: __, micros: ___, ...rest }: Charge) => JSON.stringify(rest);
  for (const charge of sorted) {
    const last = result.at(-1);
    if (last && last.to === charge.from && content(last) === content(charge)) {
      last.to = charge.to;
      last.micros += charge.micros;
    } else result.push({ ...charge });
  }
  return result;
}
