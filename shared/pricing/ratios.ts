import type { Matched } from '../invoices/matched.ts';
import type { PriceKey } from '../model/rate.ts';
import { familyOf } from './family.ts';
import { type Level, levelOf, type Observation } from './level.ts';

/** What is expected of billed to list, as a logarithm, and the deviation of each cause of error. */
export interface Estimate {
  mean: number;
  deviations: Record<string, number>;
  /** The last day (since the epoch) whose bill it rests on. */
  lastDay: number;
  /** The days whose bills it rests on, and whether they are of such machines, not only of others. */
  days: readonly number[];
  own: boolean;
}

/**
 * How much ratios differ, as deviations of logarithms, where bills do not tell yet: discounts of an
 * enterprise agreement are mostly one percentage for all, those of commitments go by family and
 * region (aws.amazon.com/savingsplans/compute-pricing: 20 to 50% over the GPU families).
 */
const APART = { regions: 0.03, families: 0.08 };
/** A level drifts by this much (deviation) in the square root of a day that no bill is from. */
const DRIFT_PER_DAY = 0.001;
/** A day of a family counts half of one where it comes to so much at list, near none for cents. */
const FULL_DAY_MICROS = 5_000_000;
/** A bill that may still be corrected counts this much of a final one. */
const PRELIMINARY = 0.5;

interface Series {
  id: string;
  account: string;
  provider: string;
  family: string;
  market: string;
  commitment: string | undefined;
  level: Level;
}

/**
 * The ratios of one set of bills: by account, family, region and market, and apart for what a
 * commitment covered. What has few bills of its own is drawn towards its family's ratio, and that
 * towards the account's, by how certain each is (normal-normal shrinkage with known variances:
 * Gelman et al., Bayesian Data Analysis, 3rd ed., section 5.4).
 */
export class Ratios {
  readonly #series: readonly Series[];
  readonly #known = new Map<string, Estimate | undefined>();

  /** `expected`: what a day's use should have come to of the list price, before any contract. */
  constructor(pairs: Iterable<Matched>, expected: (pair: Matched) => number = () => 1) {
    this.#series = carriedOver(seriesOf(pairs, expected));
  }

  /** Undefined where no bill of the account tells anything of such machines. */
  estimate(
    account: string,
    key: PriceKey,
    today: number,
    commitment?: string,
  ): Estimate | undefined {
    const place = `${today} ${seriesId(account, key, commitment)}`;
    const known = this.#known.get(place);
    if (known || this.#known.has(place)) return known;
    const estimate = this.#estimate(account, key, today, commitment);
    this.#known.set(place, estimate);
    return estimate;
  }

  #estimate(
    account: string,
    key: PriceKey,
    today: number,
    commitment: string | undefined,
  ): Estimate | undefined {
    const peers = this.#series.filter(
      (series) =>
        series.account === account &&
        series.provider === key.provider &&
        series.market === key.market &&
        series.commitment === commitment,
    );
    const family = familyOf(key);
    const id = seriesId(account, key, commitment);
    const beliefs = (list: readonly Series[]) => list.map(({ level }) => aged(level, today));
    const byFamily = [...Map.groupBy(peers, (series) => series.family)].map(([name, list]) => ({
      name,
      belief: pool(beliefs(list), APART.regions),
    }));
    const ofAccount = pool(
      byFamily.flatMap(({ belief }) => belief ?? []),
      APART.families,
    );
    if (!ofAccount) return undefined;
    const ofFamily = combine(
      byFamily.find(({ name }) => name === family)?.belief,
      widened(ofAccount, APART.families),
    );
    const own = peers.find((series) => series.id === id);
    const above = widened(ofFamily, APART.regions);
    const belief = own && aged(own.level, today);
    const { mean } = combine(belief, above);
    // Once only the own bills count, what the ones above are wrong about no longer matters.
    const weight = belief ? above.variance / (above.variance + belief.variance) : 0;
    const ownDeviation = belief
      ? Math.hypot(weight * Math.sqrt(belief.variance), own.level.dispersion)
      : 0;
    const shared = (1 - weight) * Math.sqrt(above.variance);
    const relevant = own ? [own] : peers;
    return {
      mean,
      deviations: {
        ...(belief && { [id]: ownDeviation }),
        ...(shared > 0 && { [`${account} ${key.market}`]: shared }),
      },
      lastDay: Math.max(...relevant.map(({ level }) => level.lastDay)),
      days: [...new Set(relevant.flatMap(({ level }) => level.days))],
      own: own !== undefined,
    };
  }
}

