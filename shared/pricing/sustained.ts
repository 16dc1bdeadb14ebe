import { isBilled, type Node } from '../model/node.ts';
import type { PriceKey } from '../model/rate.ts';
import { DAY, HOUR, type Instant, type Interval } from '../model/time.ts';
import { familyOf } from './family.ts';

/** What use in each quarter of a month costs of the list price. */
type Tiers = readonly [number, number, number, number];

/**
 * Google's discount for sustained use: what of the month a resource has been in use already decides
 * what its next hour costs. 30% off in all for N1, M1, M2 and GPUs that are fitted to a machine, 20%
 * for N2, N2D and C2; none for A2, A3, G2 and later types. docs.cloud.google.com/compute/docs/sustained-use-discounts
 */
const THIRTY: Tiers = [1, 0.8, 0.6, 0.4];
const TWENTY: Tiers = [1, 13 / 15, 11 / 15, 0.6];
const SCHEDULES: Readonly<Record<string, Tiers>> = {
  n1: THIRTY,
  // N1 machines of one's own shape.
  custom: THIRTY,
  m1: THIRTY,
  m2: THIRTY,
  n2: TWENTY,
  n2d: TWENTY,
  c2: TWENTY,
};

/** The tiers of a kind of machine; undefined where sustained use makes it no cheaper. */
export function tiersOf(key: PriceKey): Tiers | undefined {
  if (key.provider !== 'gcp' || key.market !== 'on-demand') return undefined;
  // Vertex AI has prices of its own, and what starts when there is room is discounted already.
  if (/^vertex\/|\+flex-start$/.test(key.instanceType)) return undefined;
  return SCHEDULES[familyOf(key)];
}

/** A machine's time, and how much of a resource it used: GPUs, else cores. */
interface Life {
  pool: string;
  units: number;
  from: Instant;
  /** Absent while it runs. */
  to?: Instant;
  seenAt: Instant;
}

/** Older months tell nothing that is asked for. */
const KEPT_MS = 100 * DAY;

/**
 * How far use has come in each month, by account, region and resource. Use of several machines is put
 * end to end: of what ran at the same time, the most that ever did is counted unit by unit, each for
 * as long as at least so many ran.
 */
export class Sustained {
  readonly #lives = new Map<string, Life>();
  /** Answers since the last note. */
  readonly #known = new Map<string, number>();
  #seenAt = Number.NEGATIVE_INFINITY;

