import { z } from 'zod';
import type { Account } from '../../model/account.ts';
import type { Job } from '../../model/job.ts';
import { type Node, PER_SECOND } from '../../model/node.ts';
import type { StopPlan } from '../../model/stop.ts';
import type { Instant } from '../../model/time.ts';
import { connectRental } from '../rental.ts';
import { openRest } from '../rental_source.ts';
import { machineJobs, ownershipOf } from '../rented.ts';
import { type RentedMachine, rentedNodes, toldRate } from '../rented_nodes.ts';
import type { Connection, Surroundings } from '../source.ts';
import { PLACES, type Settings } from './index.ts';

/** What is read of a cluster; the API tells more, its kubeconfig among it. */
const Cluster = z.object({
  cluster_id: z.string().min(1),
  cluster_name: z.string(),
  /** KUBERNETES or SLURM. */
  cluster_type: z.string().nullish(),
  region: z.string(),
  gpu_type: z.string(),
  num_gpus: z.number().int().nonnegative(),
  status: z.string(),
  reservation_end_time: z.string().nullish(),
  volumes: z.array(z.object({ volume_name: z.string(), size_tib: z.number() })).nullish(),
  gpu_worker_nodes: z.array(
    z.object({
      node_id: z.string().min(1),
      node_name: z.string().nullish(),
      host_name: z.string().nullish(),
      instance_id: z.string().nullish(),
      num_cpu_cores: z.number().nonnegative().nullish(),
      num_gpus: z.number().int().nonnegative(),
    }),
  ),
});
type Cluster = z.infer<typeof Cluster>;

const Clusters = z.object({ clusters: z.array(Cluster) });

/** The label that says which cluster a node is of. */
const CLUSTER = 'together:cluster';

/**
 * Together's clusters, open. Each is a job, which holds its worker nodes.
 * https://docs.together.ai/reference/clusters-list
 */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): Required<Connection> {
  const { clock } = surroundings;
  const rest = openRest(account, surroundings, {
    places: PLACES,
    service: 'Together AI',
    baseUrl: settings.url,
  });
  const at = (id: string) => `/compute/clusters/${encodeURIComponent(id)}`;
  const nodesOf = (clusters: readonly Cluster[], now: Instant) =>
    rentedNodes(
      'together',
      clusters.flatMap((cluster) => machinesOf(cluster, settings.prices, now)),
      { account: account.id, mine: settings.mine },
    );
  return connectRental(
    {
      account,
      clock,
      read: async (signal) =>
        (await rest.ask({ path: '/compute/clusters', schema: Clusters, signal })).clusters,
      nodesOf: (clusters) => nodesOf(clusters, clock.now()),
      jobsOf: clusterJobs,
      stopUntried: 'not tried: it would delete a cluster for good',
      close: () => rest.close(),
    },
    {
      get: (id, signal) => rest.ask({ path: at(id), schema: Cluster, signal }),
      nodeOf: ({ cluster_name: name, status }) => ({
        name,
        source: 'together',
        state: stateOf(status),
        mine: ownershipOf(name, 'together', settings.mine).mine,
      }),
      planOf,
      send: async ({ cluster_id }, signal) => {
        const path = at(cluster_id);
        await rest.ask({ method: 'DELETE', path, schema: z.unknown(), signal });
      },
    },
  );
}

/** A cluster's worker nodes bear its name, so that one rule tells whose they all are. */
function machinesOf(cluster: Cluster, prices: Settings['prices'], now: Instant): RentedMachine[] {
  const { cluster_id, cluster_name, cluster_type, gpu_type, status } = cluster;
  const perGpu = prices[gpu_type];
  return cluster.gpu_worker_nodes.map((worker) => ({
    id: worker.node_id,
    name: cluster_name,
    names: [worker.node_name, worker.host_name, worker.instance_id],
    gpus: { count: worker.num_gpus, model: gpu_type.replaceAll('_', ' ') },
    cores: worker.num_cpu_cores,
    state: stateOf(status),
    billing: PER_SECOND,
    instanceType: `${worker.num_gpus}x ${gpu_type}`,
    region: cluster.region,
    market: cluster.reservation_end_time ? 'reserved' : 'on-demand',
    rate: toldRate(perGpu === undefined ? undefined : perGpu * worker.num_gpus, now),
    labels: {
      [CLUSTER]: cluster_id,
      'together:status': status,
      ...(worker.node_name && { 'together:node': worker.node_name }),
      ...(cluster_type && { 'together:type': cluster_type.toLowerCase() }),
    },
  }));
}

/** One job a cluster: its first node's, over all of its nodes. */
function clusterJobs(nodes: readonly Node[], now: Instant): Job[] {
  const clusters = Map.groupBy(nodes, ({ labels }) => labels[CLUSTER] ?? '');
  return [...clusters].flatMap(([nativeId, workers]) => {
    const [first] = workers;
    const [job] = first ? machineJobs([first], now) : [];
    if (!first || !job) return [];
    const shares = workers.map(({ id }) => ({ node: id }));
    return { ...job, id: `${first.account}:${nativeId}`, nativeId, shares };
  });
}

/** On-demand compute is paid while the cluster runs. https://docs.together.ai/docs/gpu-clusters-billing */
function stateOf(status: string): Node['state'] {
  if (/^(WaitingFor|InstallingDrivers|RunningAcceptanceTests)/.test(status)) return 'starting';
  if (status === 'Paused' || status === 'OnDemandComputePaused') return 'stopped';
  return status === 'Deleting' ? 'stopping' : 'running';
}

function planOf(job: Job, cluster: Cluster): StopPlan {
  const { cluster_id, cluster_name, num_gpus, gpu_type, region, volumes } = cluster;
  return {
    jobId: job.id,
    action: `Delete cluster ${cluster_name} (${cluster_id}, ${num_gpus}x ${gpu_type} in ${region}, Together AI): it cannot be stopped for a while`,
    equivalent: `together beta clusters delete ${cluster_id}`,
    loses: [
      `The ${cluster.cluster_type?.toLowerCase() ?? ''} cluster with all that runs and waits in it`.replace(
        '  ',
        ' ',
      ),
      'All data on the local disks of its nodes',
    ],
    keeps: [
      ...(volumes ?? []).map(
        ({ volume_name, size_tib }) =>
          `Volume ${volume_name} (${size_tib} TiB), charged for as before`,
      ),
      ...(cluster.reservation_end_time
        ? [`Its reservation, which is paid until ${cluster.reservation_end_time}`]
        : []),
    ],
    reversible: false,
  };
}
