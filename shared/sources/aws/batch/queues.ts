import {
  BatchClient,
  DescribeJobsCommand,
  type JobDetail,
  type JobStatus,
  type JobSummary,
  type ListJobsRequest,
  paginateDescribeJobQueues,
  paginateListJobs,
} from '@aws-sdk/client-batch';
import type { Api } from '../api.ts';
import { malformed } from '../errors.ts';

/** A job as Batch describes it, with those of its children that run: array elements, or nodes. */
export interface BatchJob {
  region: string;
  detail: JobDetail;
  children: JobDetail[];
}

/** What has been submitted and not ended. */
const OPEN: readonly JobStatus[] = ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING'];

/** Waiting jobs cost nothing: of a long queue the newest are enough. */
const WAITING_AT_MOST = 200;

/** What DescribeJobs takes in one request. */
const AT_ONCE = 100;

export interface Queues {
  /** The jobs that are open, and those of `known` as they are now. */
  read(region: string, known: readonly string[], signal: AbortSignal): Promise<BatchJob[]>;
  find(id: string, region: string, signal: AbortSignal): Promise<BatchJob | undefined>;
}

/**
 * The jobs of every queue. An array job, and one of several nodes, is one job; its children tell
 * where it runs. https://docs.aws.amazon.com/batch/latest/APIReference/API_ListJobs.html
 */
export function queuesOf(api: Api): Queues {
  const client = (region: string) => api.client('BATCH', region, BatchClient);

  async function queueNames(region: string, signal: AbortSignal): Promise<string[]> {
    const attempt = api.attempt('batch:DescribeJobQueues', region);
    return api.ask(attempt, signal, async () => {
      const names: string[] = [];
      const config = { client: client(region) };
      for await (const page of paginateDescribeJobQueues(config, {}, { abortSignal: signal })) {
        if (!page.jobQueues) throw malformed(attempt, 'the answer is not a list of job queues');
        for (const { jobQueueName, jobQueueType } of page.jobQueues) {
          // What such a queue starts are training jobs, which SageMaker shows.
          if (jobQueueName && jobQueueType !== 'SAGEMAKER_TRAINING') names.push(jobQueueName);
        }
      }
      return names;
    });
  }

  async function list(
    query: ListJobsRequest,
    region: string,
    signal: AbortSignal,
  ): Promise<JobSummary[]> {
    const attempt = api.attempt('batch:ListJobs', region);
    return api.ask(attempt, signal, async () => {
      const found: JobSummary[] = [];
      const waits = query.jobStatus !== 'RUNNING';
      const config = { client: client(region), pageSize: 100 };
      for await (const page of paginateListJobs(config, query, { abortSignal: signal })) {
        if (!page.jobSummaryList) throw malformed(attempt, 'the answer is not a list of jobs');
        found.push(...page.jobSummaryList);
        if (waits && found.length >= WAITING_AT_MOST) break;
      }
      return found;
    });
  }

  async function describe(
    ids: readonly string[],
    region: string,
    signal: AbortSignal,
  ): Promise<JobDetail[]> {
    const attempt = api.attempt('batch:DescribeJobs', region);
    const found: JobDetail[] = [];
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      const jobs = ids.slice(from, from + AT_ONCE);
      const answer = await api.ask(attempt, signal, () =>
        client(region).send(new DescribeJobsCommand({ jobs }), { abortSignal: signal }),
      );
      if (!answer.jobs) throw malformed(attempt, 'the answer is not a list of jobs');
      found.push(...answer.jobs);
    }
    return found;
  }

  async function withChildren(
    detail: JobDetail,
    region: string,
    signal: AbortSignal,
  ): Promise<BatchJob> {
    const query = childrenOf(detail);
    if (!query) return { region, detail, children: [] };
    const running = await list({ ...query, jobStatus: 'RUNNING' }, region, signal);
    const ids = running.flatMap(({ jobId }) => jobId ?? []);
    return { region, detail, children: await describe(ids, region, signal) };
  }

  return {
    async read(region, known, signal) {
      const queues = await queueNames(region, signal);
      const open = await Promise.all(
        queues.flatMap((jobQueue) =>
          OPEN.map((jobStatus) => list({ jobQueue, jobStatus }, region, signal)),
        ),
      );
      const ids = new Set([...open.flat().flatMap(({ jobId }) => jobId ?? []), ...known]);
      const details = await describe([...ids], region, signal);
      return Promise.all(details.map((detail) => withChildren(detail, region, signal)));
    },
    async find(id, region, signal) {
      const [detail] = await describe([id], region, signal);
      return detail && withChildren(detail, region, signal);
    },
  };
}

/** The query for a job's children; undefined where it has none, or none that can run. */
function childrenOf(detail: JobDetail): ListJobsRequest | undefined {
  if (!OPEN.includes(detail.status ?? 'FAILED')) return undefined;
  if (detail.arrayProperties?.size) return { arrayJobId: detail.jobId };
  if (detail.nodeProperties && detail.status === 'RUNNING') return { multiNodeJobId: detail.jobId };
  return undefined;
}
