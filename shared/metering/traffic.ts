import type { Job } from '../model/job.ts';
import { split } from '../model/money.ts';
import type { Node } from '../model/node.ts';
import { type Instant, type Interval, MINUTE } from '../model/time.ts';
import { addMoved, FLOWS, type Flow, type Moved, type Traffic } from '../model/traffic.ts';
import { cut } from './attribution.ts';
import { edgesOf, heldAt } from './held.ts';
import { type Holding, holdings } from './holdings.ts';
import type { Fleet } from './identity.ts';

/** What a machine moved over a time. */
export interface Gain extends Interval {
  nodeId: string;
  moved: Moved;
}

/** What was last heard of one device by one account: so that a restart goes on from there. */
export interface SeriesState {
  account: string;
  nodeId: string;
  device: string;
  at: Instant;
  /** Whether the values are counters, which the next reading is compared with. */
  counts: boolean;
  values: Moved;
}

/** Network and disks are told of apart: who measures the one may not see the other. */
const GROUPS: readonly (readonly Flow[])[] = [
  ['sent', 'received'],
  ['read', 'written'],
];

/** So much fresher must another account's readings be to count instead: clouds tell minutes late. */
const TAKES_OVER_MS = 2 * MINUTE;
/** Who has been silent for so long no longer tells of a machine. */
const SILENT_MS = 5 * MINUTE;
/** A thousand machines of many devices; an exporter that makes up names is not remembered without end. */
const MOST_SERIES = 50_000;
/** No machine moves so much in a millisecond (a terabyte a second): the counter is not one. */
const MOST_PER_MS = 1e9;

/**
 * Makes bytes of what accounts tell of machines' traffic. Several may tell of one machine; the one
 * counts that is the first, until another is clearly fresher. Whatever comes late, twice, or
 * from two sides, no time of a machine's network (or disks) is counted twice.
 */
export class TrafficCounting {
  /** By account, machine and device. */
  readonly #series = new Map<string, SeriesState>();
  /** By machine and group: who counts, until when it has, and what was before it. */
  readonly #witness = new Map<string, { account: string; at: Instant; floor: Instant }>();
  readonly #changed = new Set<string>();

