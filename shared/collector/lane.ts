import { deadline } from '../model/deadline.ts';
import type { PriceKey } from '../model/rate.ts';
import { type Clock, HOUR, type Instant, MINUTE } from '../model/time.ts';
import {
  type Cadence,
  type Connection,
  type Observable,
  type Observation,
  SourceError,
} from '../sources/source.ts';
import type { Timetable } from './timetable.ts';

/** What a lane tells of each question it asked. */
export interface Answer {
  what: ReadonlySet<Observable>;
  askedAt: Instant;
  observation?: Observation;
  failure?: SourceError;
  /** What the question cost by the source's own word; it is due whether or not it was answered. */
  costMicros: number;
}

export interface LaneOptions {
  account: string;
  connection: Connection;
  observables: readonly Observable[];
  cadence: Cadence;
  clock: Clock;
  timetable: Timetable;
  wanted: () => readonly PriceKey[];
  /** Names of machines that are known not to run. */
  stopped?: () => ReadonlySet<string>;
  /** Names of machines whose GPUs another account tells of. */
  told?: () => ReadonlySet<string>;
  trafficTold?: () => ReadonlySet<string>;
  /** Whether something may be amiss, so that each reading counts. */
  hasSuspect?: () => boolean;
  /** Whether the account's daily ceiling allows another question at this price. */
  maySpend: (micros: number) => boolean;
  onAnswer: (answer: Answer) => void;
}

const LONGEST_BACKOFF_MS = 10 * MINUTE;
/** By this part of its cadence a question may come sooner. */
const EARLY = 0.1;

/**
 * One account's observables of one cadence, asked together, one question at a time. A question
 * that is not answered by its deadline has failed, even where the source ignores its signal; the
 * next one waits until that call has really ended, so that a hanging source cannot pile up calls.
 */
