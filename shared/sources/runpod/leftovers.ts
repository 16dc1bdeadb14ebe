import type { Account } from '../../model/account.ts';
import type { Leftover } from '../../model/leftover.ts';
import type { Node } from '../../model/node.ts';
import type { Instant } from '../../model/time.ts';
import { storageRate } from '../leftovers.ts';
import { type RentedLeftover, rentedLeftovers } from '../rented_leftovers.ts';
import type { Api, NetworkVolume, Pod } from './api.ts';
import { ownVolumeOf } from './nodes.ts';
import type { Settings } from './settings.ts';

/** US dollars a GB and month. https://docs.runpod.io/pods/storage/types */
const STOPPED_POD = 0.2;
const NETWORK_VOLUME = 0.07;
/** From so many GB on each further one costs less. https://www.runpod.io/pricing */
const LARGE_GB = 1000;
const LARGE_VOLUME = 0.05;

/** Network volumes that neither a pod nor an endpoint has, and the disks of stopped pods. */
export async function readLeftovers(
  api: Pick<Api, 'list' | 'networkVolumes' | 'volumesOfEndpoints'>,
  context: { account: Account; nodesOf(pods: readonly Pod[]): Node[]; now: Instant },
  { mine, url }: Pick<Settings, 'mine' | 'url'>,
  signal: AbortSignal,
): Promise<Leftover[]> {
  const { account, nodesOf, now } = context;
  const [pods, volumes, served] = await Promise.all([
    api.list(signal),
    api.networkVolumes(signal),
    api.volumesOfEndpoints(signal),
  ]);
  const used = new Set([
    ...served,
    ...pods.flatMap(({ networkVolume }) => networkVolume?.id ?? []),
  ]);
  const stopped = nodesOf(pods).flatMap((node, index): RentedLeftover[] => {
    const pod = pods[index];
    if (!pod || node.state !== 'stopped') return [];
    return ofPod(pod, node, url, now);
  });
  const free = volumes.filter(({ id }) => !used.has(id)).map((one) => ofVolume(one, url, now));
  return rentedLeftovers(account, [...free, ...stopped], mine);
}

function ofVolume(volume: NetworkVolume, url: string, now: Instant): RentedLeftover {
  const { id, name, size, dataCenterId } = volume;
  const dollars =
    Math.min(size, LARGE_GB) * NETWORK_VOLUME + Math.max(0, size - LARGE_GB) * LARGE_VOLUME;
  const rate = storageRate(dollars, 1, {
    basis: `RunPod, $${NETWORK_VOLUME} a GB and month of a network volume, $${LARGE_VOLUME} beyond 1 TB`,
    asOf: now,
  });
  return {
    id: `volume/${id}`,
    kind: 'disk',
    name,
    sizeGb: size,
    region: dataCenterId ?? 'unknown',
    ...(rate && { rate }),
    remove: deletion(`${url}/networkvolumes/${id}`),
  };
}

function ofPod(pod: Pod, node: Node, url: string, now: Instant): RentedLeftover[] {
  const sizeGb = ownVolumeOf(pod);
  if (sizeGb === 0) return [];
  const rate = storageRate(STOPPED_POD, sizeGb, {
    basis: `RunPod, $${STOPPED_POD} a GB and month of a stopped pod’s volume`,
    asOf: now,
  });
  return [
    {
      id: `disk/${pod.id}`,
      kind: 'disk',
      name: `${pod.volumeMountPath ?? '/workspace'} of ${node.name}`,
      sizeGb,
      region: node.priceKey?.region ?? 'unknown',
      machine: node.name,
      since: node.endedAt,
      ...(rate && { rate }),
      remove: deletion(`${url}/pods/${pod.id}`),
    },
  ];
}

function deletion(address: string): string {
  return `curl -X DELETE ${address} -H "Authorization: Bearer $RUNPOD_API_KEY"`;
}
