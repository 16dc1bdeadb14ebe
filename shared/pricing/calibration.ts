import type { Matched, UnusedCommitment } from '../invoices/matched.ts';
import type { Node } from '../model/node.ts';
import { priceKeyText, type Rate } from '../model/rate.ts';
import { DAY, type Instant } from '../model/time.ts';
import { type Claim, type Commitment, type Cover, commitmentsOf, cover } from './coverage.ts';
import { familyOf } from './family.ts';
import { type Estimate, Ratios } from './ratios.ts';
import { Sustained } from './sustained.ts';

/** Bills older than this tell nothing of today's contract. */
export const KEPT_DAYS = 90;
/** 95% of a normal distribution lie within so many deviations. */
const DEVIATIONS = 1.96;
/** How well a commitment's hourly sum is known: where it was used up, and where it never was. */
const CAPACITY = { exhausted: 0.02, open: 0.25 };
/** Whether it pays for a family that it has not yet paid for is as good as not known. */
const PERHAPS = 0.5;

/** A machine that runs, and its price before calibration. */
export interface Priced {
  node: Node;
  rate: Rate;
}

/** What bills teach of one machine's price. */
export interface Lesson {
  rate: Rate;
  /** The days (since the epoch) whose bills it rests on, and the newest bill at all. */
  days: readonly number[];
  lastDay: number;
  /** Whether bills of such machines are among them. */
  own: boolean;
  /** What part of its time commitments pay. */
  covered: number;
  /** What use of the month so far makes of the price of the rest: 0.8, or 1 where it changes nothing. */
  sustained: number;
}

/** The same over one hour. */
export interface Used extends Priced {
  /** For what part of the hour it runs. */
  hours: number;
}

/**
 * What an account's bills teach about its prices. Holds the matched pairs and nothing else: all
 * that it answers follows from them and from what runs now, so that a correction of an old bill,
 * or bills in another order, lead to the same answer.
 */
export class Calibration {
  readonly #pairs = new Map<string, Matched>();
  /** What use of the month makes of list prices. */
  readonly sustained = new Sustained();
  readonly #unused = new Map<string, UnusedCommitment>();
  #learned: { ratios: Ratios; commitments: Commitment[] } | undefined;
  /** By node: what each commitment covers of it. */
  #covered = new Map<string, Map<string, Cover>>();

