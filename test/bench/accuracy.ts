import { simulate } from './accuracy/simulate.ts';
import { SUSTAINED } from './bills/market.ts';
import { DAY_S } from './bills/work.ts';
import { type World, worldOf } from './bills/world.ts';
import type { Bench, Figure } from './figure.ts';

/** Worlds that were looked at while the product was made, and as many that were not. */
const SEEDS = { known: [1, 2], heldOut: [901, 902] };
/** Bills are 36 hours late: before this day there is nothing to learn from. */
const FROM_DAY = 4;
const TARGET_PERCENT = 2;
const COVERED_PERCENT = { least: 90, most: 99 };

/** How far off the live figures of job-days were from their final bills. */
interface Score {
  /** Of the bill, at list prices and as Burnrate showed it: the sums of what each job-day was off. */
  list: number;
  live: number;
  /** The same of machines alone that grow cheaper the longer they are used in a month. */
  sustained: number;
  /** Of the job-days with an interval, those whose bill lay in it. */
  covered: number;
}

/**
 * What each job cost on each day, as shown before its bill came, against what the bill came to in
 * the end. The bills are made by code of their own (bills/); all else is the product: the tick, the
 * meter, the price book, the calibration, the bills' store and the reconciliation.
 */
export const accuracy: Bench = {
  name: 'accuracy',
  async run(): Promise<Figure[]> {
    const known = SEEDS.known.map(scoreOf);
    const heldOut = SEEDS.heldOut.map(scoreOf);
    const all = [...known, ...heldOut];
    const worst = (scores: readonly Score[], of: keyof Score) =>
      Math.max(...scores.map((score) => score[of]));
    return [
      // What a meter at list prices would be off: for comparison, nothing that is to be reached.
      figure('accuracy: list prices, weighted error', worst(all, 'list'), 40, () => true),
      figure('accuracy: weighted error', worst(known, 'live'), TARGET_PERCENT, isSmall),
      figure('accuracy: weighted error, held out', worst(heldOut, 'live'), TARGET_PERCENT, isSmall),
      figure(
        'accuracy: sustained use, weighted error',
        worst(all, 'sustained'),
        TARGET_PERCENT,
        isSmall,
      ),
      ...(['least', 'most'] as const).map((end) => {
        const shares = all.map(({ covered }) => covered);
        const value = end === 'least' ? Math.min(...shares) : Math.max(...shares);
        return figure(
          `accuracy: bills within the interval, ${end}`,
          value,
          COVERED_PERCENT[end],
          (share) => share >= COVERED_PERCENT.least && share <= COVERED_PERCENT.most,
        );
      }),
    ];
  },
};

function isSmall(percent: number): boolean {
  return percent <= TARGET_PERCENT;
}

function figure(
  name: string,
  percent: number,
  target: number,
  holds: (percent: number) => boolean,
): Figure {
  const value = Math.round(percent * 100) / 100;
  return { name, value, unit: '%', target, holds: holds(value) };
}

function scoreOf(seed: number): Score {
  const world = worldOf(seed);
  const sustained = new Set(
    world.machines.filter(({ kind }) => kind === SUSTAINED).map(({ job }) => job),
  );
  const shown = new Map(simulate(world).map((day) => [`${day.job} ${day.day}`, day]));
  const jobDays = [...truthOf(world)].map(([jobDay, micros]) => {
    const { list = 0, live = 0, interval } = shown.get(jobDay) ?? {};
    const isSustained = sustained.has(jobDay.slice(0, jobDay.lastIndexOf(' ')));
    return { micros, list, live, interval, isSustained };
  });
  const told = jobDays.flatMap(({ micros, interval }) => (interval ? { micros, ...interval } : []));
  const covered = told.filter(({ micros, low, high }) => micros >= low && micros <= high);
  return {
    list: errorOf(jobDays, ({ list }) => list),
    live: errorOf(jobDays, ({ live }) => live),
    sustained: errorOf(
      jobDays.filter(({ isSustained }) => isSustained),
      ({ live }) => live,
    ),
    covered: (100 * covered.length) / told.length,
  };
}

/** How far off amounts were in all, in percent of what was billed. */
function errorOf<T extends { micros: number }>(days: readonly T[], of: (day: T) => number): number {
  const off = days.reduce((sum, day) => sum + Math.abs(of(day) - day.micros), 0);
  return (100 * off) / days.reduce((sum, { micros }) => sum + micros, 0);
}

/** What the final bills come to by job and day, in micro-dollars. */
function truthOf({ days, machines, lines }: World): Map<string, number> {
  const jobs = new Map(machines.map(({ id, job }) => [id, job]));
  const billionths = new Map<string, bigint>();
  for (const { ResourceId, ChargeCategory, EffectiveCost, from } of lines) {
    const day = Math.floor(from / DAY_S);
    const job = jobs.get(ResourceId);
    if (!job || ChargeCategory !== 'Usage' || day < FROM_DAY || day >= days) continue;
    const jobDay = `${job} ${day}`;
    billionths.set(jobDay, (billionths.get(jobDay) ?? 0n) + EffectiveCost);
  }
  return new Map([...billionths].map(([jobDay, cost]) => [jobDay, Number(cost) / 1000]));
}
