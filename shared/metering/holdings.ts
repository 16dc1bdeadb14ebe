import { IDLE } from '../model/charge.ts';
import { type Job, Level, type Share } from '../model/job.ts';
import type { Node } from '../model/node.ts';
import type { Fleet } from './identity.ts';

/** What part of a node one job, or nobody (`idle`), holds at one moment. */
export interface Holding {
  jobId: string;
  /** The job's owner; of `idle`, the node's. */
  owner?: string;
  /** Out of the sum over the node's holdings. Integers, so that money divides by them exactly. */
  weight: number;
}

/** Parts of a node smaller than this are rounding, not idle GPUs. */
const GRAIN = 1e-9;

/**
 * Who holds what part of the node while `jobs` run: by GPUs where the node has GPUs and the job
 * says how many, else by cores, else the whole node. The most specific level comes first: a
 * process inside a Slurm job takes from that job's part, and whoever started the machine holds
 * what is left, or nothing where a scheduler hands the machine out. Too much claimed is scaled
 * down; what nobody holds is `idle` and its owner the node's. Sorted by job, `idle` last.
 */
export function holdings(node: Node, jobs: readonly Job[], resolve: Fleet['resolve']): Holding[] {
  const claims = jobs.flatMap((job) => {
    const claim = claimOn(node, job, resolve);
    return claim ? [claim] : [];
  });
  const handedOut =
    node.scheduled === true ||
    claims.some(({ job }) => job.level === 'scheduler' || job.level === 'cluster');
  const held = new Map<string, number>();
  const taken = new Taken();
  for (const level of Level.options.toReversed()) {
    if (level === 'machine' && handedOut) continue;
    const peers = claims.filter(({ job }) => job.level === level);
    for (const [jobId, fraction] of grant(peers, node, taken)) held.set(jobId, fraction);
  }
  const parts: Holding[] = claims
    .filter(({ job }) => (held.get(job.id) ?? 0) > GRAIN)
    .sort((a, b) => (a.job.id < b.job.id ? -1 : 1))
    .map(({ job }) => ({
      jobId: job.id,
      ...(job.owner !== undefined && { owner: job.owner }),
      weight: toWeight(held.get(job.id) ?? 0),
    }));
  const idle = 1 - [...held.values()].reduce((a, b) => a + b, 0);
  if (idle > 1e-6 || parts.length === 0) {
    const owner = node.owner !== undefined && { owner: node.owner };
    parts.push({ jobId: IDLE, ...owner, weight: toWeight(Math.max(idle, GRAIN)) });
  }
  return parts;
}

function toWeight(fraction: number): number {
  return Math.max(1, Math.round(fraction / GRAIN));
}

/** A job's claim: single GPUs where it names them, and a fraction of the node beside them. */
interface Claim {
  job: Job;
  indexes: ReadonlySet<number>;
  fraction: number;
}

function claimOn(node: Node, job: Job, resolve: Fleet['resolve']): Claim | undefined {
  const shares = job.shares.filter((share) => isOn(node, share, job, resolve));
  if (shares.length === 0) return undefined;
  const indexes = new Set(
    shares.flatMap((share) => share.gpuIndexes ?? []).filter((index) => index < node.gpus.count),
  );
  const unnamed = shares.reduce((sum, share) => sum + fractionOf(share, node), 0);
  return { job, indexes, fraction: Math.min(1, unnamed) };
}

export function isOn(node: Node, share: Share, job: Job, resolve: Fleet['resolve']): boolean {
  return nodeOfShare(share, job, resolve)?.id === node.id;
}

/** Looks among the job's own account first: two clusters may each have a `node1`. */
export function nodeOfShare(share: Share, job: Job, resolve: Fleet['resolve']): Node | undefined {
  return resolve(`${job.account}:${share.node}`) ?? resolve(share.node);
}

/** The part of the node that a share claims without naming GPUs, 0 to 1. */
function fractionOf(share: Share, node: Node): number {
  const { count } = node.gpus;
  const named = share.gpuIndexes?.filter((index) => index < count).length ?? 0;
  if (count > 0 && named > 0) {
    return share.gpus === undefined ? 0 : Math.max(0, share.gpus - named) / count;
  }
  if (count > 0 && share.gpus !== undefined) return share.gpus / count;
  if (share.cores !== undefined && node.cores) return Math.min(1, share.cores / node.cores);
  return 1;
}

/** What the more specific levels have taken already. */
class Taken {
  /** Fully held GPUs, by index. */
  readonly indexes = new Set<number>();
  /** Held without saying which GPUs. */
  unnamed = 0;

  total(gpuCount: number): number {
    return this.unnamed + (gpuCount > 0 ? this.indexes.size / gpuCount : 0);
  }
}

/**
 * Gives the claims of one level what is left for them, and adds it to what is taken.
 *
 * A named GPU goes in equal parts to those of this level that name it. Where it cannot be known
 * which GPUs are meant, the more specific jobs are taken to run inside the less specific ones (a
 * process inside its Slurm job), for otherwise the same GPU would be held twice.
 */
function grant(peers: readonly Claim[], node: Node, taken: Taken): Map<string, number> {
  const { count } = node.gpus;
  const left = Math.max(0, 1 - taken.total(count));
  const claimants = new Map<number, number>();
  for (const { indexes } of peers) {
    for (const index of indexes) claimants.set(index, (claimants.get(index) ?? 0) + 1);
  }
  const named = new Map<string, number>();
  const unnamed = new Map<string, number>();
  for (const { job, indexes, fraction } of peers) {
    let slots = 0;
    for (const index of indexes) {
      if (!taken.indexes.has(index)) slots += 1 / (claimants.get(index) ?? 1) / count;
    }
    named.set(job.id, slots);
    unnamed.set(job.id, fraction);
  }
  const inside = [...taken.indexes].filter((index) => !claimants.has(index)).length;
  shrink([unnamed], count > 0 ? inside / count : 0);
  shrink([named, unnamed], taken.unnamed);
  const claimed = sum(named) + sum(unnamed);
  const tooMuch = claimed > left + GRAIN;
  if (tooMuch) shrink([named, unnamed], claimed - left);

  const granted = new Map<string, number>();
  for (const { job } of peers) {
    granted.set(job.id, (named.get(job.id) ?? 0) + (unnamed.get(job.id) ?? 0));
  }
  if (tooMuch || taken.unnamed + sum(unnamed) > GRAIN) {
    taken.unnamed += sum(granted);
  } else {
    for (const index of claimants.keys()) taken.indexes.add(index);
  }
  return granted;
}

/** Takes `amount` away from the values, in proportion, down to nothing. */
function shrink(groups: readonly Map<string, number>[], amount: number): void {
  const total = groups.reduce((all, group) => all + sum(group), 0);
  if (amount <= 0 || total <= 0) return;
  const keep = Math.max(0, total - amount) / total;
  for (const group of groups) {
    for (const [key, value] of group) group.set(key, value * keep);
  }
}

function sum(values: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const value of values.values()) total += value;
  return total;
}
