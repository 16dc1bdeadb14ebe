import type { Job } from '../../model/job.ts';
import type { Sample } from '../../model/sample.ts';
import { quantity } from './amounts.ts';
import type { Api } from './api.ts';
import { pathOf } from './kinds.ts';
import { PodUsage } from './objects.ts';
import { nameOf } from './rights.ts';

/** A pod that holds cores of its node, and no GPU. */
export interface CpuPod {
  namespace: string;
  name: string;
  node: string;
  /** Those that it holds, which is what it costs. */
  cores: number;
}

/** The right that reading what pods use needs. */
export const USAGE = { verb: 'list', group: 'metrics.k8s.io', plural: 'pods' } as const;

/** The pods of these jobs that run on cores alone: of one with a GPU, its exporter tells. */
export function cpuPodsOf(jobs: readonly Job[]): CpuPod[] {
  return jobs.flatMap(({ labels: { namespace }, shares }) =>
    shares.flatMap(({ node, pod: name, gpus, cores = 0, to }) =>
      namespace && name && gpus === undefined && cores > 0 && to === undefined
        ? [{ namespace, name, node, cores }]
        : [],
    ),
  );
}

/**
 * How much of the cores that they hold the pods of one namespace use, by the cluster's
 * metrics-server. One that uses more than it asked for counts as busy, no more. Of a pod that has
 * just begun nothing is told yet. Rejects with a SourceError.
 * https://kubernetes.io/docs/reference/external-api/metrics.v1beta1/
 */
export async function readCpus(
  pods: readonly CpuPod[],
  namespace: string,
  { api, signal }: { api: Api; signal: AbortSignal },
): Promise<Sample[]> {
  const wanted = new Map(pods.map((pod) => [pod.name, pod]));
  const order = {
    verb: USAGE.verb,
    resource: nameOf(USAGE),
    path: pathOf({ apiVersion: `${USAGE.group}/v1beta1`, plural: USAGE.plural }, namespace),
    namespace,
  };
  const keep = ({ metadata, timestamp, containers }: PodUsage): Sample | undefined => {
    const pod = wanted.get(metadata.name);
    if (!pod || timestamp === undefined || containers.length === 0) return undefined;
    const used = containers.reduce((sum, { usage }) => sum + quantity(usage.cpu), 0);
    return {
      at: timestamp,
      node: pod.node,
      gpu: `CPU of ${namespace}/${pod.name}`,
      namespace,
      pod: pod.name,
      utilization: Math.min(1, used / pod.cores),
    };
  };
  return api.list(order, PodUsage, keep, signal);
}
