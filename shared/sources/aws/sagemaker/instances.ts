import type { Node } from '../../../model/node.ts';
import type { PriceKey } from '../../../model/rate.ts';
import type { Instant } from '../../../model/time.ts';
import type { InstanceTypes } from '../gpus.ts';
import { MINE_BECAUSE, type Ownership } from '../owners.ts';
import { isKeptWarm, type TrainingJob } from './training_jobs.ts';

/** SageMaker bills training by the second, without a minimum: https://aws.amazon.com/sagemaker/ai/pricing/ */
const BY_SECOND = { incrementMs: 1000, minimumMs: 0 } as const;

/** The id of a training job, and what those of its instances begin with. */
export function jobIdOf({ region, name }: Pick<TrainingJob, 'region' | 'name'>): string {
  return `training-job/${region}/${name}`;
}

/** `ml.p4d.24xlarge` is EC2's `p4d.24xlarge`, at a price of its own. */
export function hardwareOf(instanceType: string): string {
  return instanceType.replace(/^ml\./, '');
}

/** The types of a job's instances, one for each: SageMaker calls them algo-1, algo-2 and so on. */
export function typesOf({ detail }: Pick<TrainingJob, 'detail'>): string[] {
  const config = detail.ResourceConfig;
  if (!config) return [];
  const groups = config.InstanceGroups?.length
    ? config.InstanceGroups
    : [
        {
          // Of several types that a job would take, the one that it got.
          InstanceType: config.SelectedInstanceType ?? config.InstanceType,
          InstanceCount: config.SelectedInstanceCount ?? config.InstanceCount,
        },
      ];
  return groups.flatMap(({ InstanceType, InstanceCount }) =>
    InstanceType ? Array.from({ length: InstanceCount ?? 1 }, () => InstanceType) : [],
  );
}

/**
 * The instances of a training job. They are SageMaker's own and in no list of EC2's; they are
 * billed from TrainingStartTime to TrainingEndTime, and beyond where they are kept warm.
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html
 */
export function instancesOf(
  job: TrainingJob,
  context: { account: string; types: InstanceTypes; ownership: Ownership },
): Node[] {
  const { account, types, ownership } = context;
  const { launchedAt, endedAt, state } = lifeOf(job);
  return typesOf(job).map((instanceType, index) => {
    const facts = types.get(hardwareOf(instanceType));
    const host = `algo-${index + 1}`;
    return {
      id: `${account}:${jobIdOf(job)}/${host}`,
      source: 'aws',
      account,
      name: `${job.name} ${host}`,
      // The bill names the job, and not its instances.
      aliases: [job.arn, `${job.arn}/${host}`].map((name) => name.toLowerCase()),
      gpus: facts?.gpus ?? { count: 0 },
      ...(facts && facts.cores > 0 && { cores: facts.cores }),
      state,
      ...(launchedAt !== undefined && { launchedAt }),
      ...(endedAt !== undefined && { endedAt }),
      billing: BY_SECOND,
      ...(ownership.owner && { owner: ownership.owner }),
      mine: ownership.mine,
      priceKey: priceKeyOf(job, instanceType),
      labels: {
        ...job.tags,
        region: job.region,
        'instance-type': instanceType,
        'training-job': job.name,
        [MINE_BECAUSE]: ownership.because,
        ...(!facts && { 'burnrate:gpus': 'unknown' }),
      },
    };
  });
}

function priceKeyOf({ region, detail }: TrainingJob, instanceType: string): PriceKey {
  const market = detail.ResourceConfig?.TrainingPlanArn
    ? 'reserved'
    : detail.EnableManagedSpotTraining
      ? 'spot'
      : 'on-demand';
  return { provider: 'aws', instanceType, region, market };
}

function lifeOf(job: TrainingJob): {
  state: Node['state'];
  launchedAt?: Instant;
  endedAt?: Instant;
} {
  const { detail } = job;
  const launchedAt = startOf(job);
  const began = launchedAt !== undefined && { launchedAt };
  const end = detail.TrainingEndTime?.getTime();
  if (end === undefined) {
    if (detail.TrainingJobStatus === 'Stopping') return { state: 'stopping', ...began };
    if (launchedAt === undefined) return { state: 'starting' };
    return { state: 'running', launchedAt };
  }
  if (isKeptWarm(job)) return { state: 'running', ...began };
  // A job that never got its instances ends before it began to cost.
  if (launchedAt === undefined) return { state: 'ended', launchedAt: end, endedAt: end };
  const kept = (detail.WarmPoolStatus?.ResourceRetainedBillableTimeInSeconds ?? 0) * 1000;
  return { state: 'ended', launchedAt, endedAt: Math.max(launchedAt, end + kept) };
}

/** Since when its instances are paid; undefined before, and while spot has taken them away. */
function startOf({ detail }: TrainingJob): Instant | undefined {
  const first = detail.TrainingStartTime?.getTime();
  const steps = detail.SecondaryStatusTransitions ?? [];
  const lost = steps.findLastIndex(({ Status }) => Status === 'Interrupted');
  if (lost < 0 || detail.TrainingEndTime) return first;
  const again = steps.slice(lost + 1).find(({ Status }) => PAID.has(Status ?? ''));
  return again?.StartTime?.getTime();
}

/** The secondary statuses in which instances are there. */
const PAID = new Set(['Downloading', 'Training', 'Uploading', 'Stopping', 'MaxRuntimeExceeded']);
