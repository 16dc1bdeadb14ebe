import type { Matched, UnusedCommitment } from '../invoices/matched.ts';
import type { Micros } from '../model/money.ts';
import { familyOf } from './family.ts';

/** What a Savings Plan or reservation pays for in each hour, as bills have shown. */
export interface Commitment {
  account: string;
  id: string;
  /** The most, in effective cost, that it has paid for in an hour. */
  microsPerHour: Micros;
  /** Whether that is all that it pays: else it may pay for more than has been seen. */
  exhausted: boolean;
  /** The families that it has paid for. */
  paid: ReadonlySet<string>;
  /** Those that went without though not all of it was used: it is not for them. */
  spared: ReadonlySet<string>;
}

const DAY_HOURS = 24;
/** How far back bills tell of what a commitment pays. */
const LOOK_BACK_DAYS = 14;
/** The newest days are often not billed in full: the largest of so many counts. */
const SETTLED_DAYS = 5;
/** On so many days a family went without while there was something left. */
const SPARED_DAYS = 4;
/** Unused on so many billed days with use that it would have paid for: it has run out. */
const ENDS_AFTER_DAYS = 3;

/**
 * The commitments in force. A plan is a sum per hour that is paid anyway: what was used of it in a
 * day and what was not are 24 times that. Where bills do not tell what was not used, the largest
 * day of the last two weeks does, on which more ran than it covers at every hour. docs.aws.amazon.com/savingsplans/latest/userguide/sp-applying.html
 */
export function commitmentsOf(
  pairs: readonly Matched[],
  unused: readonly UnusedCommitment[] = [],
): Commitment[] {
  return [...Map.groupBy(pairs, ({ account }) => account)].flatMap(([account, ofAccount]) => {
    const last = Math.max(...ofAccount.map(({ day }) => day));
    const recent = ofAccount.filter(({ day }) => day > last - LOOK_BACK_DAYS);
    const covered = recent.filter(({ commitment }) => commitment !== undefined);
    return [...Map.groupBy(covered, ({ commitment }) => commitment ?? '')].flatMap(([id, list]) => {
      const used = new Map<number, Micros>();
      for (const { day, billedMicros } of list) used.set(day, (used.get(day) ?? 0) + billedMicros);
      const paid = unused
        .filter((one) => one.account === account && one.commitment === id && used.has(one.day))
        .sort((a, b) => a.day - b.day)
        .map(({ day, micros }) => (used.get(day) ?? 0) + micros)
        .slice(-SETTLED_DAYS);
      const types = new Set(list.map(({ priceKey }) => typeOf(priceKey)));
      const beyond = new Set(
        recent
          .filter((pair) => !pair.commitment && types.has(typeOf(pair.priceKey)))
          .map(({ day }) => day),
      );
      const lastUse = Math.max(...used.keys());
      const missed = [...beyond].filter((day) => day > lastUse && !used.has(day));
      if (missed.length >= ENDS_AFTER_DAYS) return [];
      const microsPerHour = Math.max(...(paid.length > 0 ? paid : used.values())) / DAY_HOURS;
      const exhausted = paid.length > 0 || [...beyond].some((day) => used.has(day));
      const left = new Set(
        unused
          .filter((one) => one.account === account && one.commitment === id && one.micros > 0)
          .map(({ day }) => day),
      );
      const paidFor = new Set(list.map(({ priceKey }) => familyOf(priceKey)));
      const without = Map.groupBy(
        recent.filter((pair) => !pair.commitment && left.has(pair.day)),
        ({ priceKey }) => familyOf(priceKey),
      );
      const spared = [...without].filter(
        ([family, days]) => !paidFor.has(family) && days.length >= SPARED_DAYS,
      );
      return [
        {
          account,
          id,
          microsPerHour,
          exhausted,
          paid: paidFor,
          spared: new Set(spared.map(([family]) => family)),
        },
      ];
    });
  });
}

function typeOf({ provider, market, region, instanceType }: Matched['priceKey']): string {
  return [provider, market, region, instanceType].join(' ');
}

/** A machine that a commitment would pay for. */
export interface Claim {
  nodeId: string;
  /** What it would take of the commitment in a full hour. */
  unitMicros: Micros;
  /** What it takes in this one, in which it may have begun or ended. */
  microsPerHour: Micros;
  /** The share that it saves against going without: 0.35. */
  saving: number;
}

/** How much of a machine's time is covered, and how far that may be off over one day. */
export interface Cover {
  share: number;
  deviation: number;
}

/** Savings are told apart by half percents: they are learned, and not exact. */
const SAVING_STEP = 0.005;

/**
 * What share of each machine's time the commitment covers in an hour in which just these run: most saving
 * first, of equal ones the cheapest first, until it is used up (AWS: see above). Equal machines
 * share alike: which of them gets it is chance, and the mean over the hours of a day is the same.
 */
export function cover(microsPerHour: Micros, claims: readonly Claim[]): Map<string, Cover> {
  const shares = new Map<string, Cover>();
  let left = microsPerHour;
  const first = [...claims].sort(
    (a, b) =>
      Math.round(b.saving / SAVING_STEP) - Math.round(a.saving / SAVING_STEP) ||
      a.unitMicros - b.unitMicros,
  );
  for (const group of Map.groupBy(first, kindOf).values()) {
    const wanted = group.reduce((sum, claim) => sum + claim.microsPerHour, 0);
    const share = wanted > 0 ? Math.min(1, left / wanted) : 0;
    const deviation = Math.sqrt(hourlyVariance(share, group.length) / DAY_HOURS);
    for (const { nodeId } of group) shares.set(nodeId, { share, deviation });
    left = Math.max(0, left - wanted * share);
  }
  return shares;
}

/**
 * Of n equal machines some are covered in full in an hour, one in part, the others not at all: the
 * variance of one machine's share where each order is as likely.
 */
function hourlyVariance(share: number, count: number): number {
  const covered = share * count;
  const whole = Math.floor(covered + 1e-9);
  return Math.max(0, (whole + (covered - whole) ** 2) / count - share ** 2);
}

function kindOf({ unitMicros, saving }: Claim): string {
  return `${Math.round(unitMicros)} ${saving.toFixed(6)}`;
}
