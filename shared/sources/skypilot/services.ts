import { isIP } from 'node:net';
import type { Job } from '../../model/job.ts';
import { instant, NODE_STATES, placeOf, userOf } from './clusters.ts';
import type { Launched, Machines } from './launched.ts';
import { parseResources } from './resources.ts';
import type { ReplicaRecord, ServiceRecord } from './wire.ts';

/** The services, each with the machines of its replicas. One that is taken down is not listed. */
export function servicesOf(records: readonly ServiceRecord[]): Launched[] {
  return records.map((record) => {
    const { name, status, workspace, endpoint } = record;
    const replicas = record.replica_info ?? [];
    const machines = replicas.flatMap((replica) => machinesOf(replica, record));
    const starts = replicas.flatMap(({ launched_at }) => instant(launched_at) ?? []);
    const ready = replicas.filter((replica) => replica.status === 'READY').length;
    return serviceOf(name, status, machines, {
      ...(starts.length > 0 && { startedAt: Math.min(...starts) }),
      user: userOf(record),
      labels: {
        'skypilot:ready': `${ready} of ${replicas.length} replicas`,
        ...(workspace && { workspace }),
        ...(endpoint && { endpoint }),
      },
    });
  });
}

/** A service, by whatever way it is read. Without a machine it waits. */
export function serviceOf(
  name: string,
  status: string,
  machines: Machines[],
  more: Pick<Launched, 'startedAt' | 'user' | 'labels'>,
): Launched {
  return {
    kind: 'service',
    nativeId: `serve/${name}`,
    name,
    state: stateOf(status, machines),
    ...more,
    machines,
    labels: { 'skypilot:service': name, 'skypilot:status': status, ...more.labels },
  };
}

/** sky/serve/serve_state.py, ServiceStatus */
function stateOf(status: string, machines: readonly Machines[]): Job['state'] {
  if (machines.length === 0) return 'pending';
  return status === 'SHUTTING_DOWN' ? 'stopping' : 'running';
}

/**
 * The machines of a replica. Its status says little of them: one that has failed may still have its
 * cluster, and is paid for while it has. SkyServe tells of the head's address alone, in its endpoint.
 */
function machinesOf(replica: ReplicaRecord, service: ServiceRecord): Machines[] {
  const { name, cloud, region, resources_str_full: text, status, endpoint } = replica;
  const launchedAt = instant(replica.launched_at);
  if (launchedAt === undefined || !cloud || status === 'PENDING') return [];
  const nameOnCloud = nameOnCloudOf(name, service.user_hash);
  const address = hostOf(endpoint);
  const resources = parseResources(text);
  return [
    {
      ...resources,
      spot: replica.is_spot ?? resources.spot,
      id: nameOnCloud,
      nameOnCloud,
      count: Number(/^(\d+)x/.exec(text ?? '')?.[1]) || 1,
      ...placeOf(cloud, region),
      names: [],
      addresses: address ? [[address]] : [],
      state: NODE_STATES[replicaState(status)],
      launchedAt,
    },
  ];
}

/** sky/serve/serve_state.py, ReplicaStatus */
function replicaState(status: string): Job['state'] {
  if (status === 'PROVISIONING') return 'pending';
  return status === 'SHUTTING_DOWN' ? 'stopping' : 'running';
}

/** sky/utils/common_utils.py, make_cluster_name_on_cloud, where the name is not too long */
function nameOnCloudOf(name: string, userHash: string | null | undefined): string {
  const plain = name.replaceAll(/[._]/g, '-').toLowerCase();
  return userHash ? `${plain}-${userHash}` : plain;
}

/** `http://3.4.5.6:8080` */
function hostOf(endpoint: string | null | undefined): string | undefined {
  if (!endpoint || !URL.canParse(endpoint)) return undefined;
  const host = new URL(endpoint).hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) ? host : undefined;
}
