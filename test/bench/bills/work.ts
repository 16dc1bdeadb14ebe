import type { Dice } from './dice.ts';
import { KINDS, type Kind } from './market.ts';

export const HOUR_S = 3600;
export const DAY_S = 86_400;

/** A machine that was hired. Times are seconds since the first day's start. */
export interface Machine {
  id: string;
  job: string;
  kind: Kind;
  zone: string;
  spot: boolean;
  launched: number;
  ended: number;
  /** Whether a launcher (SkyPilot, Batch) remembers its job and when that ended, or nobody does. */
  remembered: boolean;
  /** Until when its provider still lists it with its time of end: a stopped one for long. */
  listedUntil: number;
}

/** From a second to another one. */
export interface Span {
  from: number;
  to: number;
}

const JOBS = 200;
/** So many of them fail within seconds, and pay the provider's minimum of a minute. */
const CRASHES = 8;

/** Two hundred jobs over the days, started in working hours, on 1 to 8 machines each. */
export function jobsOver(days: number, dice: Dice): Machine[] {
  return Array.from({ length: JOBS }, (_, index) => {
    const job = `job-${index}`;
    const cloud = dice.pick(['aws', 'aws', 'gcp', 'azure'] as const);
    const kind = dice.pick(KINDS.filter((one) => one.cloud === cloud));
    const spot = kind.spot !== undefined && dice.chance(0.45);
    const count = dice.pick([1, 1, 1, 1, 2, 2, 4, kind.gpus > 4 ? 2 : 8]);
    const start =
      Math.floor(dice.roll() * days) * DAY_S + Math.round(dice.between(8.5, 21) * HOUR_S);
    const crashes = index % Math.floor(JOBS / CRASHES) === 7;
    const hours = Math.min(110, 14 * Math.exp(0.9 * dice.normal()));
    const seconds = crashes ? dice.between(12, 50) : Math.max(240, hours * HOUR_S);
    const zone = dice.pick(kind.zones);
    const remembered = dice.chance(0.7);
    return Array.from({ length: count }, (__, number): Machine => {
      const launched = start + Math.round(dice.between(0, 90));
      const ended = launched + Math.round(seconds + (crashes ? 0 : dice.between(0, 60)));
      // Stopped by its launcher, as SkyPilot's autostop does, or terminated: listed for an hour.
      const listedUntil = ended + (dice.chance(0.85) ? 1.5 * DAY_S : HOUR_S);
      return {
        id: `${cloud}-${index}-${number}`,
        job,
        kind,
        zone,
        spot,
        launched,
        ended,
        remembered,
        listedUntil,
      };
    });
  }).flat();
}

/** When the laptop sleeps: each night, most lunches, and half of the weekends. */
export function sleepsOver(days: number, dice: Dice): Span[] {
  const spans: Span[] = [];
  for (let day = 0; day < days + 3; day += 1) {
    const from = Math.round((day + dice.between(22.5, 25) / 24) * DAY_S);
    const weekend = day % 7 === 5 && dice.chance(0.5);
    const wakes = day + 1 + (weekend ? 1 : 0) + dice.between(6.5, 8.5) / 24;
    spans.push({ from, to: Math.round(wakes * DAY_S) });
    if (dice.chance(0.7)) {
      const noon = Math.round((day + dice.between(11.5, 13) / 24) * DAY_S);
      spans.push({ from: noon, to: noon + Math.round(dice.between(0.3, 2.5) * HOUR_S) });
    }
  }
  return spans.sort((a, b) => a.from - b.from);
}
