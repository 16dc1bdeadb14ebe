import type { JobDetail } from '@aws-sdk/client-batch';
import type { Job } from '../../../model/job.ts';
import { SECOND } from '../../../model/time.ts';
import { MINE_BECAUSE, type Ownership } from '../owners.ts';
import type { Hosts } from './hosts.ts';
import type { BatchJob } from './queues.ts';
import { containerInstancesIn, sharesOf } from './shares.ts';

export function jobIdOf({ region, detail }: Pick<BatchJob, 'region' | 'detail'>): string {
  return `batch-job/${region}/${detail.jobId}`;
}

/** Whether it runs on machines that can be seen: Fargate's cannot, and have no GPUs. */
export function isOnMachines({ detail }: Pick<BatchJob, 'detail'>): boolean {
  return !detail.platformCapabilities?.includes('FARGATE');
}

/** The container instances that a job's containers are on. */
export function containerInstancesOf(job: BatchJob): string[] {
  return partsOf(job).flatMap(containerInstancesIn);
}

/** What itself runs: the job, or its children where it has some. */
function partsOf({ detail, children }: BatchJob): JobDetail[] {
  return detail.arrayProperties?.size || detail.nodeProperties ? children : [detail];
}

/**
 * The job, by what its containers hold of the instances of EC2 that they are on: those are nodes
 * already, so that nothing counts twice. Undefined where it runs, but nobody can say on what.
 */
export function toJob(
  job: BatchJob,
  hosts: Hosts,
  { account, ownership }: { account: string; ownership: Ownership },
): Job | undefined {
  const { detail, region } = job;
  const nativeId = jobIdOf(job);
  const shares = isOpen(detail) ? partsOf(job).flatMap((part) => sharesOf(part, hosts)) : [];
  const state = stateOf(job);
  if (state === 'running' && shares.length === 0) return undefined;
  const { startedAt, stoppedAt, timeout } = detail;
  const began = startedAt ?? earliest(job.children);
  return {
    id: `${account}:${nativeId}`,
    source: 'aws',
    account,
    nativeId,
    name: detail.jobName ?? detail.jobId ?? nativeId,
    ...(ownership.owner && { owner: ownership.owner }),
    mine: ownership.mine,
    level: 'scheduler',
    state,
    ...(began !== undefined && state !== 'pending' && { startedAt: began }),
    ...(state === 'ended' &&
      stoppedAt !== undefined && { endedAt: Math.max(stoppedAt, began ?? stoppedAt) }),
    ...(state === 'running' &&
      began !== undefined &&
      timeout?.attemptDurationSeconds &&
      !detail.arrayProperties?.size && {
        limitAt: began + timeout.attemptDurationSeconds * SECOND,
      }),
    shares,
    labels: {
      ...detail.tags,
      region,
      queue: detail.jobQueue?.split('/').at(-1) ?? '',
      status: detail.status ?? '',
      ...(detail.statusReason && { 'status-reason': detail.statusReason.slice(0, 300) }),
      ...(detail.arrayProperties?.size && { array: String(detail.arrayProperties.size) }),
      [MINE_BECAUSE]: ownership.because,
    },
  };
}

function isOpen({ status }: JobDetail): boolean {
  return status !== 'SUCCEEDED' && status !== 'FAILED';
}

/** An array is PENDING while its elements run. */
function stateOf({ detail, children }: BatchJob): Job['state'] {
  if (!isOpen(detail)) return 'ended';
  if (detail.arrayProperties?.size) return children.length > 0 ? 'running' : 'pending';
  if (detail.status !== 'RUNNING') return 'pending';
  // The nodes of one that has begun may all have ended, and it not yet.
  return detail.nodeProperties && children.length === 0 ? 'stopping' : 'running';
}

function earliest(children: readonly JobDetail[]): number | undefined {
  const starts = children.flatMap(({ startedAt }) => startedAt ?? []);
  return starts.length > 0 ? Math.min(...starts) : undefined;
}
