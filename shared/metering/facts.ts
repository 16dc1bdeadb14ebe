import type { Job, Share } from '../model/job.ts';
import type { Node } from '../model/node.ts';
import type { Instant } from '../model/time.ts';
import { heldSpan } from './held.ts';
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
 * before it grew or moved keeps its time, and its shares are tied to the machines they mean now,
 * for a scheduler gives a machine's name to another one later.
 */
export function tie(share: Share, job: Job, resolve: Fleet['resolve']): Share {
  const node = resolve(`${job.account}:${share.node}`) ?? resolve(share.node);
  return node && node.id !== share.node ? { ...share, node: node.id } : share;
}

/** The shares it holds now, and those it held before, each with its time. */
function sharesOverTime(
  before: Job | undefined,
  now: readonly Share[],
  at: Instant,
  holds: boolean,
): Share[] {
  if (!before || before.shares.length === 0 || !heldSpan(before)) return [...now];
  if (!holds) return before.shares;
  const past = before.shares.filter(({ to }) => to !== undefined);
  const current = before.shares.filter(({ to }) => to === undefined);
  const content = ({ from: _, ...share }: Share) => JSON.stringify(share);
  const goesOn = (share: Share) => now.some((other) => content(other) === content(share));
  const isNew = (share: Share) => !current.some((other) => content(other) === content(share));
  return [
    ...past,
    ...current.map((share) => (goesOn(share) ? share : { ...share, to: at })),
    ...now.filter(isNew).map((share) => ({ ...share, from: at })),
  ];
}

/**
 * The earliest instant from which the jobs' holds on a node are not what they were: from there
 * its ledger must be redone. Undefined where they are the same. Jobs that are no longer listed
 * are forgotten, not gone.
 */
export function redoFrom(
  node: Node,
  previous: readonly Job[],
  next: readonly Job[],
  resolve: Fleet['resolve'],
): Instant | undefined {
  const before = new Map(previous.map((job) => [job.id, job]));
  const changes = next.flatMap((job) => {
    const old = before.get(job.id);
    if (old === job) return [];
    return firstDifference(old ? holds(node, old, resolve) : [], holds(node, job, resolve)) ?? [];
  });
  return changes.length > 0 ? Math.min(...changes) : undefined;
}

/** What the job holds of the node over time. */
function holds(node: Node, job: Job, resolve: Fleet['resolve']): Step[] {
  const span = heldSpan(job);
  const shares = job.shares.filter((share) => isOn(node, share, job, resolve));
  if (!span || shares.length === 0) return [];
  const edges = shares.flatMap(({ from, to }) => [from ?? span.from, to ?? span.to]);
  const steps = [...new Set(edges)].sort((a, b) => a - b);
  return steps.slice(0, -1).flatMap((from, index) => {
    const held = shares.filter(
      (share) => (share.from ?? span.from) <= from && from < (share.to ?? span.to),
    );
    const claims = held.map(({ gpus, gpuIndexes, cores }) => [gpus, gpuIndexes, cores]);
    const to = steps[index + 1] ?? from;
    return held.length > 0 ? [{ from, to, value: JSON.stringify([job.level, claims]) }] : [];
  });
}
