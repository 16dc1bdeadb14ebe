import { isBilled, type Node } from '../model/node.ts';
import type { PriceReason } from '../model/price_reason.ts';
import { type PriceKey, Provenance, priceKeyText, type Quote, type Rate } from '../model/rate.ts';
import { halfWidth } from '../model/spread.ts';
import { DAY, HOUR, type Instant, type Interval, MINUTE } from '../model/time.ts';
import type { RateChange } from '../store/store.ts';
import { Calibration } from './calibration.ts';
import { Lookback } from './lookback.ts';

/** After this long a price is asked for again; until an answer comes, the old one is used. */
const FRESH_MS = { spot: 10 * MINUTE, other: 24 * HOUR };

/**
 * The prices known: of kinds of machines, and of single nodes. Holds no price of its own: it
 * learns all of them from sources. The best provenance wins, then the newest; what is only a list
 * price, or the spot price that everyone pays, is corrected by what the account's bills teach.
 */
export class PriceBook {
  readonly calibration = new Calibration();
  readonly #lookback = new Lookback();
  /** By price key or node, then by provenance: the newest of each. */
  readonly #known = new Map<string, Map<Provenance, Quote>>();

  learn(quotes: readonly Quote[]): void {
    this.#lookback.note(quotes);
    for (const quote of quotes) {
      const place = quote.nodeId === undefined ? kindPlace(quote.key) : nodePlace(quote.nodeId);
      const known = this.#known.get(place) ?? new Map<Provenance, Quote>();
      const old = known.get(quote.rate.provenance);
      if (!old || quote.rate.asOf >= old.rate.asOf) known.set(quote.rate.provenance, quote);
      this.#known.set(place, known);
    }
  }

  /**
   * Tells what runs in this hour: commitments are shared out among that, as bills do it by the
   * hour. Call it before `rateOf`.
   */
  watch(nodes: readonly Node[], now: Instant): void {
    this.calibration.sustained.note(nodes, now);
    const from = Math.floor(now / HOUR) * HOUR;
    const used = nodes.flatMap((node) => {
      const ran = overlap(lifeOf(node, now), { from, to: from + HOUR });
      const rate = ran > 0 ? this.#offered(node, now) : undefined;
      return rate && isForAll(node, rate) ? [{ node, rate, hours: ran / HOUR }] : [];
    });
    this.calibration.watch(used, now);
  }

  /** The best rate for this node; undefined where nobody has named one. */
  rateOf(node: Node, now: Instant): Rate | undefined {
    const rate = this.#offered(node, now);
    if (!rate || !isForAll(node, rate)) return rate;
    return this.calibration.apply({ node, rate }, now) ?? rate;
  }

  /** Why a node's rate is what it is; undefined where it has none. */
  reasonOf(node: Node, now: Instant): Omit<PriceReason, 'machines'> | undefined {
    const offered = this.#offered(node, now);
    if (!offered) return undefined;
    const lesson = isForAll(node, offered)
      ? this.calibration.lessonOf({ node, rate: offered }, now)
      : undefined;
    const { microsPerHour, provenance, spread } = lesson?.rate ?? offered;
    return {
      ...(node.priceKey && { kind: node.priceKey }),
      microsPerHour,
      provenance,
      basis: offered.basis,
      asOf: offered.asOf,
      ...(lesson && {
        bills: {
          listMicros: offered.microsPerHour,
          ratio: offered.microsPerHour > 0 ? microsPerHour / offered.microsPerHour : 1,
          marginMicros: halfWidth(spread),
          days: lesson.days.length,
          lastDay: lesson.lastDay * DAY,
          own: lesson.own,
          ...(lesson.sustained < 1 && { sustained: lesson.sustained }),
          ...(lesson.covered > 0.0005 && { covered: Math.min(1, lesson.covered) }),
        },
      }),
    };
  }

