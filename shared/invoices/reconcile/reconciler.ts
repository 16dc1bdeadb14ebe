import { DAY, type Instant } from '../../model/time.ts';
import { type ComputeLine, changedDays, type Sum } from '../../store/bills/reads.ts';
import {
  chooseItems,
  dayOf,
  ItemReader,
  LONGEST_MS,
  longLines,
  longSpans,
  type ScannedLine,
  scanLines,
} from '../../store/bills/scan.ts';
import type { Connection } from '../../store/connection.ts';
import type { Store } from '../../store/store.ts';
import { DaySums } from './day_sums.ts';
import { hourKey, spread } from './long_lines.ts';
import {
  type Assigned,
  type Leftover,
  type Match,
  type MeteredHour,
  matching,
  resolver,
} from './match.ts';
import { meteredHours } from './metered.ts';
import { Pairs } from './pairs.ts';
import { transfersOf } from './transfers.ts';

/**
 * Days so recent are compared again with each change of the bills: machines may be metered after
 * the bill came, as after a weekend that the laptop slept through.
 */
const RECENT_DAYS = 5;
/** Lines this long before a day may be about it, and machines of that time be named by them. */
const REACH_DAYS = 32;
/** So many hours of machines are superseded in one transaction: each may have a charge a minute. */
const HOURS_AT_ONCE = 4;

/** A day, and what its lines of at most a day are for. */
interface DayMatch extends Match {
  day: number;
  hours: readonly MeteredHour[];
  sums: DaySums;
}

/**
 * Compares bills with the ledger: what a bill says takes the place of what was metered. It may be of
 * hundreds of thousands of lines, and others have things to do in the meantime: it goes in steps,
 * none of which handles more than some thousand rows, in any of which it may be cut short. A machine's
 * charges of an hour change in one transaction; a day that was cut short is compared again.
 */
export class Reconciler {
  readonly #store: Store;
  readonly #bills: Connection;
  readonly #now: () => Instant;

  constructor(store: Store, bills: Connection, now: () => Instant) {
    this.#store = store;
    this.#bills = bills;
    this.#now = now;
  }

  /** All steps at once. Answers since when the ledger may have changed; undefined where it has not. */
  compare(): Instant | undefined {
    const steps = this.steps();
    for (;;) {
      const { value, done } = steps.next();
      if (done) return value;
    }
  }

