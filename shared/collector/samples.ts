import { latestShares } from '../metering/held.ts';
import type { Job, Level, Share } from '../model/job.ts';
import type { Node } from '../model/node.ts';
import { activity, type Sample } from '../model/sample.ts';
import type { StoredSample } from '../store/store.ts';

/** Finds a node's id by any of its names. */
export type Resolve = (name: string) => string | undefined;

/** Most specific first: a process describes the work more closely than the machine it runs on. */
const LEVELS: readonly Level[] = ['process', 'scheduler', 'cluster', 'machine'];

/** A job's hold on one node. */
interface Hold {
  job: Job;
  share: Share;
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
    const there = holds.get(nodeId) ?? [];
    const owners = ownersOf(readings, there, nodes.get(nodeId)?.gpus.count ?? 0);
    return readings.map((reading, index) => {
      const { node: _, ...rest } = reading;
      return { ...rest, nodeId, jobIds: owners[index] ?? [] };
    });
  });
}

function holdsByNode(jobs: Iterable<Job>, resolve: Resolve): Map<string, Hold[]> {
  const holds = new Map<string, Hold[]>();
  for (const job of jobs) {
    if (job.state !== 'running' && job.state !== 'stopping') continue;
    for (const share of latestShares(job)) {
      const nodeId = resolve(share.node) ?? share.node;
      const there = holds.get(nodeId);
      if (there) there.push({ job, share });
      else holds.set(nodeId, [{ job, share }]);
    }
  }
  return holds;
}

/** The jobs of each reading of one node. */
function ownersOf(readings: readonly Sample[], holds: readonly Hold[], gpus: number): string[][] {
  const owners: string[][] = readings.map(() => []);
  const open = new Set(readings.keys());
  const give = (index: number, jobs: readonly Hold[]) => {
    owners[index] = [...new Set(jobs.map((hold) => hold.job.id))];
    open.delete(index);
  };
  const handedOut = holds.some(({ job }) => job.level === 'scheduler' || job.level === 'cluster');
  for (const level of LEVELS) {
    // As in metering: what a scheduler hands out is not the work of whoever started the machine.
    if (level === 'machine' && handedOut) continue;
    const atLevel = holds.filter((hold) => hold.job.level === level);
    if (atLevel.length === 0) continue;
    for (const index of open) {
      const reading = readings[index];
      if (!reading) continue;
      const named = atLevel.filter((hold) => isNamed(reading, hold.job));
      const listed = named.length > 0 ? named : atLevel.filter((hold) => lists(hold, reading));
      const whole = listed.length > 0 ? listed : atLevel.filter((hold) => isWhole(hold, gpus));
      if (whole.length > 0) give(index, whole);
    }
    const vague = atLevel.filter((hold) => isVague(hold, gpus));
    if (vague.length === 0) continue;
    const [only] = vague;
    if (vague.length === 1 && only) {
      for (const index of busiest(readings, open, only.share.gpus ?? 0)) give(index, [only]);
    } else {
      // Some of these GPUs are theirs, nobody says which: no coarser job may claim them either.
      return owners;
    }
  }
  return owners;
}

/** The exporter's own word for the job: Slurm's id, or the pod. */
function isNamed(reading: Sample, job: Job): boolean {
  if (reading.slurmJob !== undefined && job.level === 'scheduler') {
    if (job.nativeId === reading.slurmJob || job.labels.slurmJob === reading.slurmJob) return true;
  }
  if (reading.pod === undefined) return false;
  const pod = reading.namespace ? `${reading.namespace}/${reading.pod}` : reading.pod;
  if (job.nativeId === pod) return true;
  return (
    job.labels.pod === reading.pod &&
    (reading.namespace === undefined || job.labels.namespace === reading.namespace)
  );
}

function lists({ share }: Hold, reading: Sample): boolean {
  return reading.gpuIndex !== undefined && (share.gpuIndexes?.includes(reading.gpuIndex) ?? false);
}

function isWhole({ share }: Hold, gpus: number): boolean {
  if (share.gpuIndexes !== undefined) return false;
  if (share.gpus === undefined) return share.cores === undefined;
  return gpus > 0 && share.gpus >= gpus;
}

/** Holds some GPUs of the node, and does not say which. */
function isVague(hold: Hold, gpus: number): boolean {
  const { share } = hold;
  return share.gpuIndexes === undefined && (share.gpus ?? 0) > 0 && !isWhole(hold, gpus);
}

function busiest(readings: readonly Sample[], open: ReadonlySet<number>, count: number): number[] {
  const busy = (index: number) => {
    const reading = readings[index];
    return (reading && activity(reading)) ?? 0;
  };
  return [...open].sort((a, b) => busy(b) - busy(a)).slice(0, Math.ceil(count));
}
