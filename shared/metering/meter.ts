import type { Charge } from '../model/charge.ts';
import type { Job } from '../model/job.ts';
import type { Node } from '../model/node.ts';
import type { Instant, Interval } from '../model/time.ts';
import type { RateChange } from '../store/store.ts';
import { attribute } from './attribution.ts';
import type { Fleet } from './identity.ts';
import { minimumCharges } from './minimum.ts';
import { firstDifference } from './steps.ts';
import { CONTINUITY_MS, type Paid, paidSteps, paidTime, type Run, witness } from './uptime.ts';

/** All that is known of one node when its ledger is brought up to date. */
export interface MeterInput {
  /** Canonical, as last reported; its state is that of `seenAt`. */
  node: Node;
  now: Instant;
  /** When its source last reported the node, in whatever state. */
  seenAt: Instant;
  /** Whether its source fails now, so that nothing newer is known. */
  stale: boolean;
  /**
   * When its source last answered in full. Later than `seenAt` means that the node is gone.
   * Default: `seenAt`.
   */
  answeredAt?: Instant;
  /** Until when a job that has ended ran on it, by its own source. Default: none is known. */
  workedTo?: Instant | undefined;
  /** All jobs that may hold or have held a part of it since an instant, ended ones too. */
  jobs: (since: Instant) => readonly Job[];
  /** By their start. */
  rates: readonly RateChange[];
  resolve: Fleet['resolve'];
  /** Until when the ledger goes; undefined where it holds nothing of this node. */
  meteredThrough: Instant | undefined;
  /** The earliest instant whose facts (jobs, rates) changed since the last time. */
  redoFrom?: Instant;
  /**
   * Where a redo that would begin at an instant must begin so that it cuts no charge of the ledger
   * in two (`Store.seam`). Default: at that instant.
   */
  seam?: (at: Instant) => Instant;
  /** The runs that the last metering gave back. Without them gaps that lie behind are forgotten. */
  uptime?: readonly Run[];
  /** How long after a sighting a node is taken to run on without a doubt. Default: 10 minutes. */
  continuityMs?: number;
}

/** What to write: `charges` become the ledger of the node over `interval`. */
export interface Metered {
  /** Empty (`from` equal to `to`) where only the evidence changed, or no price is known yet. */
  interval: Interval;
  charges: Charge[];
  /** The evidence so far, to be kept and given back the next time. */
  uptime: Run[];
}

/**
 * Brings the ledger of one node up to date. Charges rest on evidence of when the node was billed
 * (see uptime.ts), never on how often or when this is called; they begin where the ledger ends,
 * or where evidence or facts have changed what it says. Undefined where there is nothing to do.
 */
export function meter(input: MeterInput): Metered | undefined {
  const { node, meteredThrough } = input;
  const before = input.uptime ?? assumeMetered(input);
  const uptime = witness(before, {
    node,
    now: input.now,
    seenAt: input.seenAt,
    answeredAt: input.answeredAt ?? input.seenAt,
    stale: input.stale,
    continuityMs: input.continuityMs ?? CONTINUITY_MS,
    workedTo: input.workedTo,
  });
  const paid = paidTime(uptime, node.billing);
  const first = paid[0]?.from;
  const start = meteredThrough ?? first;
  if (start === undefined) return uptime.length > 0 ? evidenceOnly(input.now, uptime) : undefined;
  if (input.rates.length === 0) {
    return meteredThrough === undefined ? evidenceOnly(start, uptime) : undefined;
  }

  const limit = Math.max(input.now, meteredThrough ?? input.now);
  const paidBefore = paidTime(before, node.billing);
  const redo = Math.min(
    start,
    changedFrom(paidBefore, paid, meteredThrough) ?? start,
    input.redoFrom ?? start,
  );
  const oldest = Math.min(first ?? start, paidBefore[0]?.from ?? start);
  const from = wholeMinimum(paid, Math.max(oldest, input.seam?.(redo) ?? redo));
  const due = paid.filter((stretch) => stretch.from <= limit);
  const lastTail = due.findLast(({ kind }) => kind === 'minimum');
  const to = Math.max(from, limit, lastTail?.to ?? limit);
  const window = { from, to: limit };
  const jobs = input.jobs(Math.min(from, ...due.filter(isWhole(window)).map((s) => s.runFrom)));
  const charges = due.flatMap((stretch) => chargesOf(stretch, window, input, jobs));
  if (charges.length === 0 && (meteredThrough === undefined || from >= meteredThrough)) {
    return evidenceOnly(start, uptime);
  }
  return { interval: { from, to }, charges, uptime };
}

/** The earliest instant of what is metered that the evidence now shows otherwise. */
function changedFrom(
  before: readonly Paid[],
  after: readonly Paid[],
  meteredThrough: Instant | undefined,
): Instant | undefined {
  if (meteredThrough === undefined) return undefined;
  const at = firstDifference(paidSteps(before), paidSteps(after));
  return at !== undefined && at < meteredThrough ? at : undefined;
}

/** A minimum is one sum, not a rate: it is written whole. */
function wholeMinimum(paid: readonly Paid[], at: Instant): Instant {
  const cut = paid.find(({ kind, from, to }) => kind === 'minimum' && from < at && at < to);
  return cut?.from ?? at;
}

function evidenceOnly(at: Instant, uptime: Run[]): Metered {
  return { interval: { from: at, to: at }, charges: [], uptime };
}

/** Where no evidence was kept: what is in the ledger was paid for, back to the launch if known. */
function assumeMetered({ node, meteredThrough }: MeterInput): Run[] {
  if (meteredThrough === undefined) return [];
  const { launchedAt } = node;
  const known = launchedAt !== undefined && launchedAt < meteredThrough;
  return [
    known
      ? { launchedAt, from: launchedAt, to: meteredThrough, gaps: [] }
      : { from: meteredThrough, to: meteredThrough, gaps: [] },
  ];
}

/** The minimums that are written, for which all of their run counts. */
function isWhole(window: Interval) {
  return ({ kind, from }: Paid) => kind === 'minimum' && from >= window.from;
}

function chargesOf(
  stretch: Paid,
  window: Interval,
  { node, rates, resolve }: MeterInput,
  jobs: readonly Job[],
): Charge[] {
  if (stretch.kind === 'minimum') {
    if (!isWhole(window)(stretch)) return [];
    return minimumCharges(stretch, { node, jobs, rates, resolve });
  }
  const interval = {
    from: Math.max(stretch.from, window.from),
    to: Math.min(stretch.to, window.to),
  };
  if (interval.to <= interval.from) return [];
  return attribute({ node, jobs, rates, interval, resolve, uncertain: stretch.uncertain });
}
