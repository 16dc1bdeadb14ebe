import { toMicros } from '../../model/money.ts';
import type { Node } from '../../model/node.ts';
import { MINUTE } from '../../model/time.ts';
import { type NodeContext, ownershipOf, ownNames } from '../rented.ts';
import type { Instance } from './api.ts';

/**
 * `ODC prices instances by hourly usage and bills in one-minute increments.`
 * https://docs.lambda.ai/public-cloud/billing/
 */
const BILLING = { incrementMs: MINUTE, minimumMs: MINUTE } as const;

/** The nodes that instances are. Lambda does not say when they were launched. */
export function nodesOf(instances: readonly Instance[], context: NodeContext): Node[] {
  const names = ownNames(
    instances.map(({ id, ip, private_ip, hostname }) => [id, ip, private_ip, hostname]),
  );
  return instances.map((instance, index) => toNode(instance, names[index] ?? [], context));
}

function toNode(instance: Instance, aliases: string[], context: NodeContext): Node {
  const { account, now } = context;
  const { id, region, instance_type: type, file_system_names: filesystems, status } = instance;
  const name = instance.name?.trim() || id;
  const { mine, labels } = ownershipOf(name, 'lambda', context.mine);
  const model = type.gpu_description?.trim();
  return {
    id: `${account}:${id}`,
    source: 'lambda',
    account,
    name,
    aliases,
    gpus: { count: type.specs.gpus, ...(model && type.specs.gpus > 0 && { model }) },
    cores: type.specs.vcpus,
    state: stateOf(status),
    billing: BILLING,
    mine,
    priceKey: {
      provider: 'lambda',
      instanceType: type.name,
      region: region.name,
      market: instance.is_reserved ? 'reserved' : 'on-demand',
    },
    rate: {
      microsPerHour: toMicros(type.price_cents_per_hour / 100),
      provenance: 'quoted',
      basis: 'Lambda Cloud API, price_cents_per_hour of this instance',
      asOf: now,
    },
    labels: {
      ...Object.fromEntries((instance.tags ?? []).map(({ key, value }) => [key, value])),
      region: region.name,
      'instance-type': type.name,
      ...(filesystems.length > 0 && { filesystems: filesystems.join(', ') }),
      'lambda:status': status,
      ...labels,
    },
  };
}

/**
 * Billing begins when the instance has passed its health checks and ends with its termination: one
 * that became unhealthy later is still paid for, and so is what has a status not known here.
 */
function stateOf(status: string): Node['state'] {
  switch (status) {
    case 'booting':
      return 'starting';
    case 'terminating':
      return 'stopping';
    case 'terminated':
    case 'preempted':
      return 'ended';
    default:
      return 'running';
  }
}
