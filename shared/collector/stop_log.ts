import type { Stop } from '../model/stop.ts';
import type { Clock, Instant } from '../model/time.ts';
import type { Store } from '../store/store.ts';
import type { Log } from './log.ts';

export interface StopLogOptions {
  store: Pick<Store, 'audit' | 'saveStop' | 'stops'>;
  clock: Clock;
  log: Log;
  changed: () => void;
}

/** The stops of the last day, and the audit log of what was done to whom by whom. */
export class StopLog {
  readonly #options: StopLogOptions;
  readonly #stops = new Map<string, Stop>();

  constructor(options: StopLogOptions) {
    this.#options = options;
  }

  /** Takes up the stops of an earlier run. */
  restore(since: Instant): void {
    for (const stop of this.#options.store.stops(since)) this.#stops.set(stop.id, stop);
  }

  get(id: string): Stop | undefined {
    return this.#stops.get(id);
  }

  all(): Stop[] {
    return [...this.#stops.values()];
  }

  underWay(): Stop[] {
    return this.all().filter(isUnderWay);
  }

  /** The last stop of a job. */
  lastOf(jobId: string): Stop | undefined {
    return this.all().findLast((stop) => stop.jobId === jobId);
  }

  /** Audits and keeps a stop that is about to be sent. Throws where either cannot be done. */
  begin(stop: Stop): void {
    try {
      this.#audit(stop, 'stop', `${stop.plan.action}; the same as: ${stop.plan.equivalent}`);
      this.#options.store.saveStop(stop);
    } catch (error) {
      throw new Error(
        `Nothing was stopped: the audit log cannot be written (${(error as Error).message}). Free some disk space, or stop it yourself: ${stop.plan.equivalent}`,
        { cause: error },
      );
    }
    this.#stops.set(stop.id, stop);
    this.#options.changed();
  }

  /** Notes what came of it. That has happened, whether or not the disk can keep it. */
  update(stop: Stop): void {
    this.#stops.set(stop.id, stop);
    this.#try(`the stop of ${stop.jobId}`, () => this.#options.store.saveStop(stop));
    this.#options.changed();
  }

  /** Appends what came of it to the audit log. */
  note(stop: Stop, action: string, detail: string): void {
    this.#try(`${action} of ${stop.jobId}`, () => this.#audit(stop, action, detail));
  }

  forget(before: Instant): void {
    for (const [id, stop] of this.#stops) {
      if (!isUnderWay(stop) && stop.requestedAt < before) this.#stops.delete(id);
    }
  }

  #audit(stop: Stop, action: string, detail: string): void {
    const { store, clock } = this.#options;
    store.audit({
      at: clock.now(),
      actor: stop.requestedBy,
      action,
      subject: stop.jobId,
      detail,
    });
  }

  #try(what: string, write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#options.log.error(`${what} could not be written`, error);
    }
  }
}

export function isUnderWay(stop: Stop): boolean {
  return stop.state === 'requested' || stop.state === 'sent';
}
