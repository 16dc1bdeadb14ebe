import type { Job } from '../../model/job.ts';
import type { Node } from '../../model/node.ts';
import { type Instant, SECOND } from '../../model/time.ts';
import { gpusOf, modelOf, type Offer, offerText, type TypeFacts } from './offer.ts';
import { MINE_BECAUSE, type Ownership } from './owners.ts';
import { type CustomJob, instantOf, lastOf } from './wire.ts';

/** `in 30 second increments` https://cloud.google.com/vertex-ai/pricing */
const BILLING = { incrementMs: 30 * SECOND, minimumMs: 30 * SECOND } as const;

const STATES: Readonly<Record<string, Job['state']>> = {
  JOB_STATE_QUEUED: 'pending',
  JOB_STATE_PENDING: 'pending',
  JOB_STATE_RUNNING: 'running',
  JOB_STATE_UPDATING: 'running',
  JOB_STATE_CANCELLING: 'stopping',
};
const NODE_STATES = {
  pending: 'starting',
  running: 'running',
  stopping: 'stopping',
  ended: 'ended',
} as const satisfies Record<Job['state'], Node['state']>;

export interface VertexContext {
  account: string;
  ownership: Ownership;
  facts(machineType: string): TypeFacts | undefined;
}

export function stateOf({ state }: CustomJob): Job['state'] {
  return STATES[state] ?? 'ended';
}

/** `projects/42/locations/us-central1/customJobs/7` */
export function regionOfJob({ name }: CustomJob): string {
  return name.split('/')[3] ?? '';
}

/** The native id says where it is, so that it can be found again. */
export function vertexId(job: CustomJob): string {
  return `vertex/${regionOfJob(job)}/${lastOf(job.name)}`;
}

/**
 * A custom job, and a node for each of its replicas: Vertex AI shows no instances of them. On a
 * persistent resource there are none: that is paid whether jobs run on it or not.
 */
export function readJob(job: CustomJob, context: VertexContext): { job: Job; nodes: Node[] } {
  const { account, ownership } = context;
  const nativeId = vertexId(job);
  const id = `${account}:${nativeId}`;
  const name = job.displayName?.trim() || nativeId;
  const state = stateOf(job);
  const { persistentResourceId: persistent, scheduling } = job.jobSpec;
  const startedAt = instantOf(job.startTime);
  const times = timesOf(job, startedAt);
  const labels = {
    ...job.labels,
    region: regionOfJob(job),
    'vertex:state': job.state,
    [MINE_BECAUSE]: ownership.because,
  };
  const owned = {
    source: 'gcp',
    account,
    ...(ownership.owner && { owner: ownership.owner }),
    mine: ownership.mine,
  };
  const nodes = persistent
    ? []
    : job.jobSpec.workerPoolSpecs.flatMap((pool, index) =>
        Array.from({ length: pool.replicaCount }, (_, replica): Node => {
          const offer = offerOf(job, index);
          const facts = context.facts(offer.machineType);
          const gpus = gpusOf(offer, facts);
          const count = gpus.reduce((sum, gpu) => sum + gpu.count, 0);
          return {
            ...owned,
            id: `${id}/${index}-${replica}`,
            name: `${name} ${index}-${replica}`,
            aliases: [],
            gpus: { count, ...(gpus[0] && { model: modelOf(gpus[0].kind) }) },
            ...(facts && { cores: facts.cores }),
            state: NODE_STATES[state],
            ...times,
            billing: BILLING,
            priceKey: {
              provider: 'gcp',
              instanceType: offerText(offer),
              region: regionOfJob(job),
              market: scheduling?.strategy === 'SPOT' ? 'spot' : 'on-demand',
            },
            labels: { ...labels, 'instance-type': offer.machineType },
          };
        }),
      );
  const shares = persistent
    ? [{ node: `vertex-persistent-resource/${persistent}` }]
    : nodes.map((node) => ({ node: node.id }));
  const limitAt = limitOf(job, startedAt);
  return {
    nodes,
    job: {
      ...owned,
      id,
      nativeId,
      name,
      level: 'scheduler',
      state,
      ...(times.launchedAt !== undefined && { startedAt: times.launchedAt }),
      ...(times.endedAt !== undefined && { endedAt: times.endedAt }),
      ...(limitAt !== undefined && { limitAt }),
      shares,
      labels,
    },
  };
}

export function offerOf({ jobSpec }: CustomJob, pool: number): Offer {
  const {
    machineType = 'unknown',
    acceleratorType,
    acceleratorCount = 0,
  } = jobSpec.workerPoolSpecs[pool]?.machineSpec ?? {};
  // `NVIDIA_TESLA_T4` is what Compute Engine calls `nvidia-tesla-t4`.
  const kind = acceleratorType?.toLowerCase().replaceAll('_', '-');
  // Types from a2 on have their GPUs as a part: that they are named besides adds none.
  const own = /^(a\d|g\d)-/.test(machineType) && !machineType.startsWith('g1-');
  return {
    service: 'vertex',
    machineType,
    fitted: kind && acceleratorCount > 0 && !own ? [{ kind, count: acceleratorCount }] : [],
    flexStart: jobSpec.scheduling?.strategy === 'FLEX_START',
  };
}

function timesOf(
  job: CustomJob,
  startedAt: Instant | undefined,
): { launchedAt?: Instant; endedAt?: Instant } {
  // One that ended before it began has cost nothing.
  if (startedAt === undefined) return {};
  const endedAt = instantOf(job.endTime);
  return {
    launchedAt: startedAt,
    ...(stateOf(job) === 'ended' &&
      endedAt !== undefined && { endedAt: Math.max(endedAt, startedAt) }),
  };
}

/** `604800s`, from its start. */
function limitOf({ jobSpec }: CustomJob, startedAt: Instant | undefined): Instant | undefined {
  const seconds = Number(/^([\d.]+)s$/.exec(jobSpec.scheduling?.timeout ?? '')?.[1]);
  return startedAt === undefined || !seconds ? undefined : startedAt + Math.round(seconds * SECOND);
}
