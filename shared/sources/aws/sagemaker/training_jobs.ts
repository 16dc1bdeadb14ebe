import {
  DescribeTrainingJobCommand,
  type DescribeTrainingJobResponse,
  ListTagsCommand,
  type ListTrainingJobsRequest,
  paginateListTrainingJobs,
  SageMakerClient,
  type TrainingJobSummary,
} from '@aws-sdk/client-sagemaker';
import { HOUR, type Instant } from '../../../model/time.ts';
import { SourceError, type Surroundings } from '../../source.ts';
import type { Api } from '../api.ts';
import { malformed } from '../errors.ts';

/** A training job as SageMaker describes it, and its tags; undefined where those are not told. */
export interface TrainingJob {
  name: string;
  arn: string;
  region: string;
  detail: DescribeTrainingJobResponse;
  tags: Readonly<Record<string, string>> | undefined;
}

/** Those that ended longer ago are of no interest. */
const SINCE_MS = 2 * HOUR;
/**
 * So often all that run are listed. What begins meanwhile is among those that changed, and what
 * ran before is described each time: a region without jobs takes one request, not two.
 */
const ALL_EVERY_MS = 1 * HOUR;

export interface TrainingJobs {
  /** Those that run, and those that changed lately. Rejects where they could not be listed. */
  read(region: string, signal: AbortSignal, failures: SourceError[]): Promise<TrainingJob[]>;
  /** One as it is now; undefined where there is none of that name. */
  find(name: string, region: string, signal: AbortSignal): Promise<TrainingJob | undefined>;
}

/**
 * ListTrainingJobs tells which there are, DescribeTrainingJob the rest; one that will not change
 * any more is described once. Tags are asked for once: they are given at creation.
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html
 */
export function trainingJobsOf(api: Api, clock: Surroundings['clock']): TrainingJobs {
  const tagsByArn = new Map<string, Record<string, string>>();
  /** What each region last showed, and when all that run were last listed there. */
  const lastIn = new Map<string, { jobs: TrainingJob[]; listedAt: Instant }>();
  const client = (region: string) => api.client('SAGEMAKER', region, SageMakerClient);

  async function list(
    query: ListTrainingJobsRequest,
    region: string,
    signal: AbortSignal,
  ): Promise<TrainingJobSummary[]> {
    const attempt = api.attempt('sagemaker:ListTrainingJobs', region);
    return api.ask(attempt, signal, async () => {
      const found: TrainingJobSummary[] = [];
      const config = { client: client(region), pageSize: 100 };
      for await (const page of paginateListTrainingJobs(config, query, { abortSignal: signal })) {
        if (!page.TrainingJobSummaries)
          throw malformed(attempt, 'the answer is not a list of training jobs');
        found.push(...page.TrainingJobSummaries);
      }
      return found;
    });
  }

  /** Undefined where there is none of that name, or no longer. */
  async function describe(
    name: string,
    region: string,
    signal: AbortSignal,
  ): Promise<DescribeTrainingJobResponse | undefined> {
    const attempt = api.attempt('sagemaker:DescribeTrainingJob', region);
    let detail: DescribeTrainingJobResponse;
    try {
      detail = await api.ask(attempt, signal, () =>
        client(region).send(new DescribeTrainingJobCommand({ TrainingJobName: name }), {
          abortSignal: signal,
        }),
      );
    } catch (error) {
      if (error instanceof SourceError && /not found|could not find/i.test(error.message))
        return undefined;
      throw error;
    }
    if (!detail.TrainingJobArn || !detail.TrainingJobStatus)
      throw malformed(attempt, 'the answer is not a training job');
    return detail;
  }

  async function tagsOf(arn: string, region: string, signal: AbortSignal) {
    const known = tagsByArn.get(arn);
    if (known) return known;
    const answer = await api.ask(api.attempt('sagemaker:ListTags', region), signal, () =>
      client(region).send(new ListTagsCommand({ ResourceArn: arn, MaxResults: 100 }), {
        abortSignal: signal,
      }),
    );
    const tags = Object.fromEntries(
      (answer.Tags ?? []).flatMap(({ Key, Value }) => (Key ? [[Key, Value ?? '']] : [])),
    );
    tagsByArn.set(arn, tags);
    return tags;
  }

  return {
    async read(region, signal, failures) {
      const now = clock.now();
      const last = lastIn.get(region);
      const isKnown = last && now >= last.listedAt && now < last.listedAt + ALL_EVERY_MS;
      const [running, changed] = await Promise.all([
        isKnown ? [] : list({ StatusEquals: 'InProgress' }, region, signal),
        list({ LastModifiedTimeAfter: new Date(now - SINCE_MS) }, region, signal),
      ]);
      const settled = new Map(last?.jobs.filter(isSettled).map((job) => [job.name, job]));
      // A warm pool is kept for longer than that.
      const goesOn = (job: TrainingJob) =>
        !job.detail.TrainingEndTime || (isSettled(job) && isKeptWarm(job));
      const names = [
        ...[...running, ...changed].map((summary) => summary.TrainingJobName ?? ''),
        ...(last?.jobs ?? []).filter(goesOn).map(({ name }) => name),
      ];
      const versions = new Map(
        [...running, ...changed].map((job) => [job.TrainingJobName, versionOf(job)]),
      );
      const found = await Promise.all(
        [...new Set(names)].filter(Boolean).map(async (name): Promise<TrainingJob[]> => {
          const before = settled.get(name);
          if (before && !isKeptWarm(before) && versions.get(name) === versionOf(before.detail))
            return [before];
          const detail = await describe(name, region, signal);
          if (!detail) return [];
          const arn = detail.TrainingJobArn ?? '';
          const tags = await tagsOf(arn, region, signal).catch((error: unknown) => {
            if (!(error instanceof SourceError)) throw error;
            failures.push(error);
            return undefined;
          });
          return [{ name, arn, region, detail, tags }];
        }),
      );
      const jobs = found.flat();
      lastIn.set(region, { jobs, listedAt: isKnown ? last.listedAt : now });
      const arns = new Set(jobs.map(({ arn }) => arn));
      for (const arn of tagsByArn.keys()) {
        if (arn.split(':')[3] === region && !arns.has(arn)) tagsByArn.delete(arn);
      }
      return jobs;
    },

    async find(name, region, signal) {
      const detail = await describe(name, region, signal);
      const arn = detail?.TrainingJobArn ?? '';
      return detail && { name, arn, region, detail, tags: await tagsOf(arn, region, signal) };
    },
  };
}

/** It has ended, and all is known of it. */
function isSettled({ detail, tags }: TrainingJob): boolean {
  return detail.TrainingEndTime !== undefined && tags !== undefined;
}

/** Its instances wait, paid, for the next job. */
export function isKeptWarm({ detail }: Pick<TrainingJob, 'detail'>): boolean {
  return detail.WarmPoolStatus?.Status === 'Available';
}

function versionOf(
  job: Pick<
    TrainingJobSummary,
    'LastModifiedTime' | 'TrainingJobStatus' | 'SecondaryStatus' | 'WarmPoolStatus'
  >,
): string {
  const { LastModifiedTime, TrainingJobStatus, WarmPoolStatus } = job;
  return JSON.stringify([LastModifiedTime?.getTime(), TrainingJobStatus, WarmPoolStatus?.Status]);
}
