import { namesIn } from '../../metering/names.ts';
import { type Micros, split } from '../../model/money.ts';
import type { Node } from '../../model/node.ts';
import { HOUR } from '../../model/time.ts';
import type { ComputeLine } from '../../store/bills/reads.ts';
import { LONGEST_MS } from '../../store/bills/scan.ts';
import type { InvoiceItem } from '../line.ts';
import { marketOf, providerOf } from './provider.ts';

/** One hour of a node as the meter has it, before any bill. */
export interface MeteredHour {
  node: Node;
  hour: number;
  micros: Micros;
  /** At list prices, before calibration. */
  listMicros: Micros;
  /** The part of the hour that it ran. */
  ran: number;
}

/** What a line says of one hour of a node. */
export interface Assigned {
  line: ComputeLine;
  metered: MeteredHour;
  billed: Micros;
  /** By the bill's own list price; absent where it has none. */
  list: Micros | undefined;
}

/** What of a line is for no time that was metered. */
export interface Leftover {
  line: ComputeLine;
  micros: Micros;
}

/** Machines whose hours differ by less are the same hours: starts and ends are rounded. */
const TOLERANCE = 0.03;
/** So many lines, or ten times as many hours, are looked at in one step. */
const AT_ONCE = 1_000;

/** What lines are found to be for. */
export interface Match {
  assigned: Assigned[];
  leftover: Leftover[];
}

/** All steps of `matching` at once. */
export function match(lines: readonly ComputeLine[], hours: readonly MeteredHour[]): Match {
  const steps = matching(lines, hours);
  for (;;) {
    const { value, done } = steps.next();
    if (done) return value;
  }
}

/**
 * Finds the metered hours that lines are for: those of the machine that a line names, else those of
 * the account's machines of its type, region and market for which no line names them. A line is
 * shared out over its hours by what was metered for them. Of a line for more hours than were
 * metered, the rest is left over: nobody saw that time. A line over more than `longest` tells no
 * hours. Step by step; each says how many lines it has looked at.
 */
export function* matching(
  lines: readonly ComputeLine[],
  hours: readonly MeteredHour[],
  longest = LONGEST_MS,
): Generator<number, Match> {
  const assigned: Assigned[] = [];
  const leftover: Leftover[] = [];
  const { byNode, byHour } = yield* sorted(hours);
  const resolve = resolver([...byNode.values()].flatMap(([first]) => first?.node ?? []));
  const accounts = new Accounts([...byNode.values()].flatMap(([first]) => first ?? []));
  const named = new Set<MeteredHour>();
  const byType: ComputeLine[] = [];
  for (const [index, line] of lines.entries()) {
    if (index > 0 && index % AT_ONCE === 0) yield AT_ONCE;
    const id = line.item.resourceId;
    const nodes = id === undefined ? [] : resolve(id);
    const [node] = nodes;
    const short = line.to - line.from <= longest;
    const own = short ? nodes.flatMap(({ id }) => within(byNode.get(id) ?? [], line)) : [];
    if (node && own.length > 0) {
      for (const hour of own) named.add(hour);
      accounts.learn(line, node);
      assign(line, own, assigned, leftover);
    } else if (id === undefined || !node) byType.push(line);
    else leftover.push({ line, micros: line.effective });
  }
  for (const [index, line] of byType.entries()) {
    if (index > 0 && index % AT_ONCE === 0) yield AT_ONCE;
    const account = accounts.of(line);
    // A machine that the line names, and that was never seen, is none of ours.
    const isUnnamed = line.item.resourceId === undefined && line.to - line.from <= longest;
    const theirs = isUnnamed ? hoursOf(byHour, line).filter((hour) => !named.has(hour)) : [];
    const own = theirs.filter(({ node }) => node.account === account && isOfType(node, line));
    assign(line, own, assigned, leftover);
  }
  return { assigned, leftover };
}

interface Sorted {
  byNode: Map<string, MeteredHour[]>;
  byHour: Map<number, MeteredHour[]>;
}

function* sorted(hours: readonly MeteredHour[]): Generator<number, Sorted> {
  const byNode = new Map<string, MeteredHour[]>();
  const byHour = new Map<number, MeteredHour[]>();
  for (const [index, one] of hours.entries()) {
    if (index > 0 && index % (10 * AT_ONCE) === 0) yield AT_ONCE;
    push(byNode, one.node.id, one);
    push(byHour, one.hour, one);
  }
  return { byNode, byHour };
}

function push<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

function within(hours: readonly MeteredHour[], { from, to }: ComputeLine): MeteredHour[] {
  return hours.filter(({ hour }) => hour * HOUR < to && (hour + 1) * HOUR > from);
}

function hoursOf(byHour: Sorted['byHour'], { from, to }: ComputeLine): MeteredHour[] {
  const found: MeteredHour[] = [];
  for (let hour = Math.floor(from / HOUR); hour * HOUR < to; hour += 1) {
    found.push(...(byHour.get(hour) ?? []));
  }
  return found;
}