  /**
   * What the nodes' prices were between the last look and this one: each change, in order. What
   * they are now is not among it. `seen` ends the look.
   */
  past(nodes: readonly Node[], now: Instant): RateChange[] {
    const hourly = this.calibration.sustained.applies;
    return this.#lookback.edges(nodes, now, hourly).flatMap(({ at, place }) => {
      if (place === undefined) this.watch(nodes, at);
      return nodes.flatMap((node) => {
        const life = lifeOf(node, now);
        const from = Math.max(at, life.from);
        const until = Math.min(place === undefined ? at + HOUR : now, life.to, now);
        if (from >= until || !isConcerned(node, place)) return [];
        const rate = this.rateOf(node, from);
        return rate ? [{ nodeId: node.id, from, rate }] : [];
      });
    });
  }

  seen(now: Instant): void {
    this.#lookback.seen(now);
  }

  /** Before calibration. */
  #offered(node: Node, now: Instant): Rate | undefined {
    const past = node.priceKey && this.#lookback.priceAt(node.priceKey, now);
    const candidates = [
      ...(past ? [past] : []),
      ...(node.rate ? [node.rate] : []),
      ...this.#ratesAt(nodePlace(node.id)),
      ...(node.priceKey ? this.#ratesAt(kindPlace(node.priceKey)) : []),
    ];
    return candidates.sort((a, b) => compare(a, b, now))[0];
  }

  /** The kinds of machines among the nodes whose price is not known, or should be read again. */
  wanted(nodes: readonly Node[], now: Instant): PriceKey[] {
    const keys = new Map<string, PriceKey>();
    for (const node of nodes) {
      const { priceKey } = node;
      if (!priceKey || priceKey.market === 'owned') continue;
      const rate = this.rateOf(node, now);
      // What a spot machine paid in its last hours is asked for once more after its end.
      const isOpen = priceKey.market === 'spot' && rate && (node.endedAt ?? 0) > rate.asOf;
      if (!isBilled(node) && node.state !== 'starting' && !isOpen) continue;
      const freshMs = priceKey.market === 'spot' ? FRESH_MS.spot : FRESH_MS.other;
      if (!rate || now - rate.asOf >= freshMs) keys.set(priceKeyText(priceKey), priceKey);
    }
    return [...keys.values()];
  }

  /** The list price of a kind of machine, as sources have named it. */
  listed(key: PriceKey): Rate | undefined {
    return this.#known.get(kindPlace(key))?.get('list')?.rate;
  }

  #ratesAt(place: string): Rate[] {
    return [...(this.#known.get(place)?.values() ?? [])].map(({ rate }) => rate);
  }
}

/** When a node ran: one that runs is taken to run on. */
function lifeOf(node: Node, now: Instant): Interval {
  const { launchedAt, endedAt } = node;
  const to = isBilled(node) ? Number.POSITIVE_INFINITY : (endedAt ?? 0);
  return { from: launchedAt ?? Math.min(now, to), to };
}

function overlap(a: Interval, b: Interval): number {
  return Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from));
}

/** Whether the change of one kind's spot price, or of what runs, may change this node's price. */
function isConcerned({ priceKey }: Node, place: string | undefined): boolean {
  if (!priceKey) return false;
  return place === undefined ? priceKey.market !== 'spot' : priceKeyText(priceKey) === place;
}

/** A price that everyone is offered, and not this account's or machine's own. */
function isForAll({ priceKey }: Node, { provenance }: Rate): boolean {
  return provenance === 'list' || (provenance === 'quoted' && priceKey?.market === 'spot');
}

/** Best first. A price dated in the future was read while the clock was wrong: the last resort. */
function compare(a: Rate, b: Rate, now: Instant): number {
  const order = Provenance.options;
  return (
    order.indexOf(a.provenance) - order.indexOf(b.provenance) ||
    Number(a.asOf > now) - Number(b.asOf > now) ||
    b.asOf - a.asOf
  );
}

function kindPlace(key: PriceKey): string {
  return `kind ${priceKeyText(key)}`;
}

function nodePlace(nodeId: string): string {
  return `node ${nodeId}`;
}
