import type { Job, Share } from '../model/job.ts';
import type { Node } from '../model/node.ts';
import type { Instant } from '../model/time.ts';
import { heldSpan, shareSpan } from './held.ts';
import { isOn } from './holdings.ts';
import type { Fleet } from './identity.ts';
import { firstDifference, type Step } from './steps.ts';

/** A job as last reported, and when that was. */
export interface KnownJob {
  job: Job;
  seenAt: Instant;
}

/**
 * A job as now reported, with what its source no longer says (where an ended job ran), never said
 * (a start is then the first sight, an end the last), or would say otherwise now: what it held
 * before it grew, moved or was requeued keeps its time, and its shares are tied to the machines
 * that they mean now, for a scheduler may give a machine's name to another one later.
 */
export function remember(
  before: KnownJob | undefined,
  job: Job,
  at: Instant,
  resolve: Fleet['resolve'],
): Job {
  const holds = job.state === 'running' || job.state === 'stopping';
  const started = before?.job.state === 'pending' ? undefined : before?.job.startedAt;
  const startedAt = job.startedAt ?? started ?? (holds ? at : undefined);
  const tied = job.shares.map((share) => tie(share, job, resolve));
  const now: Job = {
    ...job,
    ...(startedAt !== undefined && { startedAt }),
    shares: before ? sharesOverTime(before, { ...job, shares: tied }, at, resolve) : tied,
  };
  if (job.state !== 'ended' || job.endedAt !== undefined) return now;
  const { endedAt } = before?.job ?? {};
  return gone(endedAt === undefined ? now : { ...now, endedAt }, before?.seenAt ?? at);
}

/**
 * A job that its source no longer lists, or says has ended but not when: it ended some time after
 * it was last seen. More is not known, and nothing is invented.
 */
export function gone(job: Job, lastSeen: Instant): Job {
  if (job.state === 'pending' || job.startedAt === undefined) return { ...job, state: 'ended' };
  return { ...job, state: 'ended', endedAt: Math.max(job.startedAt, job.endedAt ?? lastSeen) };
}

function tie(share: Share, job: Job, resolve: Fleet['resolve']): Share {
  const node = resolve(`${job.account}:${share.node}`) ?? resolve(share.node);
  return node && node.id !== share.node ? { ...share, node: node.id } : share;
}

/** The shares it holds now, and those it held before, each with its time. */
function sharesOverTime(
  { job: before, seenAt }: KnownJob,
  job: Job,
  at: Instant,
  resolve: Fleet['resolve'],
): Share[] {
  const known = before.shares.map((share) => tie(share, before, resolve));
  const past = known.filter(({ to }) => to !== undefined);
  const current = known.filter(({ to }) => to === undefined);
  const span = heldSpan(before);
  if (!span || current.length === 0) return [...past, ...job.shares];
  const close = (share: Share, to: Instant): Share => ({
    ...share,
    from: share.from ?? span.from,
    to,
  });
  if (isRequeued(before, job, seenAt)) {
    const end = Math.min(seenAt, span.to);
    return [...past, ...current.map((share) => close(share, end)), ...job.shares];
  }
  // Of a job that has ended, some sources no longer say where it ran.
  if (job.state === 'ended') return known;
  const same = (share: Share) => job.shares.some((other) => content(other) === content(share));
  const isNew = (share: Share) => !current.some((other) => content(other) === content(share));
  return [
    ...past,
    ...current.map((share) => (same(share) ? share : close(share, at))),
    ...job.shares.filter(isNew).map((share) => ({ ...share, from: at })),
  ];
}

/** A scheduler that starts a job again under the same number tells only of the last time. */
function isRequeued(before: Job, job: Job, seenAt: Instant): boolean {
  if (job.state === 'pending') return true;
  // The same start after the last sight of it: the clock was wrong at that sight.
  if (job.startedAt === undefined || job.startedAt === before.startedAt) return false;
  return job.startedAt > Math.min(seenAt, before.endedAt ?? seenAt);
}

function content({ node, gpus, gpuIndexes, cores, pod }: Share): string {
  return JSON.stringify([node, gpus, gpuIndexes, cores, pod]);
}

/** Until when jobs that have ended held the node, by what their sources said. */
export function workedTo(
  node: Node,
  jobs: readonly Job[],
  resolve: Fleet['resolve'],
): Instant | undefined {
  let latest: Instant | undefined;
  for (const job of jobs) {
    if (job.state !== 'ended' || job.endedAt === undefined) continue;
    for (const share of job.shares) {
      const span = shareSpan(job, share);
      if (span && isOn(node, share, job, resolve)) latest = Math.max(latest ?? span.to, span.to);
    }
  }
  return latest;
}

/** A job as metering last saw it, and as it is now. */
export interface JobChange {
  /** Undefined where it is new. */
  before: Job | undefined;
  after: Job;
}

/**
 * The earliest instant from which the jobs' holds on a node are not what they were: from there
 * its ledger must be redone. Undefined where they are the same. Names meant other machines before
 * where a machine has come to be known under more of them.
 */
export function redoFrom(
  node: Node,
  changes: Iterable<JobChange>,
  resolve: Fleet['resolve'],
  resolveBefore: Fleet['resolve'] = resolve,
): Instant | undefined {
  let earliest: Instant | undefined;
  for (const { before, after } of changes) {
    const held = before ? holds(node, before, resolveBefore) : [];
    const at = firstDifference(held, holds(node, after, resolve));
    if (at !== undefined) earliest = Math.min(earliest ?? at, at);
  }
  return earliest;
}

/** What the job holds of the node over time. */
function holds(node: Node, job: Job, resolve: Fleet['resolve']): Step[] {
  const held = job.shares.flatMap((share) => {
    const span = shareSpan(job, share);
    return span && isOn(node, share, job, resolve) ? [{ share, span }] : [];
  });
  const edges = held.flatMap(({ span }) => [span.from, span.to]);
  const steps = [...new Set(edges)].sort((a, b) => a - b);
  return steps.slice(0, -1).flatMap((from, index) => {
    const claims = held
      .filter(({ span }) => span.from <= from && from < span.to)
      .map(({ share: { gpus, gpuIndexes, cores } }) => [gpus, gpuIndexes, cores]);
    const to = steps[index + 1] ?? from;
    if (claims.length === 0) return [];
    return [{ from, to, value: JSON.stringify([job.level, job.owner, claims]) }];
  });
}
