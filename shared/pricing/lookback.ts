import { isBilled, type Node } from '../model/node.ts';
import { type PriceKey, priceKeyText, type Quote, type Rate } from '../model/rate.ts';
import { HOUR, type Instant } from '../model/time.ts';

/** More points than this of one kind between two looks are no history but a mistake. */
const MAX_POINTS = 5_000;

/** An instant from which prices were not what they were. */
export interface Edge {
  at: Instant;
  /** The kind whose spot price changed. Else an hour in which, or before which, machines began or ended. */
  place?: string;
}

/**
 * What happened to prices between two looks: the spot prices that were in force meanwhile, and the
 * machines that began and ended, which share a commitment with the others. So hours in which this
 * machine slept are priced as they were, and not as they look on waking.
 */
export class Lookback {
  readonly #points = new Map<string, Rate[]>();
  #seenAt: Instant | undefined;

  /** Notes the spot prices among the quotes, in whatever order they come. */
  note(quotes: readonly Quote[]): void {
    for (const { key, nodeId, rate } of quotes) {
      if (key.market !== 'spot' || nodeId !== undefined) continue;
      const place = priceKeyText(key);
      const points = this.#points.get(place) ?? [];
      const index = points.findLastIndex(({ asOf }) => asOf <= rate.asOf);
      if (points[index]?.asOf === rate.asOf) points[index] = rate;
      else points.splice(index + 1, 0, rate);
      if (points.length > MAX_POINTS) points.shift();
      this.#points.set(place, points);
    }
  }

  /** The spot price in force at an instant, as far as it is known. */
  priceAt(key: PriceKey, at: Instant): Rate | undefined {
    return this.#points.get(priceKeyText(key))?.findLast(({ asOf }) => asOf <= at);
  }

  /**
   * The instants since the last look, up to now, at which any price may have changed, in order.
   * `hourly`: each hour may have a price of its own.
   */
  edges(nodes: readonly Node[], now: Instant, hourly = false): Edge[] {
    const seenAt = this.#seenAt ?? now;
    const places = new Set<string>();
    const hours = new Set<Instant>();
    for (const node of nodes) {
      const { priceKey, launchedAt, endedAt } = node;
      if (!priceKey || priceKey.market === 'owned') continue;
      if (priceKey.market === 'spot') places.add(priceKeyText(priceKey));
      else {
        const turn = isBilled(node) ? launchedAt : endedAt;
        for (const at of [launchedAt, turn]) {
          if (at === undefined || at <= seenAt || at >= now) continue;
          const hour = Math.floor(at / HOUR) * HOUR;
          hours.add(hour).add(hour + HOUR);
        }
      }
    }
    if (hourly) {
      for (let at = Math.ceil((seenAt + 1) / HOUR) * HOUR; at < now; at += HOUR) hours.add(at);
    }
    const edges = [...hours].map((at): Edge => ({ at }));
    for (const [place, points] of this.#points) {
      if (!places.has(place)) continue;
      // The first point is the one that was in force at the look before.
      for (const { asOf } of points.slice(1)) edges.push({ at: asOf, place });
    }
    return edges.filter(({ at }) => at < now).sort((a, b) => a.at - b.at);
  }

  /** What lies behind has been taken into account: what is in force then, and later, is kept. */
  seen(now: Instant): void {
    this.#seenAt = now;
    for (const [place, points] of this.#points) {
      const inForce = points.findLastIndex(({ asOf }) => asOf <= now);
      this.#points.set(place, points.slice(Math.max(0, inForce)));
    }
  }
}
