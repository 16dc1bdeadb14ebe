import { ListTrainingJobsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { Job } from '../../../model/job.ts';
import type { Surroundings } from '../../source.ts';
import type { Api } from '../api.ts';
import { type JobService, QUIET_SERVICE_EVERY } from '../beside.ts';
import type { Inventory } from '../inventory.ts';
import type { Owning } from '../owning.ts';
import { nothingToStop, refuseChanged, refuseOthers } from '../refusals.ts';
import { expected, regionalOf } from '../regional.ts';
import type { EnabledRegions } from '../regions.ts';
import { hardwareOf, instancesOf, typesOf } from './instances.ts';
import { toJob } from './jobs.ts';
import { planOf, stopTrainingJob } from './stop.ts';
import { type TrainingJob, trainingJobsOf } from './training_jobs.ts';

/** SageMaker's training jobs, whose instances are SageMaker's own. */
export function sagemakerOf(
  api: Api,
  enabled: EnabledRegions,
  { types }: Pick<Inventory, 'types'>,
  owning: Owning,
  clock: Surroundings['clock'],
): JobService {
  const { account } = api;
  const trainingJobs = trainingJobsOf(api, clock);
  const places = regionalOf({
    enabled,
    homeRegion: api.homeRegion,
    homeEvery: QUIET_SERVICE_EVERY,
    async read(region, signal, failures) {
      const jobs = await trainingJobs.read(region, signal, failures);
      const kinds = jobs.flatMap(typesOf).map(hardwareOf);
      await types.learn(kinds, region, signal).catch((error: unknown) => {
        failures.push(expected(error));
      });
      return jobs;
    },
  });

  const ownershipOf = (job: TrainingJob) =>
    owning(job.tags, job.detail.AutoMLJobArn ? 'an AutoML job' : undefined);
  const asNodes = (job: TrainingJob) =>
    instancesOf(job, { account: account.id, types, ownership: ownershipOf(job) });

  async function present(job: Job, signal: AbortSignal): Promise<TrainingJob | undefined> {
    const [, region = '', name = ''] = job.nativeId.split('/');
    const found = await trainingJobs.find(name, region, signal);
    refuseOthers(job, found && ownershipOf(found));
    return found;
  }

  return {
    title: 'SageMaker',
    prefix: 'training-job/',
    async refresh(signal) {
      const { fresh, failures } = await places.refresh(signal);
      return {
        nodes: fresh.flatMap(asNodes),
        jobs: fresh.map((job) =>
          toJob(job, asNodes(job), { account: account.id, ownership: ownershipOf(job) }),
        ),
        failures,
      };
    },
    async diagnose(signal) {
      const region = api.homeRegion;
      await api.ask(api.attempt('sagemaker:ListTrainingJobs', region), signal, () =>
        api
          .client('SAGEMAKER', region, SageMakerClient)
          .send(new ListTrainingJobsCommand({ MaxResults: 1 }), { abortSignal: signal }),
      );
      return 'may list training jobs of SageMaker';
    },
    async planStop(job, signal) {
      const found = await present(job, signal);
      return found ? planOf(job.id, found, api) : nothingToStop(job);
    },
    async stop(job, plan, signal) {
      const found = await present(job, signal);
      if (found?.detail.TrainingJobStatus !== 'InProgress') return;
      refuseChanged(job, plan, planOf(job.id, found, api));
      await stopTrainingJob(found, api, signal);
    },
  };
}
