import { type Micros, split } from '../../model/money.ts';
import { type PriceKey, priceKeyText } from '../../model/rate.ts';
import { DAY, HOUR, type Instant } from '../../model/time.ts';
import {
  type ComputeLine,
  changedDays,
  chooseItems,
  computeLines,
  otherSums,
  type Sum,
  transferSums,
  unusedSums,
} from '../../store/bills/reads.ts';
import type { Connection } from '../../store/connection.ts';
import { meanRate } from '../../store/costs.ts';
import type { Store } from '../../store/store.ts';
import type { Matched, UnusedCommitment } from '../matched.ts';
import { type Assigned, type Leftover, type MeteredHour, match, resolver } from './match.ts';
import { transfersOf } from './transfers.ts';

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
    const hours = this.#meteredHours(span.from, span.to);
    this.#choose(hours);
    const { usable, foreign } = this.#lines(span.from, (day + 1) * DAY);
    const { assigned, leftover } = match(usable, hours);
    const today = assigned.filter(({ metered }) => Math.floor(metered.hour / 24) === day);
    const startsToday = ({ line }: { line: ComputeLine }) => Math.floor(line.from / DAY) === day;
    const unseen = [...leftover, ...foreign].filter(startsToday);
    const transfers = transfersOf(transferSums(this.#bills, day), day, hours, assigned);
    this.#store.tick(() => {
      this.#bill(day, today);
      this.#store.saveMatched(pairsOf(day, today));
      this.#store.saveUnused(this.#unused(day, today));
      this.#store.traffic.saveTransfers(day, transfers);
      const other = [...otherSums(this.#bills, day), ...unseen.flatMap(sumOf)];
      this.#store.invoiced.saveDay(day, sequence, this.#now(), other);
    });
  }

  /** Of machines that were never metered, sums will do; without any, all lines are such. */
  #choose(hours: readonly MeteredHour[]): void {
    const nodes = [...new Map(hours.map(({ node }) => [node.id, node])).values()];
    const resolve = resolver(nodes);
    chooseItems(
      this.#bills,
      (resource) => nodes.length > 0 && (resource === null || resolve(resource).length > 0),
    );
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
      const listed = rates.map((change) => ({
        ...change,
        rate: { ...change.rate, microsPerHour: change.rate.list ?? change.rate.microsPerHour },
      }));
      return own.map(({ hour, micros }) => {
        // Spot prices move within the hour: only their mean tells how much of it was paid for.
        const span = { from: hour * HOUR, to: (hour + 1) * HOUR };
        const perHour = rates.length > 0 ? meanRate(rates, span) : 0;
        const ran = perHour > 0 ? micros / perHour : 1;
        const listMicros = perHour > 0 ? Math.round(ran * meanRate(listed, span)) : micros;
        return { node, hour, micros, listMicros, ran: Math.min(1, ran) };
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
    const used = new Map<string, UnusedCommitment & { used: Micros }>();
    for (const { line, metered, billed } of assigned) {
      const commitment = line.item.commitmentDiscountId;
      const { account } = metered.node;
      if (commitment === undefined) continue;
      const key = `${account} ${commitment}`;
      const one = used.get(key) ?? { account, commitment, day, micros: 0, used: 0 };
      used.set(key, { ...one, used: one.used + Math.max(0, billed) });
    }
    for (const { commitment, wayAccount, micros } of unusedSums(this.#bills, day)) {
      // Several accounts may share one: what is unused is theirs as they used the rest.
      const sharing = [...used.values()].filter((one) => one.commitment === commitment);
      const parts = split(
        micros,
        sharing.map((one) => one.used || 1),
      );
      for (const [index, one] of sharing.entries()) one.micros += parts[index] ?? 0;
      if (sharing.length > 0 || wayAccount === null) continue;
      const alone = { account: wayAccount, commitment, day, micros, used: 0 };
      used.set(`${wayAccount} ${commitment}`, alone);
    }
    return [...used.values()].map(({ used: _, ...one }) => one);
  }
}

/** What calibration learns from: list and billed by account, kind of machine and commitment. */
export function pairsOf(day: number, assigned: readonly Assigned[]): Matched[] {
  const pairs = new Map<string, Matched>();
  const byHour = Map.groupBy(assigned, ({ metered }) => metered);
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
    const ofBill = priceKey.market === 'spot' ? undefined : list;
    const part = partOf(line, byHour.get(metered) ?? []);
    pair.listMicros += ofBill ?? Math.round(metered.listMicros * part);
    pair.billedMicros += billed;
    pair.final &&= line.final;
    pairs.set(key, pair);
  }
  return [...pairs.values()];
}

/** What part of an hour a line is for, of all lines that are about it: commitments may cover some. */
function partOf(line: ComputeLine, lines: readonly Assigned[]): number {
  const quantity = ({ item, consumed = 1 }: ComputeLine) =>
    item.chargeClass === 'Correction' ? 0 : Math.max(0, consumed);
  const sum = lines.reduce((total, one) => total + quantity(one.line), 0);
  return sum > 0 ? quantity(line) / sum : 1 / lines.length;
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
