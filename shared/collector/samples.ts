import { latestShares } from '../metering/held.ts';
import { type Job, MOST_SPECIFIC_FIRST, type Share } from '../model/job.ts';
import type { Node } from '../model/node.ts';
import { activity, type Sample } from '../model/sample.ts';
import type { StoredSample } from '../store/store.ts';

/** Finds a node's id by any of its names. */
export type Resolve = (name: string) => string | undefined;

/** A job's hold on one node: all of its shares there. */
interface Hold {
  job: Job;
  shares: Share[];
  /** The GPUs that it holds without saying which; undefined where it holds the whole node. */
  gpus: number | undefined;
}

/**
 * Ties readings to the nodes and jobs they belong to. Per GPU the most specific job that holds it
 * wins, and holds it where, in this order,
 * - the exporter names it (a Slurm job id, a pod),
 * - its share lists the GPU's index,
 * - it holds the whole node,
 * - it is the only job of its level there: where it holds fewer GPUs than the node has and nobody
 *   says which, the busiest are taken for its own, so that a neighbour's idle GPU never makes a
 *   working job look idle.
 * Where several jobs share a node and nothing tells their GPUs apart, a reading has no job.
 *
 * What is of no job and of no machine in sight is left out before it is copied: no face shows it,
 * and a fleet of it made more than a quarter of what the collector allocated.
 */
export function tieSamples(
  samples: readonly Sample[],
  jobs: Iterable<Job>,
  nodes: ReadonlyMap<string, Node>,
  resolve: Resolve,
): StoredSample[] {
  const holds = holdsByNode(jobs, resolve);
  const byNode = Map.groupBy(samples, (sample) => resolve(sample.node) ?? sample.node);
  return [...byNode].flatMap(([nodeId, readings]) => {
    const node = nodes.get(nodeId);
    const there = holds.get(nodeId) ?? [];
    if (!node && there.length === 0) return [];
    const owners = ownersOf(readings, there, node?.gpus.count ?? 0);
    return readings.flatMap((reading, index) => {
      const jobIds = owners[index] ?? [];
      if (!node && jobIds.length === 0) return [];
      const { node: _, ...rest } = reading;
      return { ...rest, nodeId, jobIds };
    });
  });
}

function holdsByNode(jobs: Iterable<Job>, resolve: Resolve): Map<string, Hold[]> {
  const holds = new Map<string, Hold[]>();
  for (const job of jobs) {
    if (job.state !== 'running' && job.state !== 'stopping') continue;
    const byNode = Map.groupBy(latestShares(job), ({ node }) => resolve(node) ?? node);
    for (const [nodeId, shares] of byNode) {
      const hold: Hold = { job, shares, gpus: gpusOf(shares) };
      const there = holds.get(nodeId);
      if (there) there.push(hold);
      else holds.set(nodeId, [hold]);
    }
  }
  return holds;
}

/** The jobs of each reading of one node. */
function ownersOf(readings: readonly Sample[], holds: readonly Hold[], gpus: number): string[][] {
  const owners: string[][] = readings.map(() => []);
  if (holds.length === 0) return owners;
  const open = new Set(readings.keys());
  const give = (index: number, jobs: readonly Hold[]) => {
    owners[index] = [...new Set(jobs.map((hold) => hold.job.id))];
    open.delete(index);
  };
  const handedOut = holds.some(({ job }) => job.level === 'scheduler' || job.level === 'cluster');
  for (const level of MOST_SPECIFIC_FIRST) {
    // As in metering: what a scheduler hands out is not the work of whoever started the machine.
    if (level === 'machine' && handedOut) continue;
    const atLevel = holds.filter((hold) => hold.job.level === level);
    if (atLevel.length === 0) continue;
    for (const index of open) {
      const reading = readings[index];
      if (!reading) continue;
      const named = atLevel.filter((hold) => isNamed(reading, hold));
      const listed = named.length > 0 ? named : atLevel.filter((hold) => lists(hold, reading));
      const whole = listed.length > 0 ? listed : atLevel.filter((hold) => isWhole(hold, gpus));
      if (whole.length > 0) give(index, whole);
    }
    const vague = atLevel.filter((hold) => isVague(hold, gpus));
    if (vague.length === 0) continue;
    const [only] = vague;
    if (vague.length === 1 && only) {
      for (const index of busiest(readings, open, only.gpus ?? 0)) give(index, [only]);
    } else {
      // Some of these GPUs are theirs, nobody says which: no coarser job may claim them either.
      return owners;
    }
  }
  return owners;
}

/** By several shares, too: the pods of one job there. */
function gpusOf(shares: readonly Share[]): number | undefined {
  const unnamed = shares.filter(({ gpuIndexes }) => gpuIndexes === undefined);
  if (unnamed.some(({ gpus, cores }) => gpus === undefined && cores === undefined))
    return undefined;
  return unnamed.reduce((sum, { gpus = 0 }) => sum + gpus, 0);
}

/** The exporter's own word for the job: Slurm's id, or the pod. */
function isNamed(reading: Sample, { job, shares }: Hold): boolean {
  if (reading.slurmJob !== undefined && job.level === 'scheduler') {
    if (job.nativeId === reading.slurmJob || job.labels.slurmJob === reading.slurmJob) return true;
  }
  if (reading.pod === undefined) return false;
  const pod = reading.namespace ? `${reading.namespace}/${reading.pod}` : reading.pod;
  if (job.nativeId === pod) return true;
  const has = job.labels.pod === reading.pod || shares.some((share) => share.pod === reading.pod);
  return has && (reading.namespace === undefined || job.labels.namespace === reading.namespace);
}

function lists({ shares }: Hold, { gpuIndex }: Sample): boolean {
  return gpuIndex !== undefined && shares.some((share) => share.gpuIndexes?.includes(gpuIndex));
}

function isWhole({ shares, gpus }: Hold, count: number): boolean {
  if (shares.some(({ gpuIndexes }) => gpuIndexes !== undefined)) return false;
  return gpus === undefined || (count > 0 && gpus >= count);
}

/** Holds some GPUs of the node, and does not say which. */
function isVague(hold: Hold, count: number): boolean {
  return (hold.gpus ?? 0) > 0 && !isWhole(hold, count);
}

function busiest(readings: readonly Sample[], open: ReadonlySet<number>, count: number): number[] {
  const busy = (index: number) => {
    const reading = readings[index];
    return (reading && activity(reading)) ?? 0;
  };
  return [...open].sort((a, b) => busy(b) - busy(a)).slice(0, Math.ceil(count));
}
