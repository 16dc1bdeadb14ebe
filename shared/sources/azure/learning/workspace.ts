import type { Job } from '../../../model/job.ts';
import type { Node } from '../../../model/node.ts';
import { DAY, type Instant } from '../../../model/time.ts';
import { partsOf } from '../account.ts';
import type { Manager } from '../resource_manager.ts';
import {
  clusterNode,
  evidenceOfJob,
  instanceNode,
  type LearningContext,
  serverlessNodes,
} from './nodes.ts';
import { Compute, clean, ML_VERSION, MlJob, readClusterNodes, readJob, STATES } from './wire.ts';

/** Jobs that have not ended hide behind later ones for this long; the nodes tell of older ones. */
const RECENT_MS = DAY;

/**
 * A workspace of Azure ML: its jobs, and the machines they run on. Those belong to Microsoft's own
 * subscription, so that no list of machines has them, but they are paid for as long as they are
 * there, be they busy or idle.
 */
export async function readWorkspace(
  manager: Manager,
  context: LearningContext,
  signal: AbortSignal,
): Promise<{ nodes: Node[]; jobs: Job[] }> {
  const { workspace, now } = context;
  const computes = await manager.list(`${workspace.id}/computes?${ML_VERSION}`, Compute, signal);
  for (const region of new Set(computes.map(({ properties }) => properties.computeLocation)))
    if (region) await context.learn(region);
  const nodes: Node[] = [];
  const holders = new Map<string, string[]>();
  for (const compute of computes) {
    const { computeType, properties } = compute.properties;
    if (computeType === 'ComputeInstance') nodes.push(instanceNode(compute, context));
    if (computeType !== 'AmlCompute' || !properties?.currentNodeCount) continue;
    for (const one of await readClusterNodes(manager, compute.id, signal)) {
      const node = clusterNode(compute, one, context);
      nodes.push(node);
      if (one.runId) holders.set(one.runId, [...(holders.get(one.runId) ?? []), node.id]);
    }
  }
  const jobs: Job[] = [];
  for (const job of await readJobs(manager, workspace, [...holders.keys()], now, signal)) {
    const state = STATES[job.properties.status ?? ''];
    if (!state) continue;
    const held = [...holders].flatMap(([run, ids]) =>
      run === job.name || run.startsWith(`${job.name}_`) ? ids : [],
    );
    const alone = serverlessNodes(job, state, context);
    nodes.push(...alone);
    const shares = [...held, ...alone.map(({ id }) => id)].map((node) => ({ node }));
    // What runs without a machine of the workspace is on a Kubernetes cluster, or in its steps.
    if (shares.length > 0 || state === 'pending')
      jobs.push(toJob(job, shares.length > 0 ? state : 'pending', shares, context));
  }
  return { nodes, jobs };
}

/** The latest jobs, and those that hold a machine however long ago they began. */
async function readJobs(
  manager: Manager,
  { id }: { id: string },
  runs: readonly string[],
  now: Instant,
  signal: AbortSignal,
): Promise<MlJob[]> {
  const isOld = ({ systemData }: MlJob) =>
    Date.parse(systemData?.createdAt ?? '') < now - RECENT_MS;
  const enough = (page: readonly MlJob[]) =>
    page.every((job) => isOld(job) && !STATES[job.properties.status ?? '']);
  const listed = await manager.list(
    `${id}/jobs?${ML_VERSION}&listViewType=ActiveOnly`,
    MlJob,
    signal,
    enough,
  );
  const names = new Set(listed.map(({ name }) => name));
  const missing = runs.filter(
    (run) => !names.has(run) && !listed.some(({ name }) => run.startsWith(`${name}_`)),
  );
  const others = await Promise.all(
    missing.map((run) => readJob(manager, `${id}/jobs/${run}`, signal)),
  );
  return [...listed, ...others.flatMap((job) => job ?? [])];
}

function toJob(
  job: MlJob,
  state: Job['state'],
  shares: Job['shares'],
  context: LearningContext,
): Job {
  const { account } = context;
  const { displayName, experimentName, jobType, status } = job.properties;
  const nativeId = job.id.toLowerCase();
  const { labels, ...owner } = context.ownershipOf(evidenceOfJob(job));
  return {
    id: `${account}:${nativeId}`,
    source: 'azure',
    account,
    nativeId,
    name: displayName || job.name,
    ...owner,
    level: 'scheduler',
    state,
    shares,
    labels: {
      ...clean(job.properties.tags),
      workspace: partsOf(job.id).parent,
      'azure:status': status ?? 'unknown',
      ...(jobType && { 'azure:job-type': jobType }),
      ...(experimentName && { experiment: experimentName }),
      ...labels,
    },
  };
}