function seriesOf(pairs: Iterable<Matched>, expected: (pair: Matched) => number): Series[] {
  const usable = [...pairs].filter(
    ({ listMicros, billedMicros }) => listMicros > 0 && billedMicros > 0,
  );
  const groups = Map.groupBy(usable, (pair) =>
    seriesId(pair.account, pair.priceKey, pair.commitment),
  );
  return [...groups].flatMap(([id, list]) => {
    const [first] = list;
    const level = levelOf(list.map((pair) => observe(pair, expected(pair))));
    if (!first || !level) return [];
    const { account, priceKey, commitment } = first;
    const { provider, market } = priceKey;
    return [{ id, account, provider, family: familyOf(priceKey), market, commitment, level }];
  });
}

function seriesId(account: string, key: PriceKey, commitment: string | undefined): string {
  return [account, key.market, familyOf(key), key.region, ...(commitment ? [commitment] : [])].join(
    ' ',
  );
}

function observe({ day, listMicros, billedMicros, final }: Matched, expected: number): Observation {
  return {
    day,
    logRatio: Math.log(billedMicros / (listMicros * expected)),
    weight: (listMicros / (listMicros + FULL_DAY_MICROS)) * (final ? 1 : PRELIMINARY),
  };
}

/** Two steps of unlike series are those of one new contract where neither is twice the other. */
const LIKE = 2;
/** ... and where they come within so many days. */
const TOGETHER_DAYS = 3;

/**
 * A new contract changes all prices of an account at once. So where most series with newer bills
 * show a like step, one odd day of a series is its first day under the contract, and what has no
 * bill since is taken to have changed by as much, with more doubt.
 */
function carriedOver(all: readonly Series[]): Series[] {
  const groups = Map.groupBy(all, ({ account, market, commitment }) =>
    [account, market, commitment].join(' '),
  );
  return [...groups.values()].flatMap((list) => {
    const steps = list.flatMap((series) => stepOf(series) ?? []);
    const last = Math.max(...steps.map(({ day }) => day));
    const recent = steps.filter(({ day }) => day > last - TOGETHER_DAYS);
    const by = median(recent.map((step) => step.by));
    const alike = recent.filter((step) => step.by / by > 1 / LIKE && step.by / by < LIKE);
    const first = Math.min(...alike.map(({ day }) => day));
    const current = list.filter(({ level }) => level.lastDay >= first);
    if (alike.length < 2 || alike.length * 2 < current.length) return list;
    return list.map((series) => {
      const { level } = series;
      const own = alike.find((step) => step.id === series.id);
      if (own && level.odd) return moved(series, own.by, own.by / 8);
      return level.lastDay < first ? moved(series, by, by / 2) : series;
    });
  });
}

/** The newest change of a series, be it proven or only an odd day. */
function stepOf({ id, level }: Series): { id: string; day: number; by: number } | undefined {
  if (level.odd) return { id, ...level.odd };
  return level.changedBy === undefined ? undefined : { id, day: level.since, by: level.changedBy };
}

function moved(series: Series, by: number, deviation: number): Series {
  const { level } = series;
  const variance = (level.odd ? level.dispersion ** 2 : level.variance) + deviation ** 2;
  return { ...series, level: { ...level, mean: level.mean + by, variance } };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

interface Belief {
  mean: number;
  variance: number;
}

function aged({ mean, variance, lastDay }: Level, today: number): Belief {
  return { mean, variance: variance + Math.max(0, today - lastDay) * DRIFT_PER_DAY ** 2 };
}

function widened({ mean, variance }: Belief, by: number): Belief {
  return { mean, variance: variance + by ** 2 };
}

/** What several say of what they have in common, each of which differs from it by `apart`. */
function pool(beliefs: readonly Belief[], apart: number): Belief | undefined {
  const wide = beliefs.map((belief) => widened(belief, apart));
  const [first, ...rest] = wide;
  return first && rest.reduce((sum, belief) => combine(sum, belief), first);
}

function combine(a: Belief | undefined, b: Belief): Belief {
  if (!a) return b;
  const precision = 1 / a.variance + 1 / b.variance;
  return {
    mean: (a.mean / a.variance + b.mean / b.variance) / precision,
    variance: 1 / precision,
  };
}
