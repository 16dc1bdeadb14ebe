import type { Answer } from './answer.ts';

/** Services in which the simulated account has nothing, by the target or path of their lists; no bill came yet. */
const EMPTY: Readonly<Record<string, object>> = {
  'SageMaker.ListTrainingJobs': { TrainingJobSummaries: [] },
  'AWSInsightsIndexService.GetCostAndUsage': { ResultsByTime: [] },
  'AWSInsightsIndexService.GetCostAndUsageWithResources': { ResultsByTime: [] },
  '/v1/describejobqueues': { jobQueues: [] },
};

/** The empty list of a service that is not used; undefined where it is none of them. */
export function unusedService(targetOrPath: string): Answer | undefined {
  const list = EMPTY[targetOrPath];
  return list && { status: 200, type: 'application/x-amz-json-1.1', body: JSON.stringify(list) };
}
