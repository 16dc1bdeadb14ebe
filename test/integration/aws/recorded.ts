import { accountOf, product } from '../../unit/sources/aws/account.ts';
import { type Ask, type Handlers, json, type Reply } from '../../unit/sources/aws/server.ts';

/**
 * SageMaker and Batch as their references describe them, for moto starts no training job that goes
 * on and no container: DescribeTrainingJob, ListTrainingJobs, ListTags, StopTrainingJob in
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/, DescribeJobQueues, ListJobs,
 * DescribeJobs, TerminateJob in https://docs.aws.amazon.com/batch/latest/APIReference/, and
 * DescribeContainerInstances in https://docs.aws.amazon.com/AmazonECS/latest/APIReference/.
 */
export const START = Date.now() / 1000 - 3600;
const TRAINING_ARN = 'arn:aws:sagemaker:us-east-1:123456789012:training-job/llama-ft';
const CONTAINER_INSTANCE =
  'arn:aws:ecs:us-east-1:123456789012:container-instance/AWSBatch-gpu/0123456789abcdef';

/** One training job and one array job on an instance of EC2; both can be stopped. */
export function services(): Handlers {
  const state = { training: 'InProgress', batch: 'PENDING' };
  const batchJob = {
    jobId: 'b4tch',
    jobArn: 'arn:aws:batch:us-east-1:123456789012:job/b4tch',
    jobName: 'render',
    jobQueue: 'arn:aws:batch:us-east-1:123456789012:job-queue/gpu',
    jobDefinition: 'arn:aws:batch:us-east-1:123456789012:job-definition/render:1',
    createdAt: START * 1000,
    tags: { Owner: 'ada' },
  };
  const text = (ask: Ask, name: string) => (ask.parameters as Record<string, unknown>)[name];
  return {
    ...accountOf([
      {
        id: 'i-0bb00bb00bb00bb00',
        tags: { 'aws:batch:compute-environment': 'gpu', 'aws:autoscaling:groupName': 'gpu-asg' },
      },
    ]),
    ListTrainingJobs: (ask) => {
      const wanted = text(ask, 'StatusEquals');
      const summary = {
        TrainingJobName: 'llama-ft',
        TrainingJobArn: TRAINING_ARN,
        CreationTime: START,
        LastModifiedTime: START,
        TrainingJobStatus: state.training,
      };
      const there = wanted === undefined || wanted === state.training;
      return json({ TrainingJobSummaries: there ? [summary] : [] });
    },
    DescribeTrainingJob: (ask) =>
      text(ask, 'TrainingJobName') === 'llama-ft'
        ? json({
            TrainingJobName: 'llama-ft',
            TrainingJobArn: TRAINING_ARN,
            TrainingJobStatus: state.training,
            SecondaryStatus: 'Training',
            ResourceConfig: { InstanceType: 'ml.p4d.24xlarge', InstanceCount: 2 },
            StoppingCondition: { MaxRuntimeInSeconds: 86400 },
            CheckpointConfig: { S3Uri: 's3://bucket/checkpoints' },
            CreationTime: START - 300,
            TrainingStartTime: START,
            ...(state.training === 'Stopped' && { TrainingEndTime: START + 1800 }),
          })
        : refusal(400, 'ValidationException', 'Requested resource not found.'),
    ListTags: () => json({ Tags: [{ Key: 'Owner', Value: 'ada' }] }),
    StopTrainingJob: () => {
      state.training = 'Stopped';
      return json({});
    },
    DescribeJobQueues: () =>
      json({
        jobQueues: [
          { jobQueueName: 'gpu', jobQueueArn: batchJob.jobQueue, state: 'ENABLED', priority: 1 },
          { jobQueueName: 'sm', jobQueueArn: 'arn:sm', jobQueueType: 'SAGEMAKER_TRAINING' },
        ],
      }),
    ListJobs: (ask) => {
      const ids = text(ask, 'arrayJobId')
        ? state.batch === 'PENDING'
          ? ['b4tch:0', 'b4tch:1']
          : []
        : text(ask, 'jobStatus') === state.batch && text(ask, 'jobQueue') === 'gpu'
          ? ['b4tch']
          : [];
      return json({ jobSummaryList: ids.map((jobId) => ({ jobId, jobName: 'render' })) });
    },
    DescribeJobs: (ask) =>
      json({
        jobs: (text(ask, 'jobs') as string[]).map((jobId) =>
          jobId === 'b4tch'
            ? {
                ...batchJob,
                status: state.batch,
                arrayProperties: { size: 10 },
                ...(state.batch === 'FAILED' && { stoppedAt: Date.now() }),
              }
            : {
                ...batchJob,
                jobId,
                status: 'RUNNING',
                startedAt: START * 1000,
                container: {
                  containerInstanceArn: CONTAINER_INSTANCE,
                  resourceRequirements: [{ type: 'GPU', value: '4' }],
                },
              },
        ),
      }),
    DescribeContainerInstances: () =>
      json({
        containerInstances: [
          { containerInstanceArn: CONTAINER_INSTANCE, ec2InstanceId: 'i-0bb00bb00bb00bb00' },
        ],
      }),
    TerminateJob: () => {
      state.batch = 'FAILED';
      return json({});
    },
    GetProducts: (ask) => {
      const asked = JSON.stringify(ask.parameters);
      if (!asked.includes('AmazonSageMaker')) return json({ PriceList: [product('32.7726')] });
      const known = asked.includes('"ml.p4d.24xlarge"') && asked.includes('"Training"');
      return json({ PriceList: known ? [product('37.688')] : [] });
    },
  };
}

export function refusal(status: number, type: string, message: string): Reply {
  return {
    status,
    headers: { 'Content-Type': 'application/x-amz-json-1.1', 'x-amzn-errortype': type },
    body: JSON.stringify({ __type: type, message, Message: message }),
  };
}
