import type { DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { identify } from '@burnrate/shared/metering/identity.ts';
import type { Api } from '@burnrate/shared/sources/aws/api.ts';
import type { InstanceTypes } from '@burnrate/shared/sources/aws/gpus.ts';
import { instancesOf, typesOf } from '@burnrate/shared/sources/aws/sagemaker/instances.ts';
import { toJob } from '@burnrate/shared/sources/aws/sagemaker/jobs.ts';
import { planOf } from '@burnrate/shared/sources/aws/sagemaker/stop.ts';
import type { TrainingJob } from '@burnrate/shared/sources/aws/sagemaker/training_jobs.ts';
import { expect, test } from 'vitest';

const START = Date.UTC(2026, 10, 24, 10);
const at = (minutes: number) => new Date(START + minutes * 60_000);

/** As DescribeTrainingJob answers, cut down to what is read. */
function training(detail: Partial<DescribeTrainingJobResponse> = {}): TrainingJob {
  const arn = 'arn:aws:sagemaker:us-east-1:123456789012:training-job/Llama-FT';
  return {
    name: 'Llama-FT',
    arn,
    region: 'us-east-1',
    tags: { Owner: 'ada' },
    detail: {
      TrainingJobName: 'Llama-FT',
      TrainingJobArn: arn,
      ModelArtifacts: { S3ModelArtifacts: 's3://b/model.tar.gz' },
      TrainingJobStatus: 'InProgress',
      SecondaryStatus: 'Training',
      ResourceConfig: { InstanceType: 'ml.p4d.24xlarge', InstanceCount: 2, VolumeSizeInGB: 500 },
      StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
      CreationTime: at(-5),
      TrainingStartTime: at(0),
      ...detail,
    },
  };
}

const types: InstanceTypes = {
  get: (type) =>
    type === 'p4d.24xlarge'
      ? { gpus: { count: 8, model: 'NVIDIA A100' }, cores: 96, instanceStoreGB: 8000 }
      : undefined,
  learn: async () => {},
};
const ownership = { owner: 'ada', mine: true, because: 'tag Owner=ada is the caller' };
const account = 'aws:research';
const nodesOf = (job: TrainingJob) => instancesOf(job, { account, types, ownership });
const jobOf = (job: TrainingJob) => toJob(job, nodesOf(job), { account, ownership });

test('each instance of a training job is a node at the price of its ml type', () => {
  const nodes = nodesOf(training());
  expect(nodes).toHaveLength(2);
  expect(nodes[0]).toMatchObject({
    id: 'aws:research:training-job/us-east-1/Llama-FT/algo-1',
    aliases: [
      'arn:aws:sagemaker:us-east-1:123456789012:training-job/llama-ft',
      'arn:aws:sagemaker:us-east-1:123456789012:training-job/llama-ft/algo-1',
    ],
    gpus: { count: 8, model: 'NVIDIA A100' },
    state: 'running',
    launchedAt: START,
    priceKey: {
      provider: 'aws',
      instanceType: 'ml.p4d.24xlarge',
      region: 'us-east-1',
      market: 'on-demand',
    },
  });
  expect(jobOf(training())).toMatchObject({
    state: 'running',
    shares: nodes.map(({ id }) => ({ node: id })),
    limitAt: START + 86_400_000,
  });
});

test('seen by two profiles of one AWS account, each instance is one machine', () => {
  const seenBy = (profile: string) =>
    instancesOf(training(), { account: `aws:${profile}`, types, ownership });
  const { nodes } = identify([...seenBy('dev'), ...seenBy('admin')]);
  expect(nodes.map(({ name }) => name).sort()).toEqual(['Llama-FT algo-1', 'Llama-FT algo-2']);
});

test('nothing is paid before training starts', () => {
  const waiting = training({ SecondaryStatus: 'Pending', TrainingStartTime: undefined });
  expect(nodesOf(waiting).map(({ state }) => state)).toEqual(['starting', 'starting']);
  expect(jobOf(waiting).state).toBe('pending');
});

test('groups of instances of several types are counted through', () => {
  const mixed = training({
    ResourceConfig: {
      InstanceGroups: [
        { InstanceGroupName: 'gpu', InstanceType: 'ml.p4d.24xlarge', InstanceCount: 1 },
        { InstanceGroupName: 'cpu', InstanceType: 'ml.c5.xlarge', InstanceCount: 2 },
      ],
      VolumeSizeInGB: 1,
    },
  });
  expect(typesOf(mixed)).toEqual(['ml.p4d.24xlarge', 'ml.c5.xlarge', 'ml.c5.xlarge']);
  expect(nodesOf(mixed).map(({ id }) => id.split('/').at(-1))).toEqual([
    'algo-1',
    'algo-2',
    'algo-3',
  ]);
  expect(nodesOf(mixed)[1]?.labels['burnrate:gpus']).toBe('unknown');
});

test('managed spot costs nothing while its instances are taken away, and counts anew after', () => {
  const spot = { EnableManagedSpotTraining: true, TrainingStartTime: at(0) };
  const taken = [
    { Status: 'Starting', StartTime: at(-5), EndTime: at(0) },
    { Status: 'Training', StartTime: at(0), EndTime: at(30) },
    { Status: 'Interrupted', StartTime: at(30) },
  ] as const;
  const away = training({ ...spot, SecondaryStatusTransitions: [...taken] });
  expect(nodesOf(away)[0]).toMatchObject({ state: 'starting', priceKey: { market: 'spot' } });
  expect(nodesOf(away)[0]?.launchedAt).toBeUndefined();
  expect(jobOf(away).state).toBe('pending');
  const back = training({
    ...spot,
    SecondaryStatusTransitions: [
      ...taken,
      { Status: 'Starting', StartTime: at(40) },
      { Status: 'Downloading', StartTime: at(50) },
    ],
  });
  expect(nodesOf(back)[0]).toMatchObject({ state: 'running', launchedAt: at(50).getTime() });
});

test('what managed spot saved is told by the seconds that are billed', () => {
  const ended = training({
    EnableManagedSpotTraining: true,
    TrainingJobStatus: 'Completed',
    TrainingEndTime: at(60),
    TrainingTimeInSeconds: 3600,
    BillableTimeInSeconds: 1080,
  });
  expect(jobOf(ended)).toMatchObject({ state: 'ended', endedAt: at(60).getTime() });
  expect(jobOf(ended).labels['managed-spot']).toBe('1080 s billed of 3600 s: 70% saved');
});

test('a warm pool is paid for after its job has ended, until somebody uses or ends it', () => {
  const ended = { TrainingJobStatus: 'Completed', TrainingEndTime: at(60) } as const;
  const warm = training({ ...ended, WarmPoolStatus: { Status: 'Available' } });
  expect(jobOf(warm).state).toBe('ended');
  expect(nodesOf(warm)[0]).toMatchObject({ state: 'running', launchedAt: START });
  expect(nodesOf(warm)[0]?.endedAt).toBeUndefined();
  const reused = training({
    ...ended,
    WarmPoolStatus: { Status: 'Reused', ResourceRetainedBillableTimeInSeconds: 600 },
  });
  expect(nodesOf(reused)[0]).toMatchObject({ state: 'ended', endedAt: at(70).getTime() });
});

test('one that never got its instances costs nothing', () => {
  const failed = training({
    TrainingJobStatus: 'Failed',
    TrainingStartTime: undefined,
    TrainingEndTime: at(3),
    FailureReason: 'CapacityError: Unable to provision requested ML compute capacity.',
  });
  const [node] = nodesOf(failed);
  expect(node).toMatchObject({ state: 'ended' });
  expect(node?.launchedAt).toBe(node?.endedAt);
  expect(jobOf(failed).labels['failure-reason']).toContain('CapacityError');
});

test('a plan says what is lost without checkpoints, and what stays warm or starts others', () => {
  const api = { options: { origin: 'profile', profile: 'ml' } } as unknown as Api;
  const bare = planOf('j', training(), api);
  expect(bare.equivalent).toBe(
    'aws sagemaker stop-training-job --region us-east-1 --profile ml --training-job-name Llama-FT',
  );
  expect(bare.loses.join()).toContain('no checkpoint location');
  const rich = planOf(
    'j',
    training({
      CheckpointConfig: { S3Uri: 's3://b/ck' },
      TuningJobArn: 'arn:aws:sagemaker:us-east-1:123456789012:hyper-parameter-tuning-job/sweep',
      ResourceConfig: {
        InstanceType: 'ml.p4d.24xlarge',
        InstanceCount: 1,
        VolumeSizeInGB: 1,
        KeepAlivePeriodInSeconds: 1800,
      },
    }),
    api,
  );
  expect(rich.loses.join()).toContain('last checkpoint');
  expect(rich.keeps.join('\n')).toMatch(/s3:\/\/b\/ck.*30 min.*tuning job sweep/s);
});
