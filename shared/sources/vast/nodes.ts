import { formatMoney, toMicros } from '../../model/money.ts';
import type { Node } from '../../model/node.ts';
import type { Sample } from '../../model/sample.ts';
import { type Instant, MINUTE, SECOND } from '../../model/time.ts';
import { type NodeContext, ownershipOf, ownNames } from '../rented.ts';
import type { Instance } from './api.ts';

/** `Billed by the second for actual usage.` https://docs.vast.ai/guides/instances/pricing */
const BILLING = { incrementMs: SECOND, minimumMs: SECOND } as const;
/** An instance that has been up for so much less than its contract was not always running. */
const LOADS_WITHIN_MS = 60 * MINUTE;
const MIB = 1024 * 1024;

/** The nodes that instances are. */
export function nodesOf(instances: readonly Instance[], context: NodeContext): Node[] {
  // `C.38250` is what an instance calls itself: https://docs.vast.ai/guides/reference/faq/instances
  const names = ownNames(
    instances.map(({ id, public_ipaddr }) => [String(id), `C.${id}`, public_ipaddr]),
  );
  return instances.map((instance, index) => toNode(instance, names[index] ?? [], context));
}

export function nameOf({ id, label }: Instance): string {
  return label?.trim() || String(id);
}

/** `10 GB for $0.0021 an hour`, which is due as long as the instance exists. */
export function diskOf({ disk_space, storage_total_cost }: Instance): string {
  const size = `${Math.round(disk_space ?? 0)} GB`;
  return typeof storage_total_cost === 'number'
    ? `${size} for ${formatMoney(toMicros(storage_total_cost))} an hour`
    : size;
}

function toNode(instance: Instance, aliases: string[], { account, mine, now }: NodeContext): Node {
  const { id, cpu_cores_effective: cores } = instance;
  const name = nameOf(instance);
  const ownership = ownershipOf(name, 'vast', mine);
  const count = instance.num_gpus ?? 0;
  const model = instance.gpu_name?.trim();
  const region = instance.geolocation?.trim() || 'unknown';
  const instanceType = `${count}x ${model || 'GPU'}`;
  const state = stateOf(instance);
  const launchedAt = state === 'running' ? launchOf(instance, now) : undefined;
  const { perHour, market } = priceOf(instance);
  return {
    id: `${account}:${id}`,
    source: 'vast',
    account,
    name,
    aliases,
    gpus: { count, ...(model && count > 0 && { model }) },
    ...(cores && { cores: Math.floor(cores) }),
    state,
    ...(launchedAt !== undefined && { launchedAt }),
    billing: BILLING,
    mine: ownership.mine,
    priceKey: { provider: 'vast', instanceType, region, market },
    rate: {
      microsPerHour: toMicros(perHour),
      provenance: 'quoted',
      basis:
        'Vast.ai API, this instance’s total per hour with its disk; traffic is charged besides',
      asOf: now,
    },
    labels: {
      region,
      'instance-type': instanceType,
      'vast:status': instance.actual_status ?? 'being prepared',
      'vast:disk': `${diskOf(instance)}, charged for also while stopped`,
      ...(instance.machine_id != null && { 'vast:machine': String(instance.machine_id) }),
      ...ownership.labels,
    },
  };
}

/** https://docs.vast.ai/guides/instances/choosing/instance-types */
function priceOf(instance: Instance) {
  const { dph_total, is_bid, credit_discount, instance: terms } = instance;
  if (is_bid) return { perHour: dph_total, market: 'spot' as const };
  const reduced = terms?.discountedTotalPerHour;
  if (credit_discount && typeof reduced === 'number' && reduced > 0)
    return { perHour: Math.min(reduced, dph_total), market: 'reserved' as const };
  return { perHour: dph_total, market: 'on-demand' as const };
}

/**
 * GPUs are charged for while the hardware is held and the container has once begun: not while it
 * loads, and not while it is stopped. One that is out of reach is taken to run on.
 * https://docs.vast.ai/cli/reference/show-instances
 */
function stateOf({ actual_status, cur_state, intended_status }: Instance): Node['state'] {
  if (cur_state === 'unloaded') return 'ended';
  if (actual_status === 'stopped') return 'stopped';
  const wanted = cur_state !== 'stopped' && intended_status !== 'stopped';
  switch (actual_status ?? 'loading') {
    case 'created':
    case 'loading':
      return wanted ? 'starting' : 'stopped';
    case 'exited':
      return wanted ? 'running' : 'stopped';
    default:
      return wanted ? 'running' : 'stopping';
  }
}

/** The contract's begin, unless the instance has been stopped since: then it is not known. */
function launchOf({ start_date, uptime_mins }: Instance, now: Instant): Instant | undefined {
  if (typeof start_date !== 'number') return undefined;
  const launchedAt = Math.round(start_date * SECOND);
  if (typeof uptime_mins !== 'number') return launchedAt;
  return now - uptime_mins * MINUTE - launchedAt > LOADS_WITHIN_MS ? undefined : launchedAt;
}

/** How busy the running instances are: Vast.ai gives one figure an instance, for all its GPUs. */
export function samplesOf(
  instances: readonly Instance[],
  nodes: readonly Node[],
  now: Instant,
): Sample[] {
  return instances.flatMap((instance, index) => {
    const node = nodes[index];
    const { gpu_util: percent } = instance;
    if (node?.state !== 'running' || typeof percent !== 'number' || percent < 0) return [];
    const { count, model } = node.gpus;
    return {
      at: now,
      node: node.id,
      gpu: count === 1 ? `GPU of ${instance.id}` : `all ${count} GPUs of ${instance.id}`,
      ...(model && { model }),
      utilization: Math.min(1, percent / 100),
      ...(count === 1 && memoryOf(instance)),
    };
  });
}

function memoryOf({ vmem_usage, gpu_totalram }: Instance): Partial<Sample> {
  if (typeof vmem_usage !== 'number' || typeof gpu_totalram !== 'number') return {};
  const memoryUsed = Math.round(vmem_usage * 1024 * MIB);
  const memoryTotal = Math.round(gpu_totalram * MIB);
  return memoryUsed >= 0 && memoryUsed <= memoryTotal ? { memoryUsed, memoryTotal } : {};
}
