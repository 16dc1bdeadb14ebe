import { isBilled, type Node } from '../model/node.ts';
import { type Instant, type Interval, MINUTE } from '../model/time.ts';
import type { Step } from './steps.ts';

/**
 * One run of a node from its launch to its end, as far as evidence shows. A node that is stopped
 * and started again has several. Kept in the store, so that the ledger can be redone at any time
 * from facts alone.
 */
export interface Run {
  /** When the provider says it was launched; absent where `from` is merely the first sight. */
  launchedAt?: Instant;
  from: Instant;
  /** The last moment that evidence covers: it was seen running, or its end was reported. */
  to: Instant;
  /** `reported`: `to` is its end. `unseen`: it ended some time after `to`. Absent: it runs on. */
  end?: 'reported' | 'unseen';
  /** Gaps within it, between two sightings, that no launch time vouches for. */
  gaps: Interval[];
  /** Beyond the evidence: how far it is taken to run on, until the next answer tells. */
  assumed?: { to: Instant; uncertain: boolean };
}

/** What is known of a node at one moment. */
export interface Sighting {
  node: Node;
  now: Instant;
  /** When its source last reported the node. */
  seenAt: Instant;
  /** When its source last answered in full; later than `seenAt` means that the node is gone. */
  answeredAt: Instant;
  /** Its source fails now, so that nothing newer is known. */
  stale: boolean;
  /** For how long after a sighting a node is taken to run on without a doubt. */
  continuityMs: number;
  /** Until when a job ran on it, by the word of that job's own source. */
  workedTo?: Instant | undefined;
}

export const CONTINUITY_MS = 10 * MINUTE;

/** A launch time that moves by less was computed from an uptime, and is still the same launch. */
const JITTER_MS = 10_000;

/** What the runs are once the sighting is taken into account. Pure; the runs are not changed. */
export function witness(runs: readonly Run[], sighting: Sighting): Run[] {
  const { node, seenAt, answeredAt } = sighting;
  const next = runs.map((run) => ({ ...run }));
  if (answeredAt > seenAt) close(next, sighting.now);
  else if (isBilled(node)) seenRunning(next, node, seenAt, sighting.continuityMs);
  else if (node.state !== 'starting' && node.endedAt !== undefined) {
    seenEnded(next, node.launchedAt, node.endedAt);
  } else close(next, sighting.now);
  const last = next.at(-1);
  if (last && !last.end) assume(last, sighting);
  if (last?.end === 'unseen') workedOn(last, sighting);
  return next;
}

function seenRunning(runs: Run[], node: Node, seenAt: Instant, continuityMs: number): void {
  const { launchedAt } = node;
  const last = runs.at(-1);
  if (!last) {
    const from = launchedAt ?? seenAt;
    runs.push(begin(launchedAt, from, Math.max(from, seenAt)));
  } else if (launchedAt === undefined) {
    if (last.end && seenAt > last.to) runs.push(begin(undefined, seenAt, seenAt));
    else if (!last.end) extend(last, seenAt, continuityMs);
  } else if (launchedAt > last.to) {
    if (!last.end) close(runs);
    runs.push(begin(launchedAt, launchedAt, Math.max(launchedAt, seenAt)));
  } else if (wasAhead(last, launchedAt, seenAt)) {
    close(runs);
    // Not before the run that it follows: what lies before that is another run's.
    const from = Math.max(launchedAt, last.from);
    last.to = from;
    last.gaps = last.gaps.filter((gap) => gap.from < from);
    runs.push(begin(launchedAt, from, seenAt));
  } else if (!last.end || seenAt > last.to) {
    delete last.end;
    learnLaunch(runs, last, launchedAt);
    last.to = Math.max(last.to, seenAt);
  }
}

/** Launched again before the last sight of it, which is still to come: that was by a wrong clock. */
function wasAhead(run: Run, launchedAt: Instant, seenAt: Instant): boolean {
  const isAnother = run.launchedAt !== undefined && launchedAt > run.launchedAt + JITTER_MS;
  return isAnother && !run.end && launchedAt <= seenAt && seenAt < run.to;
}

/** A launch time vouches for all that follows it; it never takes back what was seen before it. */
function learnLaunch(runs: readonly Run[], run: Run, launchedAt: Instant): void {
  run.gaps = run.gaps.filter((gap) => gap.from < launchedAt);
  if (run.launchedAt !== undefined && launchedAt > run.launchedAt - JITTER_MS) return;
  run.launchedAt = launchedAt;
  run.from = Math.min(run.from, Math.max(launchedAt, runs.at(-2)?.to ?? launchedAt));
}

function begin(launchedAt: Instant | undefined, from: Instant, to: Instant): Run {
  return { ...(launchedAt !== undefined && { launchedAt }), from, to, gaps: [] };
}

