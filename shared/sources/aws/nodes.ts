import type { Instance } from '@aws-sdk/client-ec2';
import { type Node, PER_SECOND } from '../../model/node.ts';
import type { Instant } from '../../model/time.ts';
import type { TypeFacts } from './gpus.ts';
import { clusterOf, managerOf, tagsOf } from './managed_by.ts';
import { MINE_BECAUSE, type Ownership } from './owners.ts';

/** What is needed beside the instance itself. */
export interface NodeContext {
  account: string;
  region: string;
  facts: TypeFacts | undefined;
  ownership: Ownership;
}

/**
 * The node that an instance is.
 *
 * EC2 charges from `running` to the moment a stop or termination was asked for (`stopping` is free
 * unless it hibernates): that moment is the node's end.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
 */
export function toNode(instance: Instance, id: string, context: NodeContext): Node {
  const { account, region, facts, ownership } = context;
  const tags = tagsOf(instance);
  const { CoreCount = 0, ThreadsPerCore = 0 } = instance.CpuOptions ?? {};
  // The instance may have been launched with fewer than its type has.
  const cores = CoreCount * ThreadsPerCore || (facts?.cores ?? 0);
  const launchedAt = instance.LaunchTime?.getTime();
  const endedAt = endOf(instance, launchedAt);
  const priceKey = priceKeyOf(instance, region);
  const cluster = clusterOf(tags);
  const nodeGroup = managerOf(instance)?.nodeGroup;
  return {
    id: `${account}:${id}`,
    source: 'aws',
    account,
    name: tags.Name || id,
    aliases: aliasesOf(instance, id),
    gpus: facts?.gpus ?? { count: 0 },
    ...(cores > 0 && { cores }),
    state: stateOf(instance),
    ...(launchedAt !== undefined && { launchedAt }),
    ...(endedAt !== undefined && { endedAt }),
    billing: PER_SECOND,
    ...(ownership.owner && { owner: ownership.owner }),
    mine: ownership.mine,
    ...(priceKey && { priceKey }),
    labels: {
      ...tags,
      region,
      'instance-type': instance.InstanceType ?? 'unknown',
      [MINE_BECAUSE]: ownership.because,
      ...(cluster && { 'kubernetes-cluster': cluster }),
      ...(nodeGroup && { 'node-group': nodeGroup }),
      ...(!facts && { 'burnrate:gpus': 'unknown' }),
      // `Server.SpotInstanceTermination`: by this a machine that was taken back is told from one that
      // somebody ended (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html).
      ...(endedAt !== undefined &&
        instance.StateReason?.Code && { endReason: instance.StateReason.Code }),
    },
  };
}

function stateOf({ State }: Instance): Node['state'] {
  switch (State?.Name) {
    case 'pending':
      return 'starting';
    case 'stopping':
      return 'stopping';
    case 'stopped':
      return 'stopped';
    // No longer charged for, and there is no way back.
    case 'shutting-down':
    case 'terminated':
      return 'ended';
    default:
      return 'running';
  }
}

/** `User initiated (2026-01-02 03:04:05 GMT)` is all that EC2 says of when an instance ended. */
export function endOf(instance: Instance, launchedAt?: Instant): Instant | undefined {
  const state = instance.State?.Name;
  if (state === 'running' || state === 'pending') return undefined;
  if (state === 'stopping' && /hibernat/i.test(instance.StateReason?.Code ?? '')) return undefined;
  const [, day, time] =
    /\((\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (?:GMT|UTC)\)/.exec(
      instance.StateTransitionReason ?? '',
    ) ?? [];
  if (!day || !time) return undefined;
  const at = Date.parse(`${day}T${time}Z`);
  // It is given in whole seconds: one that ended within its first second ends when it began.
  return Number.isNaN(at) ? undefined : Math.max(at, launchedAt ?? at);
}

function aliasesOf(instance: Instance, id: string): string[] {
  const privateName = instance.PrivateDnsName?.toLowerCase();
  const names = [
    id,
    privateName,
    // What the machine calls itself, and so what Slurm and Kubernetes often call it.
    privateName?.split('.')[0],
    instance.PublicDnsName,
    ...(instance.NetworkInterfaces ?? []).flatMap((card) => [
      ...(card.PrivateIpAddresses ?? []).map(({ PrivateIpAddress }) => PrivateIpAddress),
      ...(card.Ipv6Addresses ?? []).map(({ Ipv6Address }) => Ipv6Address),
      card.Association?.PublicIp,
    ]),
    instance.PrivateIpAddress,
    instance.PublicIpAddress,
    instance.Ipv6Address,
  ];
  return [...new Set(names.flatMap((name) => name?.trim().toLowerCase() || []))];
}

/**
 * The price book's prices are for Linux on shared hardware; anything else has none rather than a
 * wrong one, and its figure is shown as a lower bound.
 */
export function priceKeyOf(instance: Instance, region: string): Node['priceKey'] {
  const { InstanceType, Placement, UsageOperation, Platform } = instance;
  const linux = (UsageOperation ?? 'RunInstances') === 'RunInstances' && Platform !== 'Windows';
  if (!InstanceType || !linux || (Placement?.Tenancy ?? 'default') !== 'default') return undefined;
  const zone = Placement?.AvailabilityZone;
  return {
    provider: 'aws',
    instanceType: InstanceType,
    region,
    ...(zone && { zone }),
    market: marketOf(instance),
  };
}

function marketOf({ InstanceLifecycle }: Instance): 'spot' | 'reserved' | 'on-demand' {
  if (InstanceLifecycle === 'spot') return 'spot';
  // A capacity block is paid in advance.
  return InstanceLifecycle === 'capacity-block' ? 'reserved' : 'on-demand';
}