export class Lane {
  readonly #options: LaneOptions;
  #failures = 0;
  #askedAgain = false;
  #flight: AbortController | undefined;
  /** A call that outlived its deadline and still has not ended. */
  #hanging = false;
  #cancelNext = () => {};
  #askedAt: Instant = Number.NEGATIVE_INFINITY;
  /** The next question waits until its source expects something new. */
  #isWaiting = false;
  #closed = false;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get observables(): readonly Observable[] {
    return this.#options.observables;
  }

  get cadence(): Cadence {
    return this.#options.cadence;
  }

  /** Asks at once; where a question is under way, once more after it: its answer may be older. */
  ask(): void {
    if (this.#closed) return;
    if (this.#flight) {
      this.#askedAgain = true;
      return;
    }
    this.#cancelNext();
    void this.#question();
  }

  /** As `ask`, and forgets past failures: somebody has mended something. */
  refresh(): void {
    this.#failures = 0;
    this.ask();
  }

  /** Something may be amiss: what waits until its source expects something new waits no longer. */
  hasten(): void {
    if (this.#closed || !this.#isWaiting) return;
    const { cadence, clock } = this.#options;
    this.#scheduleAfter(this.#askedAt + cadence.everyMs - clock.now());
  }

  close(): void {
    this.#closed = true;
    this.#cancelNext();
    this.#flight?.abort(new Error('the account was closed'));
  }

  async #question(): Promise<void> {
    const { cadence, clock } = this.#options;
    const askedAt = clock.now();
    this.#askedAt = askedAt;
    this.#isWaiting = false;
    const wanted = this.observables.includes('prices') ? this.#options.wanted() : [];
    const what = new Set(this.observables.filter((one) => one !== 'prices' || wanted.length > 0));
    if (what.size === 0) return this.#scheduleAfter(cadence.everyMs);
    if (!this.#options.maySpend(cadence.costMicros)) return this.#scheduleAfter(HOUR);
    if (this.#hanging) {
      this.#settle({ what, askedAt, failure: this.#noAnswer(), costMicros: 0 });
      return;
    }
    const flight = new AbortController();
    this.#flight = flight;
    const answer: Answer = { what, askedAt, costMicros: cadence.costMicros };
    try {
      answer.observation = await this.#withDeadline(flight, what, wanted);
      answer.costMicros = answer.observation.costMicros ?? cadence.costMicros;
    } catch (error) {
      answer.failure =
        error instanceof SourceError ? error : unexpected(this.#options.account, error);
    }
    this.#flight = undefined;
    this.#settle(answer);
  }

  /** The deadline is real time: networks do not speed up with an accelerated clock. */
  async #withDeadline(
    flight: AbortController,
    what: ReadonlySet<Observable>,
    wanted: readonly PriceKey[],
  ): Promise<Observation> {
    const { connection, cadence } = this.#options;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const callOff = deadline(cadence.deadlineMs, () => {
      this.#hanging = true;
      const failure = this.#noAnswer();
      reject(failure);
      flight.abort(failure);
    });
    const aborted = () => reject(flight.signal.reason);
    flight.signal.addEventListener('abort', aborted, { once: true });
    const stopped = this.#options.stopped?.() ?? new Set<string>();
    const { signal } = flight;
    const options = this.#options;
    const call = (async () =>
      connection.observe({
        what,
        everyMs: cadence.everyMs,
        wanted,
        stopped,
        eager: options.hasSuspect?.() ?? false,
        // Most sources never ask, and a fleet has many names.
        get told() {
          return options.told?.() ?? new Set<string>();
        },
        get trafficTold() {
          return options.trafficTold?.() ?? new Set<string>();
        },
        signal,
      }))();
    call
      .finally(() => {
        this.#hanging = false;
      })
      .catch(() => {
        // Told below; or, after the deadline, already told as no answer.
      });
    try {
      return await Promise.race([call, late]);
    } finally {
      callOff();
      flight.signal.removeEventListener('abort', aborted);
    }
  }

  #settle(answer: Answer): void {
    if (this.#closed) return;
    this.#failures = answer.failure ? this.#failures + 1 : 0;
    this.#options.onAnswer(answer);
    if (this.#askedAgain) {
      this.#askedAgain = false;
      this.ask();
      return;
    }
    const { cadence, clock } = this.#options;
    const { nextAt } = answer.observation ?? {};
    const now = clock.now();
    // Where the clock was set back meanwhile, what was foretold is of another time.
    if (nextAt && now >= answer.askedAt && !this.#options.hasSuspect?.()) {
      this.#scheduleAfter(nextAt.to - now, nextAt.to - nextAt.from);
      this.#isWaiting = true;
      return;
    }
    const pauseMs = pauseAfter(cadence.everyMs, this.#failures, answer.failure?.retryAfterMs);
    // From beginning to beginning. Where the clock was set back meanwhile, it is not known how long
    // that took: it must not be taken for a question of tomorrow.
    const tookMs = Math.max(0, now - answer.askedAt);
    // What is paid for is never asked more often than was said; this may have cost nothing, where
    // the source had nothing to ask.
    const isFree = answer.costMicros === 0 && !answer.failure;
    this.#scheduleAfter(pauseMs - tookMs, isFree ? EARLY * cadence.everyMs : 0);
  }

  /** The next question; up to `earlyMs` sooner where the process is awake anyway. */
  #scheduleAfter(ms: number, earlyMs = 0): void {
    this.#cancelNext();
    this.#isWaiting = false;
    this.#cancelNext = this.#options.timetable.after(ms, () => this.ask(), earlyMs);
  }

  #noAnswer(): SourceError {
    const seconds = Math.round(this.#options.cadence.deadlineMs / 1000);
    return new SourceError('unreachable', {
      account: this.#options.account,
      message: `no answer within ${seconds} s`,
      remedy: 'Check that it runs and that this machine can reach it.',
    });
  }
}

/**
 * How long after one question the next is due. One failure may be chance and is asked again in
 * time; from the second on the wait doubles, up to ten minutes. What the provider asked for
 * (Retry-After) is always kept. A little spread keeps accounts from asking in step.
 */
export function pauseAfter(
  everyMs: number,
  failures: number,
  retryAfterMs = 0,
  random = Math.random(),
): number {
  const doubled = everyMs * 2 ** Math.min(16, Math.max(0, failures - 1));
  const backoff = Math.min(doubled, Math.max(everyMs, LONGEST_BACKOFF_MS));
  return Math.max(backoff * (0.97 + 0.03 * random), retryAfterMs);
}

/** An error that no source meant to give: a defect of ours, or of a library. */
function unexpected(account: string, error: unknown): SourceError {
  const message = error instanceof Error ? error.message : String(error);
  return new SourceError('malformed', {
    account,
    message: `an answer could not be understood: ${message}`,
    remedy: 'Update Burnrate; where it stays, report this message.',
    cause: error,
  });
}
