import type { Clock, Instant } from '../model/time.ts';

interface Entry {
  /** When it may run, where the process is awake anyway. */
  from: Instant;
  due: Instant;
  task: () => void;
}

/**
 * Wakes at least this often in real time. Timers do not advance while a laptop sleeps, the clock
 * does: what fell due in the meantime then runs within half a minute of waking.
 */
const LONGEST_WAIT_MS = 30_000;

/** A step back of the clock smaller than this is left to correct itself. */
const TOLERATED_STEP_MS = 2_000;

/** Everything the collector does at a certain time, over one timer of one clock. */
export class Timetable {
  readonly #clock: Clock;
  readonly #entries = new Set<Entry>();
  #cancelTimer: (() => void) | undefined;
  #expectedWake: Instant = Number.POSITIVE_INFINITY;
  /** What the clock said when it was last looked at. */
  #seen: Instant = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Runs `task` once, `delayMs` from now, or up to `earlyMs` sooner where something else is due
   * then: to wake up is most of what a process does that is at rest. The result cancels it.
   */
  after(delayMs: number, task: () => void, earlyMs = 0): () => void {
    const now = this.#clock.now();
    // The clock may have been set back just now: that must be seen before the timer is set by it.
    if (this.#shift(now - this.#seen)) this.#expectedWake = Number.POSITIVE_INFINITY;
    this.#seen = now;
    const due = now + Math.max(0, delayMs);
    const entry = { from: due - earlyMs, due, task };
    this.#entries.add(entry);
    if (entry.due < this.#expectedWake) this.#arm();
    return () => this.#entries.delete(entry);
  }

  /** Runs `task` every `periodMs` from now on, first after one period; `earlyMs` as of `after`. */
  every(periodMs: number, task: () => void, earlyMs = 0): () => void {
    let cancel = () => {};
    const next = () => {
      cancel = this.after(
        periodMs,
        () => {
          next();
          task();
        },
        earlyMs,
      );
    };
    next();
    return () => cancel();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
    this.#entries.clear();
  }

  #arm(): void {
    this.#cancelTimer?.();
    this.#expectedWake = Number.POSITIVE_INFINITY;
    if (this.#stopped || this.#entries.size === 0) return;
    const now = this.#clock.now();
    let next = now + LONGEST_WAIT_MS * this.#clock.speed;
    for (const entry of this.#entries) next = Math.min(next, entry.due);
    this.#expectedWake = Math.max(next, now);
    this.#cancelTimer = this.#clock.after(this.#expectedWake - now, () => this.#wake());
  }

  #wake(): void {
    const now = this.#clock.now();
    this.#shift(now - this.#expectedWake);
    this.#seen = now;
    const due = [...this.#entries].filter((entry) => entry.from <= now);
    due.sort((a, b) => a.due - b.due);
    try {
      for (const entry of due) if (this.#entries.delete(entry)) entry.task();
    } finally {
      this.#arm();
    }
  }

  /** Where the clock was set back: what was due in a minute is still due in a minute. */
  #shift(step: number): boolean {
    if (step >= -TOLERATED_STEP_MS * this.#clock.speed) return false;
    for (const entry of this.#entries) {
      entry.from += step;
      entry.due += step;
    }
    return true;
  }
}
