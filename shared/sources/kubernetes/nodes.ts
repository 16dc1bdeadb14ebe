import { type Micros, toMicros } from '../../model/money.ts';
import { type Node, PER_SECOND } from '../../model/node.ts';
import type { Instant } from '../../model/time.ts';
import { quantity } from './amounts.ts';
import { aliasesOf, marketOf, priceKeyOf } from './clouds.ts';
import { fargateRate, type Provisioned } from './fargate.ts';
import { type Gpus, gpusOf } from './gpus.ts';
import type { NodeObject } from './objects.ts';
import type { CustomPrices } from './settings.ts';

/** A node of the cluster, and how its GPUs are handed out. */
export interface Machine {
  object: NodeObject;
  gpus: Gpus;
}

export function machineOf(object: NodeObject): Machine {
  return { object, gpus: gpusOf(object.metadata.labels, object.status.capacity) };
}

/**
 * The node, with the user's own price where there is one.
 *
 * Nobody here owes what it did before the jobs that are known began (`since`): the ledger begins
 * with the earliest of them. Who started it, and since when it is paid, its cloud's own source
 * knows. A node that is not ready is paid for all the same.
 */
export function toNode(
  { object, gpus }: Machine,
  context: {
    account: string;
    prices: CustomPrices | undefined;
    /** What Fargate gives the node's only pod. */
    provisioned: Provisioned | undefined;
    since: Instant | undefined;
    now: Instant;
  },
): Node {
  const { account, prices, provisioned, since, now } = context;
  const { metadata, status, spec } = object;
  const { name, labels, creationTimestamp, deletionTimestamp } = metadata;
  const cores = Math.floor(quantity(status.capacity.cpu));
  const priceKey = priceKeyOf(object);
  const microsPerHour = prices && customPrice({ object, gpus }, prices, provisioned);
  const region = labels['topology.kubernetes.io/region'];
  const fargate = provisioned && fargateRate(provisioned, region, now);
  const ready = status.conditions.find(({ type }) => type === 'Ready')?.status === 'True';
  return {
    id: `${account}:${name}`,
    source: 'kubernetes',
    account,
    name,
    aliases: aliasesOf(object),
    gpus: { count: gpus.count, ...(gpus.model && { model: gpus.model }) },
    ...(cores > 0 && { cores }),
    state: deletionTimestamp === undefined ? 'running' : 'stopping',
    ...(since !== undefined && { launchedAt: Math.max(since, creationTimestamp ?? since) }),
    billing: { ...PER_SECOND, minimumMs: 0 },
    mine: false,
    ...(priceKey && { priceKey }),
    ...(fargate && { rate: fargate }),
    ...(microsPerHour !== undefined && {
      rate: {
        microsPerHour,
        provenance: 'list' as const,
        basis: 'your burnrate.yaml',
        asOf: now,
      },
    }),
    scheduled: true,
    labels: {
      ...shown(labels),
      ...(!ready && { notReady: 'true' }),
      ...(spec.unschedulable && { unschedulable: 'true' }),
    },
  };
}

/** The parts that OpenCost adds up: cores, GiB of memory, GPUs. */
function customPrice(
  { object, gpus }: Machine,
  prices: CustomPrices,
  provisioned: Provisioned | undefined,
): Micros {
  const { labels } = object.metadata;
  const { capacity } = object.status;
  const { spotLabel, spotLabelValue } = prices;
  const labelled = spotLabel !== undefined && labels[spotLabel] === spotLabelValue;
  const spot = labelled || marketOf(labels) === 'spot';
  const of = (name: 'CPU' | 'RAM' | 'GPU') =>
    (spot ? prices[`spot${name}`] : undefined) ?? prices[name] ?? 0;
  const sum =
    of('CPU') * (provisioned?.vcpus ?? quantity(capacity.cpu)) +
    of('RAM') * (provisioned?.gib ?? quantity(capacity.memory) / 2 ** 30) +
    of('GPU') * gpus.count;
  return toMicros(prices.per === 'month' ? sum / HOURS_PER_MONTH : sum);
}

/** As OpenCost counts them. https://github.com/opencost/opencost, pkg/cloud/provider/providerconfig.go */
const HOURS_PER_MONTH = 730;

/** A node has some hundred labels; these tell what it is. */
const SHOWN =
  /^(node\.kubernetes\.io\/instance-type|topology\.kubernetes\.io\/(region|zone)|karpenter\.sh\/(capacity-type|nodepool)|eks\.amazonaws\.com\/(capacityType|nodegroup|compute-type)|cloud\.google\.com\/gke-(spot|nodepool|accelerator)|kubernetes\.azure\.com\/(scalesetpriority|agentpool)|node\.coreweave\.cloud\/(class|state|reserved)|nvidia\.com\/(gpu\.(product|replicas|sharing-strategy)|mig\.(strategy|config)))$/;

function shown(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => SHOWN.test(name)));
}