  /** Notes when machines ran that the discount is for. */
  note(nodes: readonly Node[], at: Instant): void {
    this.#seenAt = Math.max(this.#seenAt, at);
    this.#known.clear();
    for (const node of nodes) {
      const { id, account, priceKey, launchedAt, endedAt } = node;
      if (!priceKey || launchedAt === undefined || !tiersOf(priceKey)) continue;
      const running = isBilled(node);
      if (!running && endedAt === undefined) continue;
      const key = `${id} ${launchedAt}`;
      this.#lives.set(key, {
        pool: poolOf(account, priceKey),
        units: node.gpus.count || node.cores || 1,
        from: launchedAt,
        ...(!running && endedAt !== undefined && { to: endedAt }),
        seenAt: Math.max(at, this.#lives.get(key)?.seenAt ?? at),
      });
    }
    for (const [key, { to, seenAt }] of this.#lives) {
      if ((to ?? seenAt) < at - KEPT_MS) this.#lives.delete(key);
    }
  }

  /** Whether there is anything whose price grows less by the hour. */
  get applies(): boolean {
    return this.#lives.size > 0;
  }

  /**
   * What use of such machines in the interval costs of the list price, by what ran in the month until
   * then: 1 where the discount is not for them. An instant stands for the use that begins at it.
   */
  factor(account: string, key: PriceKey, when: Interval | Instant): number {
    const tiers = tiersOf(key);
    if (!tiers) return 1;
    const span = typeof when === 'number' ? { from: when, to: when + 1 } : when;
    const pool = poolOf(account, key);
    const place = `${pool} ${span.from} ${span.to}`;
    const known = this.#known.get(place);
    if (known !== undefined) return known;
    let used = 0;
    let paid = 0;
    for (let { from } = span; from < span.to; ) {
      const month = monthOf(from);
      const to = Math.min(span.to, month.to);
      const part = this.#spent(pool, tiers, month, { from, to });
      used += part.used;
      paid += part.paid;
      from = to;
    }
    const factor = used > 0 ? paid / used : tiers[0];
    this.#known.set(place, factor);
    return factor;
  }

  /** What use in a part of a month comes to, in units times milliseconds: as it is, and as it is paid. */
  #spent(pool: string, tiers: Tiers, month: Interval, span: Interval) {
    const length = month.to - month.from;
    const before = this.#levels(pool, { from: month.from, to: span.from });
    const after = this.#levels(pool, { from: month.from, to: span.to });
    let used = 0;
    let paid = 0;
    let below = 0;
    for (const upTo of edgesOf([...before, ...after])) {
      const units = upTo - below;
      const [done, ms] = [heldBy(before, upTo), heldBy(after, upTo)];
      used += units * (ms - done);
      paid += units * (cost(tiers, ms / length) - cost(tiers, done / length)) * length;
      below = upTo;
    }
    return { used, paid };
  }

  /** For how long at least so many units ran in a time: the fewest first. */
  #levels(pool: string, span: Interval): Level[] {
    const steps = new Map<Instant, number>();
    const step = (at: Instant, by: number) => steps.set(at, (steps.get(at) ?? 0) + by);
    for (const life of this.#lives.values()) {
      if (life.pool !== pool) continue;
      // What nobody has seen since, and has no end, ran no longer as far as anybody knows.
      const unseen = life.seenAt < this.#seenAt ? life.seenAt : Number.POSITIVE_INFINITY;
      const from = Math.max(span.from, life.from);
      const to = Math.min(span.to, life.to ?? unseen);
      if (from >= to) continue;
      step(from, life.units);
      step(to, -life.units);
    }
    const held = new Map<number, number>();
    let running = 0;
    let last = span.from;
    for (const [at, by] of [...steps].sort(([a], [b]) => a - b)) {
      if (running > 0) held.set(running, (held.get(running) ?? 0) + at - last);
      running += by;
      last = at;
    }
    let ms = 0;
    return [...held]
      .sort(([a], [b]) => b - a)
      .map(([upTo, time]) => {
        ms += time;
        return { upTo, ms };
      })
      .reverse();
  }
}

/** The units up to this one, from that of the level before on, each of which ran for so long. */
interface Level {
  upTo: number;
  ms: number;
}

function edgesOf(levels: readonly Level[]): number[] {
  return [...new Set(levels.map(({ upTo }) => upTo))].sort((a, b) => a - b);
}

function heldBy(levels: readonly Level[], unit: number): number {
  return levels.find(({ upTo }) => upTo >= unit)?.ms ?? 0;
}

function poolOf(account: string, key: PriceKey): string {
  // GPUs that are fitted to a machine are a resource of their own.
  const [, ...fitted] = key.instanceType.split('+');
  const gpu = fitted.find((part) => !part.includes('local-ssd'))?.replace(/^\d+x/, '');
  return [account, key.region, gpu ?? familyOf(key)].join(' ');
}

/** What a share of the month costs, of what the whole month would at list price. */
function cost(tiers: Tiers, share: number): number {
  let sum = 0;
  for (const [quarter, tier] of tiers.entries()) {
    sum += tier * Math.min(0.25, Math.max(0, share - quarter / 4));
  }
  return sum;
}

let format: Intl.DateTimeFormat | undefined;

/** Made when it is first asked for: a collector without Google's machines saves the megabytes. */
function pacificFormat(): Intl.DateTimeFormat {
  format ??= new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/Los_Angeles',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
  });
  return format;
}

/** Google's months are those of US Pacific time. docs.cloud.google.com/billing/docs/how-to/reports */
export function monthOf(at: Instant): Interval {
  const { year, month } = pacific(at);
  return { from: startOf(year, month), to: startOf(year, month + 1) };
}

function startOf(year: number, month: number): Instant {
  // Seven or eight hours behind: midnight there is at one of these.
  const utc = Date.UTC(year, month - 1, 1);
  const early = utc + 7 * HOUR;
  return pacific(early).day === 1 ? early : early + HOUR;
}

function pacific(at: Instant): { year: number; month: number; day: number } {
  const parts = Object.fromEntries(
    pacificFormat()
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  return { year: parts.year ?? 0, month: parts.month ?? 0, day: parts.day ?? 0 };
}
