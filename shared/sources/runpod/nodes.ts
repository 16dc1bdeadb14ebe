import { toMicros } from '../../model/money.ts';
import type { Node } from '../../model/node.ts';
import { type Instant, SECOND } from '../../model/time.ts';
import { type NodeContext, ownershipOf, ownNames } from '../rented.ts';
import type { Pod } from './api.ts';

/** `Pods are billed by the second for compute and storage.` https://docs.runpod.io/pods/pricing */
const BILLING = { incrementMs: SECOND, minimumMs: SECOND } as const;

/** The nodes that pods are. */
export function nodesOf(pods: readonly Pod[], context: NodeContext): Node[] {
  const names = ownNames(pods.map(namesOf));
  return pods.map((pod, index) => toNode(pod, names[index] ?? [], context));
}

/** Whether the pod has a volume of its own, which a stop keeps and a deletion does not. */
export function ownVolumeOf({ volumeInGb, networkVolume }: Pod): number {
  return networkVolume ? 0 : (volumeInGb ?? 0);
}

function toNode(pod: Pod, aliases: string[], { account, mine, now }: NodeContext): Node {
  const { id, machine } = pod;
  const name = pod.name?.trim() || id;
  const ownership = ownershipOf(name, 'runpod', mine);
  const count = pod.gpu?.count ?? pod.gpuCount ?? 0;
  const kind = pod.gpu?.id ?? machine?.gpuTypeId ?? machine?.gpuType?.id;
  const model =
    pod.gpu?.displayName ?? machine?.gpuDisplayName ?? machine?.gpuType?.displayName ?? kind;
  const region = machine?.dataCenterId ?? machine?.location ?? 'unknown';
  const instanceType = count > 0 ? `${count}x ${kind ?? 'GPU'}` : (pod.cpuFlavorId ?? 'CPU');
  const volume = ownVolumeOf(pod);
  return {
    id: `${account}:${id}`,
    source: 'runpod',
    account,
    name,
    aliases,
    gpus: { count, ...(model && count > 0 && { model }) },
    ...(pod.vcpuCount && { cores: Math.floor(pod.vcpuCount) }),
    ...timesOf(pod),
    billing: BILLING,
    mine: ownership.mine,
    priceKey: {
      provider: 'runpod',
      instanceType,
      region,
      market: pod.interruptible ? 'spot' : 'on-demand',
    },
    ...rateOf(pod, now),
    labels: {
      region,
      'instance-type': instanceType,
      'runpod:status': pod.desiredStatus,
      ...(volume > 0 && { 'runpod:volume': `${volume} GB, charged for also while stopped` }),
      ...(pod.networkVolume && {
        'runpod:network-volume': pod.networkVolume.name || pod.networkVolume.id,
      }),
      ...ownership.labels,
    },
  };
}

/** The pod's own price. One that is stopped may be told to cost nothing: it did while it ran. */
function rateOf(pod: Pod, now: Instant): Pick<Node, 'rate'> {
  const cost = pod.adjustedCostPerHr ?? pod.costPerHr;
  if (cost === 0 && pod.desiredStatus !== 'RUNNING') return {};
  return {
    rate: {
      microsPerHour: toMicros(cost),
      provenance: 'quoted',
      basis: 'RunPod API, this pod’s cost per hour; its disks are charged for besides',
      asOf: now,
    },
  };
}

/**
 * Every name by which others may know the pod: RunPod's network among pods, and its proxy in front
 * of each HTTP port, where an exporter may be.
 * https://docs.runpod.io/pods/networking
 * https://docs.runpod.io/pods/configuration/expose-ports
 */
function namesOf({ id, publicIp, ports }: Pod): string[] {
  const proxied = (ports ?? []).flatMap((port) => {
    const [, number] = /^(\d+)\/http$/.exec(port) ?? [];
    return number ? `${id}-${number}.proxy.runpod.net` : [];
  });
  return [id, `${id}.runpod.internal`, ...(publicIp ? [publicIp] : []), ...proxied];
}

function timesOf(pod: Pod): Pick<Node, 'state' | 'launchedAt' | 'endedAt'> {
  const state = stateOf(pod.desiredStatus);
  const launchedAt = instantOf(pod.lastStartedAt);
  const launched = launchedAt !== undefined && state !== 'starting' ? { launchedAt } : {};
  if (state === 'running' || state === 'starting') return { state, ...launched };
  // `Exited by user: Fri Jul 12 2024 15:14:40 GMT-0400 (Eastern Daylight Time)`
  const [, when] =
    /^[^:]*(?:exit|stop|terminat)[^:]*: (.+)$/i.exec(pod.lastStatusChange ?? '') ?? [];
  const endedAt = instantOf(when);
  return endedAt === undefined || endedAt < (launchedAt ?? 0)
    ? { state }
    : { state, ...launched, endedAt };
}

/** The documentation has ISO 8601; the API answers `2025-12-16 17:44:56.715 +0000 UTC`. */
function instantOf(text: string | null | undefined): Instant | undefined {
  if (!text) return undefined;
  const at = Date.parse(text.replace(/ UTC$/, ''));
  return Number.isNaN(at) ? undefined : at;
}

/** The states of https://docs.runpod.io/api-reference/pods/GET/pods, and those GraphQL knows. */
function stateOf(status: string): Node['state'] {
  switch (status) {
    case 'CREATED':
      return 'starting';
    case 'EXITED':
    case 'PAUSED':
      return 'stopped';
    case 'TERMINATED':
    case 'DEAD':
      return 'ended';
    default:
      return 'running';
  }
}
