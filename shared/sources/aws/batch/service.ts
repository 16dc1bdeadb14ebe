import { BatchClient, DescribeJobQueuesCommand, TerminateJobCommand } from '@aws-sdk/client-batch';
import type { Job } from '../../../model/job.ts';
import type { StopPlan } from '../../../model/stop.ts';
import { HOUR, type Instant } from '../../../model/time.ts';
import { SourceError, type Surroundings } from '../../source.ts';
import { profileFlag } from '../account.ts';
import type { Api } from '../api.ts';
import { type JobService, QUIET_SERVICE_EVERY } from '../beside.ts';
import type { Owning } from '../owning.ts';
import { nothingToStop, refuseChanged, refuseOthers } from '../refusals.ts';
import { expected, regionalOf } from '../regional.ts';
import type { EnabledRegions } from '../regions.ts';
import { hostsOf } from './hosts.ts';
import { containerInstancesOf, isOnMachines, jobIdOf, toJob } from './jobs.ts';
import { type BatchJob, queuesOf } from './queues.ts';

/** For how long a job that has ended is asked for again: AWS lists it no more among the open ones. */
const AFTER_END_MS = HOUR;

/** AWS Batch: its jobs hold parts of instances of EC2. */
export function batchOf(
  api: Api,
  enabled: EnabledRegions,
  owning: Owning,
  clock: Surroundings['clock'],
): JobService {
  const { account } = api;
  const queues = queuesOf(api);
  const hosts = hostsOf(api);
  const places = regionalOf({
    enabled,
    homeRegion: api.homeRegion,
    homeEvery: QUIET_SERVICE_EVERY,
    async read(region, signal, failures): Promise<BatchJob[]> {
      const known = places
        .lastSeen()
        .filter((job) => job.region === region && !isForgotten(job, clock.now()))
        .flatMap(({ detail }) => detail.jobId ?? []);
      const jobs = (await queues.read(region, known, signal)).filter(isOnMachines);
      await hosts
        .learn(jobs.flatMap(containerInstancesOf), region, signal)
        .catch((error: unknown) => {
          failures.push(expected(error));
        });
      return jobs.filter((job) => !isForgotten(job, clock.now()));
    },
  });

  const ownershipOf = ({ detail }: BatchJob) => owning(detail.tags ?? {}, undefined);

  async function present(job: Job, signal: AbortSignal): Promise<BatchJob | undefined> {
    const [, region = '', id = ''] = job.nativeId.split('/');
    const found = await queues.find(id, region, signal);
    refuseOthers(job, found && ownershipOf(found));
    return found;
  }

  return {
    title: 'AWS Batch',
    prefix: 'batch-job/',
    async refresh(signal) {
      const { fresh, failures } = await places.refresh(signal);
      const jobs = fresh.flatMap(
        (job) => toJob(job, hosts, { account: account.id, ownership: ownershipOf(job) }) ?? [],
      );
      const shown = new Set(jobs.map(({ nativeId }) => nativeId));
      const hidden = fresh.filter((job) => !shown.has(jobIdOf(job)));
      return {
        nodes: [],
        jobs,
        failures: hidden.length > 0 && failures.length === 0 ? [unplaced(api, hidden)] : failures,
      };
    },
    async diagnose(signal) {
      const region = api.homeRegion;
      await api.ask(api.attempt('batch:DescribeJobQueues', region), signal, () =>
        api
          .client('BATCH', region, BatchClient)
          .send(new DescribeJobQueuesCommand({ maxResults: 1 }), { abortSignal: signal }),
      );
      return 'may list the job queues of AWS Batch';
    },
    async planStop(job, signal) {
      const found = await present(job, signal);
      return found && isOpen(found) ? planOf(job, found, api) : nothingToStop(job);
    },
    async stop(job, plan, signal) {
      const found = await present(job, signal);
      if (!found || !isOpen(found)) return;
      refuseChanged(job, plan, planOf(job, found, api));
      const { region, detail } = found;
      await api.ask(api.attempt('batch:TerminateJob', region), signal, () =>
        api
          .client('BATCH', region, BatchClient)
          .send(new TerminateJobCommand({ jobId: detail.jobId, reason: REASON }), {
            abortSignal: signal,
          }),
      );
    },
  };
}

const REASON = 'stopped with Burnrate';

function isOpen({ detail }: BatchJob): boolean {
  return detail.status !== 'SUCCEEDED' && detail.status !== 'FAILED';
}

function isForgotten(job: BatchJob, now: Instant): boolean {
  return !isOpen(job) && (job.detail.stoppedAt ?? 0) < now - AFTER_END_MS;
}

/** What a stop of this job would do. Its elements and nodes, and its further attempts, end with it. */
function planOf(job: Job, { region, detail, children }: BatchJob, api: Api): StopPlan {
  const parts = detail.arrayProperties?.size
    ? ` with all of its ${detail.arrayProperties.size} elements`
    : detail.nodeProperties
      ? ` on all of its ${detail.nodeProperties.numNodes} nodes`
      : '';
  const running = detail.status === 'RUNNING' || children.length > 0;
  return {
    jobId: job.id,
    action: `Terminate job ${job.name}${parts} (AWS Batch ${region})`,
    equivalent: `aws batch terminate-job --region ${region}${profileFlag(api.options)} --job-id ${detail.jobId} --reason "${REASON}"`,
    loses: running ? ['what its containers have computed and not stored elsewhere'] : [],
    keeps: [
      'the instances of its compute environment, until Batch ends those that no job needs: some minutes, and never below the environment’s minimum of vCPUs',
    ],
    reversible: false,
  };
}

/** Jobs run, and nobody says on what: without their part, what they cost would look idle. */
function unplaced(api: Api, jobs: readonly BatchJob[]): SourceError {
  const names = jobs.map(({ detail }) => detail.jobName ?? detail.jobId).slice(0, 3);
  return new SourceError('malformed', {
    account: api.account.id,
    message: `AWS Batch does not say on which instances ${names.join(', ')}${jobs.length > 3 ? ' and others' : ''} run`,
    remedy:
      'Burnrate asks again in a minute. Where it stays, look at the job in the console of AWS Batch.',
  });
}