  /** Takes in pairs; one of the same account, kind, commitment and day takes the old one's place. */
  learn(pairs: readonly Matched[], unused: readonly UnusedCommitment[] = []): void {
    for (const pair of pairs) this.#pairs.set(identity(pair), pair);
    for (const one of unused) {
      this.#unused.set([one.account, one.commitment, one.day].join(' '), one);
    }
    const newest = Math.max(...[...this.#pairs.values()].map(({ day }) => day));
    for (const known of [this.#pairs, this.#unused]) {
      for (const [key, { day }] of known) if (day <= newest - KEPT_DAYS) known.delete(key);
    }
    this.#learned = undefined;
  }

  /**
   * Shares out what commitments pay in this hour among all that runs in it: one more machine makes
   * each of the others dearer, where the commitment is used up.
   */
  watch(running: readonly Used[], now: Instant): void {
    this.#covered = new Map();
    const taken = new Map<string, number>();
    for (const commitment of this.#lessons().commitments) {
      const { id, microsPerHour } = commitment;
      const claims = running.flatMap((priced) => this.#claim(priced, commitment, now, taken));
      for (const [nodeId, covered] of cover(microsPerHour, claims)) {
        const covers = this.#covered.get(nodeId) ?? new Map<string, Cover>();
        this.#covered.set(nodeId, covers.set(id, covered));
        taken.set(nodeId, (taken.get(nodeId) ?? 0) + covered.share);
      }
    }
  }

  /** The rate as the account's bills will have it; undefined where they teach nothing about it. */
  apply(priced: Priced, now: Instant): Rate | undefined {
    return this.lessonOf(priced, now)?.rate;
  }

  /** The same, with what it rests on. */
  lessonOf({ node, rate }: Priced, now: Instant): Lesson | undefined {
    const { account, priceKey } = node;
    if (!priceKey) return undefined;
    const today = Math.floor(now / DAY);
    const { ratios, commitments } = this.#lessons();
    const plain = ratios.estimate(account, priceKey, today);
    const sustained = this.sustained.factor(account, priceKey, now);
    const parts: { share: number; estimate: Estimate; by: number }[] = [];
    const spread: Record<string, number> = {};
    let open = 1;
    for (const [id, { share, deviation }] of this.#covered.get(node.id) ?? []) {
      const estimate = ratios.estimate(account, priceKey, today, id);
      if (!estimate || share === 0) continue;
      parts.push({ share, estimate, by: 1 });
      open -= share;
      const known = commitments.find((one) => one.account === account && one.id === id);
      const gap = Math.abs(Math.exp(plain?.mean ?? 0) - Math.exp(estimate.mean));
      const doubt =
        known?.paid.has(familyOf(priceKey)) === false
          ? PERHAPS
          : known?.exhausted
            ? CAPACITY.exhausted
            : CAPACITY.open;
      spread[`${account} ${id}`] = gap * share * doubt;
      // Which of several equal machines it covers is another error for each of them.
      if (deviation > 0) spread[node.id] = Math.hypot(spread[node.id] ?? 0, gap * deviation);
    }
    if (open > 0) {
      const rest = plain ?? parts[0]?.estimate;
      if (!rest) return undefined;
      parts.push({ share: open, estimate: rest, by: sustained });
    }
    let ratio = 0;
    for (const { share, estimate, by } of parts) {
      const factor = share * by * Math.exp(estimate.mean);
      ratio += factor;
      for (const [cause, deviation] of Object.entries(estimate.deviations)) {
        spread[cause] = (spread[cause] ?? 0) + factor * deviation;
      }
    }
    const through = Math.max(...parts.map(({ estimate }) => estimate.lastDay));
    const calibrated: Rate = {
      microsPerHour: Math.round(rate.microsPerHour * ratio),
      provenance: 'calibrated',
      basis: `${rate.basis} × ${ratio.toFixed(3)}, as this account's bills through ${dateOf(through)} say`,
      asOf: rate.asOf,
      list: rate.microsPerHour,
      spread: Object.fromEntries(
        Object.entries(spread).map(([cause, deviation]) => [
          cause,
          Math.round(rate.microsPerHour * deviation * DEVIATIONS),
        ]),
      ),
    };
    return {
      rate: calibrated,
      days: [...new Set(parts.flatMap(({ estimate }) => estimate.days))],
      lastDay: through,
      own: parts.some(({ estimate }) => estimate.own),
      covered: 1 - open,
      sustained,
    };
  }

  #claim(
    { node, rate, hours }: Used,
    { account, id, spared }: Commitment,
    now: Instant,
    taken: ReadonlyMap<string, number>,
  ): Claim[] {
    const { priceKey } = node;
    if (!priceKey || node.account !== account) return [];
    const today = Math.floor(now / DAY);
    const { ratios } = this.#lessons();
    if (spared.has(familyOf(priceKey))) return [];
    const covered = ratios.estimate(account, priceKey, today, id);
    const open = 1 - (taken.get(node.id) ?? 0);
    if (!covered || open <= 0) return [];
    const plain = ratios.estimate(account, priceKey, today)?.mean ?? 0;
    const unitMicros = rate.microsPerHour * Math.exp(covered.mean);
    return [
      {
        nodeId: node.id,
        unitMicros,
        microsPerHour: unitMicros * hours * open,
        saving: 1 - Math.exp(covered.mean - plain),
      },
    ];
  }

  /** What of a commitment covers use is not discounted for being sustained as well. */
  #expected({ account, priceKey, day, commitment }: Matched): number {
    if (commitment !== undefined) return 1;
    return this.sustained.factor(account, priceKey, { from: day * DAY, to: (day + 1) * DAY });
  }

  #lessons() {
    this.#learned ??= {
      ratios: new Ratios(this.#pairs.values(), (pair) => this.#expected(pair)),
      commitments: commitmentsOf([...this.#pairs.values()], [...this.#unused.values()]),
    };
    return this.#learned;
  }
}

function identity({ account, priceKey, commitment, day }: Matched): string {
  return [account, priceKeyText(priceKey), commitment ?? '', day].join(' ');
}

function dateOf(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10);
}
