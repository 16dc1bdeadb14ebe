import { rateAt } from '../../metering/attribution.ts';
import type { Micros } from '../../model/money.ts';
import { type PriceKey, priceKeyText } from '../../model/rate.ts';
import { DAY, HOUR, type Instant } from '../../model/time.ts';
import {
  type ComputeLine,
  changedDays,
  computeLines,
  otherSums,
  type Sum,
  unusedSums,
} from '../../store/bills/reads.ts';
import type { Connection } from '../../store/connection.ts';
import type { Store } from '../../store/store.ts';
import type { Matched, UnusedCommitment } from '../matched.ts';
import { type Assigned, type Leftover, type MeteredHour, match } from './match.ts';

/**
 * Days so recent are compared again with each change of the bills: machines may be metered after
 * the bill came, as after a weekend that the laptop slept through.
 */
const RECENT_DAYS = 5;

/** Compares bills with the ledger, day by day: what a bill says takes the place of what was metered. */
export class Reconciler {
  readonly #store: Store;
  readonly #bills: Connection;
  readonly #now: () => Instant;

  constructor(store: Store, bills: Connection, now: () => Instant) {
    this.#store = store;
    this.#bills = bills;
    this.#now = now;
  }

  /** The days that are to be compared, oldest first. */
  due(): { day: number; sequence: number }[] {
    const known = this.#store.invoiced.reconciled();
    const days = changedDays(this.#bills);
    // A line may be about hours of the day after.
    const changed = new Set(
      days
        .filter(({ day, sequence }) => known.get(day) !== sequence)
        .flatMap(({ day }) => [day, day + 1]),
    );
    if (changed.size === 0) return [];
    const recent = Math.floor(this.#now() / DAY) - RECENT_DAYS;
    const sequences = new Map(days.map(({ day, sequence }) => [day, sequence]));
    for (const { day } of days) if (day >= recent) changed.add(day);
    return [...changed]
      .sort((a, b) => a - b)
      .map((day) => ({ day, sequence: sequences.get(day) ?? 0 }));
  }

  /** Compares one day, in one transaction. Doing it again changes nothing. */
  reconcile({ day, sequence }: { day: number; sequence: number }): void {
    const span = { from: (day - 1) * DAY, to: (day + 2) * DAY };
    const { usable, foreign } = this.#lines(span.from, (day + 1) * DAY);
    const hours = this.#meteredHours(span.from, span.to);
    const { assigned, leftover } = match(usable, hours);
    const today = assigned.filter(({ metered }) => Math.floor(metered.hour / 24) === day);
    const startsToday = ({ line }: { line: ComputeLine }) => Math.floor(line.from / DAY) === day;
    const unseen = [...leftover, ...foreign].filter(startsToday);
    this.#store.tick(() => {
      this.#bill(day, today);
      this.#store.saveMatched(pairsOf(day, today));
      this.#store.saveUnused(this.#unused(day, today));
      const other = [...otherSums(this.#bills, day), ...unseen.flatMap(sumOf)];
      this.#store.invoiced.saveDay(day, sequence, this.#now(), other);
    });
  }

  /** In dollars; those in a currency of which the bill gives no price in dollars are apart. */
  #lines(from: Instant, to: Instant): { usable: ComputeLine[]; foreign: Leftover[] } {
    const usable: ComputeLine[] = [];
    const foreign: Leftover[] = [];
    for (const line of computeLines(this.#bills, from, to)) {
      const rate = line.item.billingCurrency === 'USD' ? 1 : line.usdPerUnit;
      if (rate === undefined) foreign.push({ line, micros: line.effective });
      else {
        const list = line.list === undefined ? undefined : Math.round(line.list * rate);
        usable.push({ ...line, effective: Math.round(line.effective * rate), list });
      }
    }
    return { usable, foreign };
  }

  #meteredHours(from: Instant, to: Instant): MeteredHour[] {
    const hours = this.#store.invoiced.meteredHours({ from, to });
    return [...Map.groupBy(hours, ({ nodeId }) => nodeId)].flatMap(([nodeId, own]) => {
      const node = this.#store.invoiced.node(nodeId);
      if (!node?.priceKey || node.priceKey.market === 'owned') return [];
      const rates = this.#store.rates(nodeId, { from, to });
      return own.map(({ hour, micros }) => {
        const rate = rateAt(rates, hour * HOUR)?.rate;
        const perHour = rate?.microsPerHour ?? 0;
        return {
          node,
          hour,
          micros,
          listMicros:
            rate?.list !== undefined && perHour > 0
              ? Math.round((micros * rate.list) / perHour)
              : micros,
          ran: perHour > 0 ? Math.min(1, micros / perHour) : 1,
        };
      });
    });
  }

  #bill(day: number, assigned: readonly Assigned[]): void {
    const before = this.#store.invoiced.billedHours(day);
    const byNode = Map.groupBy(assigned, ({ metered }) => metered.node.id);
    for (const nodeId of new Set([...before.keys(), ...byNode.keys()])) {
      const byHour = Map.groupBy(byNode.get(nodeId) ?? [], ({ metered }) => metered.hour);
      const billed = [...byHour].map(([hour, parts]) => ({
        hour,
        micros: parts.reduce((sum, part) => sum + part.billed, 0),
        final: parts.every(({ line }) => line.final),
      }));
      const gone = (before.get(nodeId) ?? [])
        .filter((hour) => !byHour.has(hour))
        .map((hour) => ({ hour, micros: null }));
      this.#store.bill(nodeId, [...billed, ...gone]);
    }
  }