  restore(states: Iterable<SeriesState>): void {
    for (const state of states) {
      this.#series.set(keyOf(state), state);
      const { account, nodeId, at, values } = state;
      for (const [group, flows] of GROUPS.entries()) {
        if (flows.every((flow) => values[flow] === undefined)) continue;
        // Whoever had told the newest was the one that counted.
        const place = `${group} ${nodeId}`;
        const floor = Number.NEGATIVE_INFINITY;
        if (at > (this.#witness.get(place)?.at ?? floor))
          this.#witness.set(place, { account, at, floor });
      }
    }
  }

  /** What a reading adds; nothing for the first of a counter, and for what is known already. */
  take(account: string, nodeId: string, reading: Traffic): Gain[] {
    const { at, device } = reading;
    const key = keyOf({ account, nodeId, device });
    const before = this.#series.get(key);
    if (before ? at <= before.at : this.#series.size >= MOST_SERIES) return [];
    const values = flowsOf(reading);
    const gains = GROUPS.flatMap((flows, group) => {
      const told = flows.filter((flow) => values[flow] !== undefined);
      if (told.length === 0) return [];
      const floor = this.#floorFor(account, `${group} ${nodeId}`, at);
      if (floor === undefined) return [];
      return gainOf(told, { nodeId, reading, values, before, floor }) ?? [];
    });
    const counts = reading.since === undefined;
    // A counter that is missing once goes on from where it was before.
    const kept = counts && before?.counts ? { ...before.values, ...values } : values;
    this.#series.set(key, { account, nodeId, device, at, counts, values: kept });
    this.#changed.add(key);
    return gains;
  }

  /** Names of the machines whose traffic other accounts tell of. */
  toldByOthers(account: string, now: Instant): Set<string> {
    const nodes = new Set<string>();
    for (const [key, witness] of this.#witness) {
      const [group, ...nodeId] = key.split(' ');
      if (group === '0' && witness.account !== account && witness.at > now - SILENT_MS)
        nodes.add(nodeId.join(' '));
    }
    return nodes;
  }

  /** What was heard since `kept` was last called. */
  changes(): SeriesState[] {
    return [...this.#changed].flatMap((key) => this.#series.get(key) ?? []);
  }

  kept(): void {
    this.#changed.clear();
  }

  forget(before: Instant): void {
    for (const [key, { at }] of this.#series) if (at < before) this.#series.delete(key);
    for (const [key, { at }] of this.#witness) if (at < before) this.#witness.delete(key);
  }

  /** From when on this account's readings count; undefined where another's do. */
  #floorFor(account: string, key: string, at: Instant): Instant | undefined {
    const witness = this.#witness.get(key);
    if (witness?.account === account) {
      witness.at = Math.max(witness.at, at);
      return witness.floor;
    }
    if (witness && at < witness.at + TAKES_OVER_MS) return undefined;
    const floor = witness?.at ?? Number.NEGATIVE_INFINITY;
    this.#witness.set(key, { account, at, floor });
    return floor;
  }
}

function gainOf(
  told: readonly Flow[],
  {
    nodeId,
    reading,
    values,
    before,
    floor,
  }: {
    nodeId: string;
    reading: Traffic;
    values: Moved;
    before: SeriesState | undefined;
    floor: Instant;
  },
): Gain | undefined {
  const { at, since } = reading;
  const counts = since === undefined;
  const start = counts ? (before?.counts ? before.at : undefined) : since;
  if (start === undefined || at <= start) return undefined;
  // What was counted by then, by whomever, is not counted again.
  const from = Math.max(start, floor, counts ? start : (before?.at ?? start));
  if (at <= from) return undefined;
  const moved: Moved = {};
  for (const flow of told) {
    const value = values[flow] ?? 0;
    const last = counts ? before?.values[flow] : 0;
    if (last === undefined) continue;
    // A counter that has gone back was set to zero when the machine was started anew.
    const whole = value >= last ? value - last : value;
    if (whole > (at - start) * MOST_PER_MS) continue;
    moved[flow] = Math.round((whole * (at - from)) / (at - start));
  }
  return Object.keys(moved).length > 0 ? { nodeId, from, to: at, moved } : undefined;
}

function keyOf({ account, nodeId, device }: Pick<SeriesState, 'account' | 'nodeId' | 'device'>) {
  return `${account} ${nodeId} ${device}`;
}

function flowsOf(reading: Traffic): Moved {
  const values: Moved = {};
  for (const flow of FLOWS) if (reading[flow] !== undefined) values[flow] = reading[flow];
  return values;
}

/** What one job, or `idle`, moved on a machine. */
export interface JobGain extends Gain {
  jobId: string;
}

/**
 * Shares out what a machine moved among those who held it, as its cost is: telemetry of a machine
 * does not tell whose bytes they are. Whole bytes; the parts are the whole.
 */
export class NodeShares {
  readonly #node: Node;
  readonly #jobs: readonly Job[];
  readonly #resolve: Fleet['resolve'];
  readonly #edges: readonly Instant[];
  /** By the edges before: between two of them who holds what does not change. */
  readonly #holdings = new Map<number, Holding[]>();

  /** `jobs`: all that may have held a part of the machine. */
  constructor(node: Node, jobs: readonly Job[], resolve: Fleet['resolve']) {
    this.#node = node;
    this.#jobs = jobs;
    this.#resolve = resolve;
    this.#edges = [...new Set(jobs.flatMap(edgesOf))];
  }

  share(gain: Gain): JobGain[] {
    const pieces = cut(gain, this.#edges);
    const [piece] = pieces;
    if (piece && pieces.length === 1) return this.#shareOf(gain.moved, piece);
    const weights = pieces.map(({ from, to }) => to - from);
    const parts = splitMoved(gain.moved, weights);
    return pieces.flatMap((one, nth) => this.#shareOf(parts[nth] ?? {}, one));
  }

  #shareOf(moved: Moved, { from, to }: Interval): JobGain[] {
    const holdings = this.#heldAt(from);
    const parts = splitMoved(
      moved,
      holdings.map(({ weight }) => weight),
    );
    const nodeId = this.#node.id;
    return holdings.map(({ jobId }, nth) => ({ nodeId, jobId, from, to, moved: parts[nth] ?? {} }));
  }

  #heldAt(at: Instant): Holding[] {
    const passed = this.#edges.filter((edge) => edge <= at).length;
    const known = this.#holdings.get(passed);
    if (known) return known;
    const active = this.#jobs.flatMap((job) => heldAt(job, at) ?? []);
    const made = holdings(this.#node, active, this.#resolve);
    this.#holdings.set(passed, made);
    return made;
  }
}

/** Whole bytes by weight, flow by flow. */
function splitMoved(moved: Moved, weights: readonly number[]): Moved[] {
  if (weights.length === 1) return [moved];
  const parts = weights.map((): Moved => ({}));
  for (const flow of FLOWS) {
    const bytes = moved[flow];
    if (bytes === undefined) continue;
    for (const [nth, part] of split(bytes, weights).entries()) {
      const to = parts[nth];
      if (to) to[flow] = part;
    }
  }
  return parts;
}

/** Gains of the same time as one: a machine's devices are mostly read together. */
export function joined(gains: readonly Gain[]): Gain[] {
  const byTime = new Map<string, Gain>();
  for (const gain of gains) {
    const key = `${gain.from} ${gain.to}`;
    const known = byTime.get(key);
    byTime.set(key, known ? { ...known, moved: addMoved(known.moved, gain.moved) } : gain);
  }
  return [...byTime.values()];
}
