import type { Time } from './clock.ts';
import { chance, drift } from './noise.ts';
import type { Workload } from './scenario.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const MIB = 1024 * 1024;

/** What the GPUs of a workload do at an instant, each on average. */
export interface Doing {
  /** 0 to 1. */
  busy: number;
  /** Bytes per second over PCIe, from GPU to host and back. */
  out: number;
  in: number;
}

/**
 * How training pauses now and then: it copies its state to the host and waits until that is
 * written, or it evaluates what it has learned.
 */
const CHECKPOINT = { everyMs: 30 * MINUTE, lastsMs: 18 * SECOND };
const EVALUATION = { everyMs: 20 * MINUTE, lastsMs: 90 * SECOND };
const COPY = { lastsMs: 4 * SECOND, busy: 0.11, out: 7000 * MIB };
const WRITING = 0.03;
const EVALUATING = 0.62;

/** What runs on the GPUs at an instant, by the story's seed and its beginning. */
export function doingAt(workload: Workload, seed: number, origin: Time, at: Time): Doing {
  const { kind, level, from, drop } = workload;
  const minutes = (at - origin) / MINUTE;
  const noise = (stepMs: number) => drift(seed, at - origin, stepMs);
  if (minutes < (from ?? Number.NEGATIVE_INFINITY)) return usual(0.02 + 0.015 * noise(7 * SECOND));
  if (drop && minutes >= drop.at) return usual(drop.to + 0.03 * noise(11 * SECOND));
  if (kind === 'idle') return usual(level + 0.02 * noise(9 * SECOND));
  if (kind === 'service') {
    const crowd = 0.05 * noise(6 * MINUTE) + 0.07 * drift(seed + 1, at - origin, 5 * SECOND);
    return usual(level * dayCycle(at) + crowd);
  }
  const writes = within(CHECKPOINT, seed, at - origin);
  if (writes !== undefined && writes < COPY.lastsMs) return { ...usual(COPY.busy), out: COPY.out };
  if (writes !== undefined) return usual(WRITING);
  const steady = level + 0.04 * noise(23 * SECOND);
  const evaluates = within(EVALUATION, seed + 1, at - origin) !== undefined;
  return usual(evaluates ? steady * EVALUATING : steady);
}

/** How long it is into one of these pauses, or undefined between them; each has its own turn. */
function within(
  pause: { everyMs: number; lastsMs: number },
  seed: number,
  elapsed: number,
): number | undefined {
  const since = (elapsed + chance(seed, 7) * pause.everyMs) % pause.everyMs;
  const into = since < 0 ? since + pause.everyMs : since;
  return into < pause.lastsMs ? into : undefined;
}

/** The share of its peak that a service is asked for: most at 15:00 UTC, least at 3:00. */
function dayCycle(at: Time): number {
  const hours = (at / (60 * MINUTE)) % 24;
  return 0.62 + 0.19 * (1 + Math.cos(((hours - 15) / 24) * 2 * Math.PI));
}

/** The traffic that goes with work: data in, and little but results out. */
function usual(busy: number): Doing {
  const within = Math.min(1, Math.max(0, busy));
  return { busy: within, out: within * 45 * MIB, in: within * 540 * MIB };
}