  #unused(day: number, assigned: readonly Assigned[]): UnusedCommitment[] {
    const used = new Map<string, UnusedCommitment>();
    for (const { line, metered } of assigned) {
      const commitment = line.item.commitmentDiscountId;
      const { account } = metered.node;
      if (commitment === undefined) continue;
      used.set(`${account} ${commitment}`, { account, commitment, day, micros: 0 });
    }
    for (const { commitment, wayAccount, micros } of unusedSums(this.#bills, day)) {
      for (const one of used.values()) if (one.commitment === commitment) one.micros += micros;
      if (wayAccount === null || [...used.values()].some((one) => one.commitment === commitment)) {
        continue;
      }
      used.set(`${wayAccount} ${commitment}`, { account: wayAccount, commitment, day, micros });
    }
    return [...used.values()];
  }
}

/** What calibration learns from: list and billed by account, kind of machine and commitment. */
export function pairsOf(day: number, assigned: readonly Assigned[]): Matched[] {
  const pairs = new Map<string, Matched>();
  const counted = new Set<string>();
  for (const { line, metered, billed, list } of assigned) {
    const priceKey = metered.node.priceKey as PriceKey;
    const { account } = metered.node;
    const commitment = line.item.commitmentDiscountId;
    const key = [account, priceKeyText(priceKey), commitment ?? ''].join(' ');
    const pair = pairs.get(key) ?? {
      account,
      priceKey,
      ...(commitment !== undefined && { commitment }),
      day,
      listMicros: 0,
      billedMicros: 0,
      final: true,
    };
    const hour = `${key} ${metered.node.id} ${metered.hour}`;
    const ofBill = priceKey.market === 'spot' ? undefined : list;
    // What was metered is one sum an hour, however many lines are about it.
    if (ofBill !== undefined) pair.listMicros += ofBill;
    else if (!counted.has(hour)) pair.listMicros += metered.listMicros;
    counted.add(hour);
    pair.billedMicros += billed;
    pair.final &&= line.final;
    pairs.set(key, pair);
  }
  return [...pairs.values()];
}

function sumOf({ line, micros }: { line: ComputeLine; micros: Micros }): Sum[] {
  if (micros === 0) return [];
  return [
    {
      provider: line.provider,
      account: line.subAccount,
      kind: 'compute',
      service: line.item.serviceName,
      currency: line.usdPerUnit === undefined ? line.item.billingCurrency : 'USD',
      micros,
      lines: 1,
    },
  ];
}
