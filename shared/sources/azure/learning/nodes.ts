import type { Job } from '../../../model/job.ts';
import { type Node, PER_SECOND } from '../../../model/node.ts';
import { partsOf } from '../account.ts';
import type { Evidence, Ownership } from '../owners.ts';
import type { SizeFacts } from '../sizes.ts';
import { type ClusterNode, type Compute, clean, type MlJob } from './wire.ts';

/** What is to be known beside the workspace. */
export interface LearningContext {
  account: string;
  workspace: { id: string; location: string };
  /** Reads the sizes of a region, so that `sizeOf` knows them. Never rejects. */
  learn(region: string): Promise<void>;
  sizeOf(size: string): SizeFacts;
  ownershipOf(evidence: Evidence): Ownership;
  /** Ids by which Azure's records call the user. */
  isCaller(id: string): string | undefined;
  now: number;
}

/** One machine of a cluster, which jobs come to and leave. */
export function clusterNode(
  compute: Compute,
  { nodeId, nodeState }: ClusterNode,
  context: LearningContext,
): Node {
  const { account } = context;
  const spot = compute.properties.properties?.vmPriority === 'LowPriority';
  const launcher = compute.systemData?.createdBy ?? undefined;
  return {
    ...machineOf(compute, { spot, launcher }, context),
    id: `${account}:${compute.id.toLowerCase()}/nodes/${nodeId.toLowerCase()}`,
    name: nodeId,
    // Bills are for the whole cluster.
    aliases: [`${compute.id}/nodes/${nodeId}`.toLowerCase(), compute.id.toLowerCase()],
    state: nodeState === 'preempted' ? 'ended' : nodeState === 'leaving' ? 'stopping' : 'running',
    scheduled: true,
  };
}

/** A machine that one person works on: Azure ML's compute instance. */
export function instanceNode(compute: Compute, context: LearningContext): Node {
  const { state, lastOperation } = compute.properties.properties ?? {};
  const launcher = userOf(compute, context.isCaller);
  const begun = /^(Create|Start)$/.test(lastOperation?.operationName ?? '');
  const launchedAt = begun ? Date.parse(lastOperation?.operationTime ?? '') : Number.NaN;
  return {
    ...machineOf(compute, { spot: false, launcher }, context),
    state: INSTANCE_STATES[state ?? ''] ?? 'running',
    ...(state !== 'Stopped' && !Number.isNaN(launchedAt) && { launchedAt }),
  };
}

/** Who made an instance: by the name that Azure has for the user, where it is the user. */
export function userOf(
  { properties }: Compute,
  isCaller: LearningContext['isCaller'],
): string | undefined {
  const { userId, userName } = properties.properties?.createdBy ?? {};
  return (userId && isCaller(userId)) || userName || userId || undefined;
}

const INSTANCE_STATES: Readonly<Record<string, Node['state']>> = {
  Creating: 'starting',
  Starting: 'starting',
  Stopping: 'stopping',
  Deleting: 'stopping',
  Stopped: 'stopped',
  CreateFailed: 'stopped',
};

/** A job that names a size and no cluster gets machines of its own while it runs. */
export function serverlessNodes(job: MlJob, state: Job['state'], context: LearningContext): Node[] {
  const { computeId, resources, queueSettings } = job.properties;
  const size = resources?.instanceType;
  if ((computeId && !/\/serverless$/i.test(computeId)) || !size || state === 'pending') return [];
  const spot = queueSettings?.jobTier === 'Spot';
  const like: Compute = {
    ...job,
    tags: job.properties.tags,
    location: context.workspace.location,
    properties: { computeType: 'Serverless', properties: { vmSize: size } },
  };
  const launcher = job.systemData?.createdBy ?? undefined;
  const machine = machineOf(like, { spot, launcher }, context);
  return Array.from({ length: resources?.instanceCount ?? 1 }, (_, index) => ({
    ...machine,
    id: `${machine.id}/nodes/${index}`,
    name: `${job.properties.displayName || job.name}-${index}`,
    aliases: [`${job.id}/nodes/${index}`.toLowerCase()],
  }));
}

/** What all machines of Azure ML are. */
function machineOf(
  { id, name, location, tags, properties }: Compute,
  { spot, launcher }: { spot: boolean; launcher: string | undefined },
  context: LearningContext,
): Node {
  const { account, workspace } = context;
  const region = properties.computeLocation ?? location ?? workspace.location;
  const facts = context.sizeOf(properties.properties?.vmSize ?? 'unknown');
  const size = facts.name;
  const { labels, ...owner } = context.ownershipOf({
    tags: clean(tags),
    launcher,
    managedBy: undefined,
  });
  return {
    id: `${account}:${id.toLowerCase()}`,
    source: 'azure',
    account,
    name,
    aliases: [id.toLowerCase()],
    gpus: facts.gpus,
    ...(facts.cores > 0 && { cores: facts.cores }),
    state: 'running',
    billing: PER_SECOND,
    ...owner,
    ...(size !== 'unknown' && {
      priceKey: {
        provider: 'azure',
        instanceType: spot ? `${size} Low Priority` : size,
        region,
        market: spot ? ('spot' as const) : ('on-demand' as const),
      },
    }),
    labels: {
      ...clean(tags),
      region,
      'instance-type': size,
      workspace: partsOf(workspace.id).name,
      compute: name,
      'azure:kind': properties.computeType,
      ...labels,
    },
  };
}

/** What says whose the job is. */
export function evidenceOfJob({ properties, systemData }: MlJob): Evidence {
  return {
    tags: clean(properties.tags),
    launcher: systemData?.createdBy ?? undefined,
    managedBy: undefined,
  };
}