/** Shares a line out over hours, by what was metered for them. */
export function assign(
  line: ComputeLine,
  hours: readonly MeteredHour[],
  assigned: Assigned[],
  leftover: Leftover[],
): void {
  const share = Math.min(1, coverOf(line, hours));
  const micros = Math.round(line.effective * share);
  if (micros !== line.effective || hours.length === 0) {
    leftover.push({ line, micros: line.effective - (hours.length === 0 ? 0 : micros) });
  }
  if (hours.length === 0) return;
  const known = hours.some((hour) => hour.micros > 0);
  const weights = hours.map((hour) => (known ? Math.max(0, hour.micros) : 1));
  const billed = signedSplit(micros, weights);
  const list = line.list === undefined ? [] : signedSplit(Math.round(line.list * share), weights);
  for (const [index, metered] of hours.entries()) {
    assigned.push({ line, metered, billed: billed[index] ?? 0, list: list[index] });
  }
}

/** The part of the line's hours that were metered. */
function coverOf(line: ComputeLine, hours: readonly MeteredHour[]): number {
  const consumed = hoursConsumed(line);
  if (consumed === undefined) return 1;
  const ran = hours.reduce((sum, hour) => sum + hour.ran, 0);
  const share = ran / consumed;
  return share >= 1 - TOLERANCE ? 1 : share;
}

/** For how many hours of machines a line is. Corrections and refunds count none. */
export function hoursConsumed({ consumed, item }: ComputeLine): number | undefined {
  const unit = (item.consumedUnit ?? item.pricingUnit ?? '').toLowerCase();
  const perUnit = /^(hrs?|hours?)$/.test(unit) ? 1 : /^seconds?$/.test(unit) ? 1 / 3600 : undefined;
  if (perUnit === undefined || consumed === undefined || consumed <= 0) return undefined;
  if (item.chargeClass === 'Correction') return undefined;
  // Google charges a machine by its cores, GPUs and memory: their seconds are not the machine's.
  if (providerOf(item) === 'gcp') return undefined;
  return consumed * perUnit;
}

function signedSplit(micros: Micros, weights: readonly number[]): Micros[] {
  const parts = split(Math.abs(micros), weights);
  return micros < 0 ? parts.map((part) => 0 - part) : parts;
}

function isOfType({ priceKey }: Node, { item }: ComputeLine): boolean {
  if (!priceKey || priceKey.provider !== providerOf(item)) return false;
  const words = [item.instanceType, item.skuMeter, item.chargeDescription].join(' ').toLowerCase();
  const type = priceKey.instanceType.toLowerCase();
  const isType =
    item.instanceType === undefined
      ? words.split(/[\s:,;/()]+/).includes(type)
      : item.instanceType.toLowerCase() === type;
  if (!isType) return false;
  const region = item.regionId?.toLowerCase();
  if (region !== undefined && region !== priceKey.region.toLowerCase()) return false;
  const market = marketOf(item);
  return market === undefined || (market === 'spot') === (priceKey.market === 'spot');
}

/**
 * The node of a name that only one has. A whole path may also be that of several machines at once:
 * a training job's, whose bill does not tell its instances apart.
 */
export function resolver(nodes: readonly Node[]): (reference: string) => readonly Node[] {
  const byName = new Map<string, Set<Node>>();
  for (const node of nodes) {
    const native = node.id.slice(node.account.length + 1);
    const names = [native, node.name, ...node.aliases].flatMap((name) => [
      name.toLowerCase(),
      ...namesIn(name).map(({ text }) => text),
    ]);
    for (const name of names) byName.set(name, (byName.get(name) ?? new Set()).add(node));
  }
  return (reference) => {
    const whole = reference.toLowerCase();
    const last = whole.slice(Math.max(whole.lastIndexOf('/'), whole.lastIndexOf(':')) + 1);
    for (const name of [whole, ...namesIn(whole).map(({ text }) => text), last]) {
      const found = [...(byName.get(name) ?? [])];
      const [first] = found;
      if (!first) continue;
      const together =
        name.includes('/') && found.every(({ account }) => account === first.account);
      return found.length === 1 || together ? found : [];
    }
    return [];
  };
}

/** Which of our accounts a provider's account is: by what lines name, or as the only one there is. */
export class Accounts {
  readonly #learned = new Map<string, string>();
  readonly #byProvider = new Map<string, Set<string>>();

  constructor(hours: readonly MeteredHour[]) {
    for (const { node } of hours) {
      const provider = node.priceKey?.provider;
      if (provider === undefined) continue;
      const accounts = this.#byProvider.get(provider) ?? new Set();
      this.#byProvider.set(provider, accounts.add(node.account));
    }
  }

  learn({ provider, subAccount }: Pick<ComputeLine, 'provider' | 'subAccount'>, node: Node): void {
    const key = `${provider} ${subAccount}`;
    const known = this.#learned.get(key);
    // The same, in whatever order lines come.
    if (known === undefined || node.account < known) this.#learned.set(key, node.account);
  }

  of(line: {
    item: Pick<InvoiceItem, 'providerName'>;
    provider: string;
    subAccount: string;
    account: string | undefined;
  }): string | undefined {
    const learned = this.#learned.get(`${line.provider} ${line.subAccount}`);
    if (learned !== undefined) return learned;
    const theirs = this.#byProvider.get(providerOf(line.item) ?? '') ?? new Set();
    // Projects and subscriptions are accounts by their own names; a payer is none that has nodes.
    for (const name of [`${providerOf(line.item)}:${line.subAccount}`, line.account]) {
      if (name !== undefined && theirs.has(name)) return name;
    }
    const [only, ...others] = theirs;
    return others.length === 0 ? only : undefined;
  }
}
