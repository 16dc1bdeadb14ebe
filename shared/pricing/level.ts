/** One day's ratio of billed to list, as its logarithm, and how much it counts (about 1 at most). */
export interface Observation {
  /** Days since the epoch. */
  day: number;
  logRatio: number;
  weight: number;
}

/** Where the ratio of one series stands now. All in logarithms. */
export interface Level {
  mean: number;
  /** Variance of the mean. */
  variance: number;
  /** Standard deviation of single days around it. */
  dispersion: number;
  /** The first day of the level in force; bills before it are of another contract. */
  since: number;
  lastDay: number;
  /** The days that it rests on. */
  days: readonly number[];
  /** By how much it differs from the level before, where there was one. */
  changedBy?: number;
  /** The newest day, where it says something else: the first one of another contract, or a slip. */
  odd?: { day: number; by: number };
}

/** The newest level: so that a slow drift is followed, it rests on these many days at most. */
const MEMORY_DAYS = 30;
/** Before bills tell, single days are taken to differ by 2%, as if a third of one had shown so. */
const PRIOR = { dispersion: 0.02, days: 0.3 };
/** No bill is read as exact to more than this: amounts are rounded, clocks differ. */
const LEAST_DISPERSION = 0.0005;
/** A day this many deviations off, and at least 0.8%, may be the first one of another contract. */
const SURPRISE = { deviations: 4, least: 0.008 };

/**
 * The level that holds now: the ratio is taken to be constant until two days in a row say the
 * same other thing. One odd day (a refund, a late line) is an outlier and moves nothing; but until
 * the next bill tells which it was, the variance covers both. Undefined without observations.
 */
export function levelOf(observations: readonly Observation[]): Level | undefined {
  const days = byDay(observations);
  let segment: Observation[] = [];
  let doubtful: Observation[] = [];
  let changedBy: number | undefined;
  for (const day of days) {
    const here = segment.length > 0 ? robust(segment) : undefined;
    if (!here || !isSurprise(day, here)) {
      segment.push(day);
      doubtful = [];
      continue;
    }
    const before = doubtful.at(-1);
    if (before && agree(before, day, here.mean)) {
      changedBy = robust([before, day]).mean - here.mean;
      segment = [before, day];
      doubtful = [];
    } else doubtful = [day];
  }
  const last = days.at(-1);
  if (!last) return undefined;
  const recent = segment.filter(({ day }) => day > last.day - MEMORY_DAYS);
  const kept = recent.length > 0 ? recent : segment.slice(-1);
  const level = robust(kept);
  const odd = doubtful.at(-1);
  const doubt = Math.max(0, ...doubtful.map(({ logRatio }) => Math.abs(logRatio - level.mean)));
  const few = inflation(sum(segment.map(({ weight }) => weight)));
  return {
    mean: level.mean,
    // Half of the way to the odd day and some more: a 95% interval then just reaches beyond it.
    variance: level.variance * few ** 2 + (0.55 * doubt) ** 2,
    dispersion: level.dispersion * few,
    ...(odd && { odd: { day: odd.day, by: odd.logRatio - level.mean } }),
    since: segment[0]?.day ?? last.day,
    lastDay: last.day,
    days: kept.map(({ day }) => day),
    ...(changedBy !== undefined && { changedBy }),
  };
}

/** Deviations learned from few days are themselves uncertain; near Student's t for 1, 2, 4 days. */
function inflation(days: number): number {
  return Math.min(4, 1 + 1.5 / days ** 2);
}

function isSurprise(day: Observation, { mean, dispersion, variance }: Robust): boolean {
  const usual = Math.sqrt(dispersion ** 2 / Math.max(day.weight, 0.01) + variance);
  const off = Math.abs(day.logRatio - mean);
  return off > Math.max(SURPRISE.deviations * usual, SURPRISE.least);
}

/** Two odd days say the same: they are closer to each other than to what was before. */
function agree(a: Observation, b: Observation, mean: number): boolean {
  const nearest = Math.min(Math.abs(a.logRatio - mean), Math.abs(b.logRatio - mean));
  const apart = Math.abs(a.logRatio - b.logRatio);
  return apart < nearest / 2;
}

type Robust = Pick<Level, 'mean' | 'variance' | 'dispersion'>;

/**
 * Mean and deviation that a few wild days do not move: Tukey's biweight around the weighted
 * median, scaled by the median absolute deviation (Huber & Ronchetti, Robust Statistics, 2009, ch. 4-5;
 * c = 4.685 keeps 95% of the mean's efficiency where there are no outliers).
 */
export function robust(observations: readonly Observation[]): Robust {
  const total = sum(observations.map(({ weight }) => weight));
  const median = weightedQuantile(observations, 0.5);
  const off = observations.map(({ logRatio, weight }) => ({
    logRatio: Math.abs(logRatio - median),
    weight,
  }));
  const measured = 1.4826 * weightedQuantile(off, 0.5);
  const dispersion = Math.max(
    LEAST_DISPERSION,
    Math.sqrt((PRIOR.days * PRIOR.dispersion ** 2 + total * measured ** 2) / (PRIOR.days + total)),
  );
  let mean = median;
  for (let round = 0; round < 3; round += 1) {
    const weights = observations.map(({ logRatio, weight }) => {
      const u = (logRatio - mean) / (4.685 * dispersion);
      return Math.abs(u) < 1 ? weight * (1 - u * u) ** 2 : 0;
    });
    const kept = sum(weights);
    if (kept === 0) break;
    mean = sum(observations.map(({ logRatio }, index) => logRatio * (weights[index] ?? 0))) / kept;
  }
  return { mean, variance: dispersion ** 2 / Math.max(total, 0.01), dispersion };
}

function byDay(observations: readonly Observation[]): Observation[] {
  return [...Map.groupBy(observations, ({ day }) => day)]
    .map(([day, list]) => ({
      day,
      logRatio: weightedQuantile(list, 0.5),
      weight: sum(list.map(({ weight }) => weight)),
    }))
    .sort((a, b) => a.day - b.day);
}

function weightedQuantile(
  list: readonly Pick<Observation, 'logRatio' | 'weight'>[],
  share: number,
) {
  const sorted = [...list].sort((a, b) => a.logRatio - b.logRatio);
  const half = sum(sorted.map(({ weight }) => weight)) * share;
  let reached = 0;
  for (const { logRatio, weight } of sorted) {
    reached += weight;
    if (reached >= half) return logRatio;
  }
  return sorted.at(-1)?.logRatio ?? 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
