import { needsOf } from './amounts.ts';
import type { Api } from './api.ts';
import { isGpu } from './gpus.ts';
import { pathOf } from './kinds.ts';
import { WorkloadObject as Schema, type WorkloadObject } from './objects.ts';

const GROUP = 'kueue.x-k8s.io';

/** What Kueue queues, runs, or has been told to leave alone. */
export interface Workload {
  object: WorkloadObject;
  apiVersion: string;
  /** It waits for its turn. */
  waits: boolean;
  asksForGpus: boolean;
}

/**
 * Kueue's workloads that have not finished, of all namespaces or those given. Empty where there is
 * no Kueue. https://kueue.sigs.k8s.io/docs/concepts/workload/
 */
export async function readWorkloads(
  api: Api,
  groups: ReadonlyMap<string, string>,
  namespaces: readonly (string | undefined)[],
  signal: AbortSignal,
): Promise<Workload[]> {
  const version = groups.get(GROUP);
  if (version === undefined) return [];
  const apiVersion = `${GROUP}/${version}`;
  const lists = await Promise.all(
    namespaces.map((namespace) =>
      api.list(
        {
          verb: 'list',
          resource: `workloads.${GROUP}`,
          path: pathOf({ apiVersion, plural: 'workloads' }, namespace),
          ...(namespace !== undefined && { namespace }),
        },
        Schema,
        (object) => workloadOf(object, apiVersion),
        signal,
      ),
    ),
  );
  return lists.flat();
}

function workloadOf(object: WorkloadObject, apiVersion: string): Workload | undefined {
  const { spec, status } = object;
  const is = (type: string) =>
    status.conditions.some((condition) => condition.type === type && condition.status === 'True');
  if (is('Finished')) return undefined;
  return {
    object,
    apiVersion,
    waits: spec.active !== false && !is('Admitted'),
    asksForGpus: spec.podSets.some(({ template }) =>
      Object.entries(needsOf(template.spec)).some(([name, amount]) => isGpu(name) && amount > 0),
    ),
  };
}
