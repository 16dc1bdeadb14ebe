import { z } from 'zod';
import type { Job } from '../../../model/job.ts';
import { type Manager, unlessGone } from '../resource_manager.ts';

const text = z.string().nullish();
const by = z.object({ createdBy: text, createdAt: text }).nullish();
const tagged = z.record(z.string(), z.string().nullable()).nullish();

/** https://learn.microsoft.com/rest/api/azureml/compute/list */
export const Compute = z.object({
  id: z.string().min(1),
  name: z.string(),
  location: text,
  tags: tagged,
  systemData: by,
  properties: z.object({
    computeType: z.string(),
    computeLocation: text,
    properties: z
      .object({
        vmSize: text,
        /** `Dedicated` or `LowPriority`. */
        vmPriority: text,
        currentNodeCount: z.number().nullish(),
        /** Of an instance. */
        state: text,
        createdBy: z.object({ userName: text, userId: text }).nullish(),
        lastOperation: z.object({ operationName: text, operationTime: text }).nullish(),
      })
      .nullish(),
  }),
});
export type Compute = z.infer<typeof Compute>;

const ClusterNodes = z.object({
  nodes: z.array(z.object({ nodeId: z.string().min(1), nodeState: text, runId: text })).nullish(),
  nextLink: text,
});
export type ClusterNode = NonNullable<z.infer<typeof ClusterNodes>['nodes']>[number];

/** https://learn.microsoft.com/rest/api/azureml/jobs/list */
export const MlJob = z.object({
  id: z.string().min(1),
  name: z.string().min(1),
  systemData: by,
  properties: z.object({
    jobType: text,
    displayName: text,
    experimentName: text,
    status: text,
    computeId: text,
    tags: tagged,
    resources: z.object({ instanceCount: z.number().nullish(), instanceType: text }).nullish(),
    queueSettings: z.object({ jobTier: text }).nullish(),
  }),
});
export type MlJob = z.infer<typeof MlJob>;

/** Of workspaces, their computes and jobs alike. */
export const ML_VERSION = 'api-version=2024-04-01';

/** https://learn.microsoft.com/rest/api/azureml/compute/list-nodes */
export async function readClusterNodes(
  manager: Manager,
  compute: string,
  signal: AbortSignal,
): Promise<ClusterNode[]> {
  const found: ClusterNode[] = [];
  let path: string | undefined = `${compute}/listNodes?${ML_VERSION}`;
  while (path !== undefined) {
    const page: z.infer<typeof ClusterNodes> = await manager.post(
      path,
      undefined,
      ClusterNodes,
      signal,
    );
    found.push(...(page.nodes ?? []));
    path = page.nextLink ? manager.within(page.nextLink) : undefined;
  }
  return found;
}

/** A job as it is now; undefined where it is gone. */
export function readJob(manager: Manager, id: string, signal: AbortSignal) {
  return unlessGone(manager.get(`${id}?${ML_VERSION}`, MlJob, signal));
}

/** A compute as it is now; undefined where it is gone. */
export function readCompute(manager: Manager, id: string, signal: AbortSignal) {
  return unlessGone(manager.get(`${id}?${ML_VERSION}`, Compute, signal));
}

/** What stands for an end is left out: Azure does not say when it was. */
export const STATES: Readonly<Record<string, Exclude<Job['state'], 'ended'>>> = {
  NotStarted: 'pending',
  Queued: 'pending',
  Provisioning: 'pending',
  Preparing: 'pending',
  Starting: 'pending',
  Running: 'running',
  Finalizing: 'running',
  NotResponding: 'running',
  CancelRequested: 'stopping',
};

export function clean(tags: z.infer<typeof tagged>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags ?? {}).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
  );
}
