/** Instants are integer milliseconds since the Unix epoch, UTC. Durations are milliseconds. */
export type Instant = number;

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A half-open interval `[from, to)`. */
export interface Interval {
  from: Instant;
  to: Instant;
}

/** Where time comes from. Everything that waits or asks the time takes one of these. */
export interface Clock {
  now(): Instant;
  /** Runs `task` once after `delayMs` of this clock's time; the result cancels it. */
  after(delayMs: number, task: () => void): () => void;
  /** How many of this clock's milliseconds pass in a real one. */
  readonly speed: number;
}

export const systemClock: Clock = {
  now: Date.now,
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
  speed: 1,
};

/**
 * A clock that starts at `origin` when the real clock reads `realOrigin` and runs `speed` times
 * as fast. The demo fleet and its collector share one, so that a 14-minute story takes seconds.
 */
export function acceleratedClock(origin: Instant, realOrigin: Instant, speed: number): Clock {
  return {
    now: () => Math.round(origin + (Date.now() - realOrigin) * speed),
    after: (delayMs, task) => systemClock.after(delayMs / speed, task),
    speed,
  };
}

/** The first instant of the month (UTC), as providers bill by it; or of a month that many months later. */
export function startOfMonth(at: Instant, later = 0): Instant {
  const day = new Date(at);
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + later);
}

/** Start of the local day that holds `at`, in the time zone of this machine. */
export function startOfLocalDay(at: Instant): Instant {
  const day = new Date(at);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}

/** Start of the local month that holds `at`, or of one so many months later. */
export function startOfLocalMonth(at: Instant, later = 0): Instant {
  const day = new Date(at);
  return new Date(day.getFullYear(), day.getMonth() + later, 1).getTime();
}

/** `4 s`, `12 min`, `3 h 05 min`, `2 d 4 h`. */
export function formatDuration(ms: number): string {
  const s = Math.max(0, Math.round(ms / SECOND));
  if (s < 60) return `${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min} min`;
  const h = Math.floor(min / 60);
  if (h < 24) return `${h} h ${String(min % 60).padStart(2, '0')} min`;
  return `${Math.floor(h / 24)} d ${h % 24} h`;
}
