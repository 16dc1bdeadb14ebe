import type { Time } from './clock.ts';
import { chance, drift } from './noise.ts';
import type { Workload } from './scenario.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** How the work stops now and then: it writes a checkpoint, or evaluates what it has learned. */
const CHECKPOINT = { everyMs: 30 * MINUTE, lastsMs: 18 * SECOND, level: 0.06 };
const EVALUATION = { everyMs: 20 * MINUTE, lastsMs: 90 * SECOND, level: 0.62 };

/** How busy the GPUs are at an instant, 0 to 1, by what runs on them. */
export function busyAt(workload: Workload, seed: number, origin: Time, at: Time): number {
  const minutes = (at - origin) / MINUTE;
  const { drop } = workload;
  if (minutes < (workload.from ?? Number.NEGATIVE_INFINITY))
    return limit(0.02 + 0.015 * drift(seed, at, 7 * SECOND));
  if (drop && minutes >= drop.at) return limit(drop.to + 0.03 * drift(seed, at, 11 * SECOND));
  switch (workload.kind) {
    case 'training':
      return limit(training(workload.level, seed, at));
    case 'service':
      return limit(service(workload.level, seed, at));
    case 'idle':
      return limit(workload.level + 0.02 * drift(seed, at, 9 * SECOND));
  }
}

function training(level: number, seed: number, at: Time): number {
  if (isDuring(CHECKPOINT, seed, at)) return CHECKPOINT.level;
  const steady = level + 0.04 * drift(seed, at, 23 * SECOND);
  return isDuring(EVALUATION, seed + 1, at) ? steady * EVALUATION.level : steady;
}

/** Whether it is time for one of these; each workload has its own turn. */
function isDuring(pause: { everyMs: number; lastsMs: number }, seed: number, at: Time): boolean {
  const phase = chance(seed, 7) * pause.everyMs;
  return (at + phase) % pause.everyMs < pause.lastsMs;
}

/** People ask most at 15:00 UTC; the noise is that of single requests. */
function service(level: number, seed: number, at: Time): number {
  const hours = (at / (60 * MINUTE)) % 24;
  const day = 0.5 + 0.5 * Math.cos(((hours - 15) / 24) * 2 * Math.PI);
  const crowd = 0.05 * drift(seed, at, 6 * MINUTE) + 0.07 * drift(seed + 1, at, 5 * SECOND);
  return level * (0.62 + 0.38 * day) + crowd;
}

function limit(value: number): number {
  return Math.min(1, Math.max(0, value));
}