/** Seen again, without a launch time: a long silence in between remains a doubt. */
function extend(run: Run, seenAt: Instant, continuityMs: number): void {
  if (seenAt <= run.to) return;
  if (run.launchedAt === undefined && seenAt - run.to > continuityMs) {
    run.gaps = [...run.gaps, { from: run.to, to: seenAt }];
  }
  run.to = seenAt;
}

function seenEnded(runs: Run[], launchedAt: Instant | undefined, endedAt: Instant): void {
  const last = runs.at(-1);
  if (last && endedAt >= last.from && (launchedAt === undefined || launchedAt <= last.to)) {
    if (launchedAt !== undefined) learnLaunch(runs, last, launchedAt);
    last.to = endedAt;
    last.end = 'reported';
    last.gaps = last.gaps.filter((gap) => gap.from < endedAt);
    delete last.assumed;
    return;
  }
  close(runs);
  if (launchedAt !== undefined && launchedAt < endedAt && launchedAt >= (last?.to ?? launchedAt)) {
    runs.push({ ...begin(launchedAt, launchedAt, endedAt), end: 'reported' });
  }
}

/**
 * It has ended, nobody says when. What was seen of it after `now` was seen by a wrong clock, or
 * this one is: that time remains a doubt.
 */
function close(runs: Run[], now = Number.POSITIVE_INFINITY): void {
  const last = runs.at(-1);
  if (!last || last.end) return;
  last.end = 'unseen';
  delete last.assumed;
  const from = Math.max(now, last.from, last.gaps.at(-1)?.to ?? last.from);
  if (last.to > from) last.gaps = [...last.gaps, { from, to: last.to }];
}

/** Nobody saw it end, but it ran as long as the work on it did. */
function workedOn(run: Run, { workedTo, now }: Sighting): void {
  if (workedTo !== undefined && workedTo > run.to && workedTo <= now) run.to = workedTo;
}

/**
 * Between answers, and while its source fails, a node is taken to run on. A clock that leaps
 * ahead without any answer proves nothing, and one that steps back takes nothing away.
 */
function assume(run: Run, { now, stale, continuityMs }: Sighting): void {
  const before = run.assumed;
  const lapsed = now - run.to > continuityMs;
  const to = stale || !lapsed ? Math.max(now, run.to) : run.to;
  const kept = before && (before.uncertain === stale || !before.uncertain) ? before.to : run.to;
  const furthest = Math.max(to, kept);
  if (furthest > run.to) run.assumed = { to: furthest, uncertain: stale };
  else delete run.assumed;
}

/** A stretch of time that is paid for. */
export interface Paid extends Interval {
  kind: 'metered' | 'minimum';
  uncertain: boolean;
  /** Of a minimum, until when it is paid for: the next run may begin before that. */
  paidTo: Instant;
  /** When the run began that it belongs to. */
  runFrom: Instant;
}

/**
 * What is paid for these runs, oldest first, without overlap: the time they ran, and beyond
 * their end what the billing minimum and the last increment add.
 */
export function paidTime(runs: readonly Run[], billing: Node['billing']): Paid[] {
  return runs.flatMap((run, index) => {
    const limit = runs[index + 1]?.from ?? Number.POSITIVE_INFINITY;
    return [...ranTime(run), ...tail(run, billing, limit)];
  });
}

function ranTime(run: Run): Paid[] {
  const stretches: Paid[] = [];
  const add = (from: Instant, to: Instant, uncertain: boolean) => {
    if (to > from)
      stretches.push({ from, to, kind: 'metered', uncertain, paidTo: to, runFrom: run.from });
  };
  let from = run.from;
  for (const gap of run.gaps) {
    const gapEnd = Math.min(gap.to, run.to);
    add(from, gap.from, false);
    add(gap.from, gapEnd, true);
    from = gapEnd;
  }
  if (run.assumed && !run.assumed.uncertain) {
    add(from, run.assumed.to, false);
  } else {
    add(from, run.to, false);
    if (run.assumed) add(run.to, run.assumed.to, true);
  }
  return stretches;
}

/** An end that nobody reported is not rounded up to an increment: it is not known. */
function tail(run: Run, billing: Node['billing'], limit: Instant): Paid[] {
  if (!run.end || run.launchedAt === undefined) return [];
  const ran = run.to - run.launchedAt;
  const increment = run.end === 'reported' ? billing.incrementMs : 1;
  const billed = Math.max(Math.ceil(ran / increment) * increment, billing.minimumMs);
  const paidTo = run.launchedAt + billed;
  const to = Math.min(paidTo, limit);
  return to > run.to
    ? [{ from: run.to, to, kind: 'minimum', uncertain: false, paidTo, runFrom: run.from }]
    : [];
}

/** The same as steps, to find out where two of them differ. */
export function paidSteps(paid: readonly Paid[]): Step[] {
  return paid.map(({ from, to, kind, uncertain, paidTo }) => ({
    from,
    to,
    // A minimum is one sum: where its time changes, all of it does.
    value: kind === 'minimum' ? `minimum ${from} ${to} ${paidTo}` : `metered ${uncertain}`,
  }));
}
