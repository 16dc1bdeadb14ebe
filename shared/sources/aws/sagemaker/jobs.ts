import type { Job } from '../../../model/job.ts';
import type { Node } from '../../../model/node.ts';
import { type Instant, SECOND } from '../../../model/time.ts';
import { MINE_BECAUSE, type Ownership } from '../owners.ts';
import { jobIdOf } from './instances.ts';
import type { TrainingJob } from './training_jobs.ts';

/** The job that a training job is; it holds all of its instances. */
export function toJob(
  training: TrainingJob,
  nodes: readonly Node[],
  { account, ownership }: { account: string; ownership: Ownership },
): Job {
  const { detail, tags, name, region } = training;
  const nativeId = jobIdOf(training);
  const startedAt = detail.TrainingStartTime?.getTime();
  const endedAt = detail.TrainingEndTime?.getTime();
  const limitAt = limitOf(training, startedAt);
  return {
    id: `${account}:${nativeId}`,
    source: 'aws',
    account,
    nativeId,
    name,
    ...(ownership.owner && { owner: ownership.owner }),
    mine: ownership.mine,
    level: 'scheduler',
    state: stateOf(training, nodes),
    ...(startedAt !== undefined && { startedAt }),
    ...(endedAt !== undefined && { endedAt: Math.max(endedAt, startedAt ?? endedAt) }),
    ...(limitAt !== undefined && endedAt === undefined && { limitAt }),
    shares: nodes.map(({ id }) => ({ node: id })),
    labels: {
      ...tags,
      region,
      arn: training.arn,
      status: detail.SecondaryStatus ?? detail.TrainingJobStatus ?? '',
      [MINE_BECAUSE]: ownership.because,
      ...(detail.FailureReason && { 'failure-reason': detail.FailureReason.slice(0, 300) }),
      ...spotSaving(training),
    },
  };
}

function stateOf({ detail }: TrainingJob, nodes: readonly Node[]): Job['state'] {
  if (detail.TrainingEndTime) return 'ended';
  switch (detail.TrainingJobStatus) {
    case 'InProgress':
      return nodes.some(({ state }) => state === 'running') ? 'running' : 'pending';
    case 'Stopping':
      return 'stopping';
    default:
      return 'ended';
  }
}

function limitOf({ detail }: TrainingJob, startedAt: Instant | undefined): Instant | undefined {
  const seconds = detail.StoppingCondition?.MaxRuntimeInSeconds;
  // Waiting for spot does not count, and nobody says how long a job has waited.
  if (!seconds || startedAt === undefined || detail.EnableManagedSpotTraining) return undefined;
  return startedAt + seconds * SECOND;
}

/** What managed spot has saved is in the seconds that are billed of those it ran. */
function spotSaving({ detail }: TrainingJob): Record<string, string> {
  const { EnableManagedSpotTraining, BillableTimeInSeconds, TrainingTimeInSeconds } = detail;
  if (!EnableManagedSpotTraining) return {};
  if (!BillableTimeInSeconds || !TrainingTimeInSeconds) return { 'managed-spot': 'yes' };
  const percent = Math.round((1 - BillableTimeInSeconds / TrainingTimeInSeconds) * 100);
  return {
    'managed-spot': `${BillableTimeInSeconds} s billed of ${TrainingTimeInSeconds} s: ${percent}% saved`,
  };
}