  /** Compares all that is due; each step says how many rows it has handled. Again it changes nothing. */
  *steps(): Generator<number, Instant | undefined> {
    const sequences = new Map(changedDays(this.#bills).map(({ day, sequence }) => [day, sequence]));
    const changed = this.#changed(sequences);
    if (changed.size === 0) return undefined;
    yield sequences.size;
    yield* this.#choose(changed);
    const { days, reach } = this.#withLong(changed);
    const items = new ItemReader(this.#bills);
    const long = yield* this.#long(reach, items);
    for (const day of days) {
      yield* this.#write(yield* this.#match(day, items), long, sequences.get(day) ?? 0);
    }
    return days[0] === undefined ? undefined : days[0] * DAY;
  }

  /** The days of which bills say something else than when they were last compared. */
  #changed(sequences: ReadonlyMap<number, number>): Set<number> {
    const known = this.#store.invoiced.reconciled();
    // A line may be about hours of the day after.
    const changed = new Set(
      [...sequences]
        .filter(([day, sequence]) => known.get(day) !== sequence)
        .flatMap(([day]) => [day, day + 1]),
    );
    if (changed.size === 0) return changed;
    const recent = dayOf(this.#now()) - RECENT_DAYS;
    for (const day of sequences.keys()) if (day >= recent) changed.add(day);
    return changed;
  }

  /** Of machines that were never metered, sums will do; without any, all lines are such. */
  *#choose(days: ReadonlySet<number>): Generator<number> {
    const nodeIds = new Set<string>();
    const first = Math.min(...days) - REACH_DAYS;
    for (let day = first; day <= Math.max(...days) + REACH_DAYS; day += 1) {
      const metered = this.#store.invoiced.meteredNodes({ from: day * DAY, to: (day + 1) * DAY });
      for (const nodeId of metered) nodeIds.add(nodeId);
      yield metered.length;
    }
    const nodes = [...nodeIds].flatMap((nodeId) => this.#store.invoiced.node(nodeId) ?? []);
    const rented = nodes.filter(({ priceKey }) => priceKey && priceKey.market !== 'owned');
    const resolve = resolver(rented);
    yield* chooseItems(
      this.#bills,
      (resource) => rented.length > 0 && (resource === null || resolve(resource).length > 0),
    );
  }

  /** The days, and all others that long lines about them are about, in order; and of what time those are. */
  #withLong(changed: ReadonlySet<number>): { days: number[]; reach: number[] } {
    const reach = new Set<number>();
    for (const { from, to } of longSpans(this.#bills)) {
      const about = Array.from(
        { length: dayOf(to - 1) - dayOf(from) + 1 },
        (_, index) => dayOf(from) + index,
      );
      if (about.some((day) => changed.has(day))) for (const day of about) reach.add(day);
    }
    const inOrder = (days: Iterable<number>) => [...days].sort((a, b) => a - b);
    return { days: inOrder([...new Set([...changed, ...reach])]), reach: inOrder(reach) };
  }

  /** What lines of more than a day are for, in the time of those that are about days which are due. */
  *#long(reach: readonly number[], items: ItemReader): Generator<number, Match> {
    const first = reach[0];
    const last = reach.at(-1);
    if (first === undefined || last === undefined) return { assigned: [], leftover: [] };
    const span = { from: first * DAY, to: (last + 1) * DAY };
    const { usable, foreign } = this.#lines(longLines(this.#bills, span), items);
    const taken = new Set<string>();
    for (const day of reach) {
      const { assigned } = yield* this.#match(day, items);
      for (const { metered } of assigned) taken.add(hourKey(metered));
    }
    const hours = yield* meteredHours(this.#store, span);
    const { assigned, leftover } = yield* spread(usable, hours, taken);
    return { assigned, leftover: [...leftover, ...foreign] };
  }

  /** Reads a day's lines, and the day's before it that are about this one, and finds what they are for. */
  *#match(day: number, items: ItemReader): Generator<number, DayMatch> {
    const span = { from: (day - 1) * DAY, to: (day + 1) * DAY };
    const hours = yield* meteredHours(this.#store, { ...span, to: span.to + DAY });
    const sums = new DaySums();
    const lines: ComputeLine[] = [];
    const left: Leftover[] = [];
    for (const rows of scanLines(this.#bills, span)) {
      const isToday = ({ from }: { from: Instant }) => from >= day * DAY;
      for (const row of rows) if (!row.chosen && isToday(row)) sums.add(row);
      const chosen = rows.filter((row) => row.chosen && row.to > day * DAY && !isLong(row));
      const { usable, foreign } = this.#lines(chosen, items);
      for (const line of usable) lines.push(line);
      for (const one of foreign) left.push(one);
      yield rows.length;
    }
    const { assigned, leftover } = yield* matching(lines, hours);
    const today = assigned.filter(({ metered }) => Math.floor(metered.hour / 24) === day);
    const unseen = [...leftover, ...left].filter(({ line }) => dayOf(line.from) === day);
    return { day, hours, sums, assigned: today, leftover: unseen };
  }

  /** In dollars; those in a currency of which the bill gives no price in dollars are apart. */
  #lines(
    rows: readonly ScannedLine[],
    items: ItemReader,
  ): { usable: ComputeLine[]; foreign: Leftover[] } {
    const usable: ComputeLine[] = [];
    const foreign: Leftover[] = [];
    for (const row of rows) {
      const usd = row.currency === 'USD' ? 1 : row.usdPerUnit;
      const dollars = (amount: number) => Math.round(Math.round(amount) * (usd ?? 1));
      const effective = row.effective + Math.round(row.fine / 1e6);
      const line: ComputeLine = {
        item: items.read(row.item),
        from: row.from,
        to: row.to,
        effective: dollars(effective),
        list: row.list === null ? undefined : dollars(row.list),
        consumed: row.consumed ?? undefined,
        usdPerUnit: row.usdPerUnit ?? undefined,
        final: row.final === 1,
        asOf: row.asOf,
        account: row.wayAccount ?? undefined,
        provider: row.provider,
        subAccount: row.account,
      };
      if (usd === null) foreign.push({ line, micros: effective });
      else usable.push(line);
    }
    return { usable, foreign };
  }

  /** Has the ledger say what the bill says of a day, machine by machine. */
  *#write(today: DayMatch, long: Match, sequence: number): Generator<number> {
    const { day, hours } = today;
    const known = new Map(hours.map((hour) => [hourKey(hour), hour]));
    const ofLong = long.assigned
      .filter(({ metered }) => Math.floor(metered.hour / 24) === day)
      .map((one) => ({ ...one, metered: known.get(hourKey(one.metered)) ?? one.metered }));
    const byNode = Map.groupBy([...today.assigned, ...ofLong], ({ metered }) => metered.node.id);
    const pairs = new Pairs(day);
    const nodeIds = [...new Set([...this.#store.invoiced.billedNodesOf(day), ...byNode.keys()])];
    for (const nodeId of nodeIds) {
      const assigned = byNode.get(nodeId) ?? [];
      pairs.add(assigned);
      const hours = this.#hoursOf(nodeId, day, assigned);
      for (let at = 0; at < hours.length; at += HOURS_AT_ONCE) {
        const some = hours.slice(at, at + HOURS_AT_ONCE);
        this.#store.bill(nodeId, some);
        yield some.length;
      }
    }
    const unseen = [
      ...today.leftover,
      ...long.leftover.filter(({ line }) => dayOf(line.from) === day),
    ];
    const one = <T>(list: Iterable<T[]>) => [...list].flatMap(([first]) => first ?? []);
    const transfers = transfersOf(
      today.sums.transfers(),
      day,
      one(Map.groupBy(hours, ({ node }) => node.id).values()),
      one(Map.groupBy(today.assigned, accountsOf).values()),
    );
    this.#store.tick(() => {
      this.#store.saveMatched(pairs.matched());
      this.#store.saveUnused(pairs.unused(today.sums.unused()));
      this.#store.traffic.saveTransfers(day, transfers);
      const other = [...today.sums.other(), ...unseen.flatMap(sumOf)];
      this.#store.invoiced.saveDay(day, sequence, this.#now(), other);
    });
  }

  /** What the bill says of a node's hours of a day; of those that it no longer speaks of, nothing. */
  #hoursOf(nodeId: string, day: number, assigned: readonly Assigned[]) {
    const byHour = Map.groupBy(assigned, ({ metered }) => metered.hour);
    const billed = [...byHour].map(([hour, parts]) => ({
      hour,
      micros: parts.reduce((sum, part) => sum + part.billed, 0),
      final: parts.every(({ line }) => line.final),
    }));
    const gone = this.#store.invoiced
      .billedHours(nodeId, day)
      .filter((hour) => !byHour.has(hour))
      .map((hour) => ({ hour, micros: null }));
    return [...billed, ...gone];
  }
}

function isLong({ from, to }: ScannedLine): boolean {
  return to - from > LONGEST_MS;
}

/** Lines of one kind tell of one account of ours and the provider's. */
function accountsOf({ line, metered }: Assigned): string {
  return [metered.node.account, line.provider, line.subAccount].join(' ');
}

function sumOf({ line, micros }: Leftover): Sum[] {
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
