import { SageMakerClient, StopTrainingJobCommand } from '@aws-sdk/client-sagemaker';
import type { StopPlan } from '../../../model/stop.ts';
import { formatDuration, SECOND } from '../../../model/time.ts';
import { profileFlag } from '../account.ts';
import type { Api } from '../api.ts';
import { nothingToStop } from '../refusals.ts';
import { typesOf } from './instances.ts';
import type { TrainingJob } from './training_jobs.ts';

/** What a stop of this training job would do. */
export function planOf(jobId: string, training: TrainingJob, api: Api): StopPlan {
  const { name, region, detail } = training;
  if (detail.TrainingJobStatus !== 'InProgress') return nothingToStop({ id: jobId, name });
  const checkpoints = detail.CheckpointConfig?.S3Uri;
  const keepAlive = detail.ResourceConfig?.KeepAlivePeriodInSeconds;
  const count = typesOf(training).length;
  return {
    jobId,
    action: `Stop training job ${name} on ${count} ${count === 1 ? 'instance' : 'instances'} (SageMaker ${region})`,
    equivalent: `aws sagemaker stop-training-job --region ${region}${profileFlag(api.options)} --training-job-name ${name}`,
    loses: [
      checkpoints
        ? 'what it has computed since its last checkpoint; it is told two minutes before'
        : 'what it has computed, but for a model that it saves within two minutes of being told: it has no checkpoint location',
    ],
    keeps: [
      ...(checkpoints ? [`its checkpoints in ${checkpoints}, which go on costing storage`] : []),
      ...(keepAlive
        ? [
            `its instances, kept warm for up to ${formatDuration(keepAlive * SECOND)}, which goes on costing money`,
          ]
        : []),
      ...launchersOf(detail),
    ],
    reversible: false,
  };
}

/** Whoever started it will start others like it. */
function launchersOf(detail: TrainingJob['detail']): string[] {
  const tuner = lastOf(detail.TuningJobArn);
  const automl = lastOf(detail.AutoMLJobArn);
  return [
    ...(tuner
      ? [
          `tuning job ${tuner}, which starts others: aws sagemaker stop-hyper-parameter-tuning-job --hyper-parameter-tuning-job-name ${tuner}`,
        ]
      : []),
    ...(automl
      ? [
          `AutoML job ${automl}, which starts others: aws sagemaker stop-auto-ml-job --auto-ml-job-name ${automl}`,
        ]
      : []),
  ];
}

function lastOf(arn: string | undefined): string | undefined {
  return arn?.split('/').at(-1);
}

/** Sends the order. SageMaker gives the job 120 seconds to save its model. */
export async function stopTrainingJob(
  { name, region }: TrainingJob,
  api: Api,
  signal: AbortSignal,
): Promise<void> {
  const client = api.client('SAGEMAKER', region, SageMakerClient);
  await api.ask(api.attempt('sagemaker:StopTrainingJob', region), signal, () =>
    client.send(new StopTrainingJobCommand({ TrainingJobName: name }), { abortSignal: signal }),
  );
}
