import type { PriceKey } from '../../model/rate.ts';
import type { Meta, NodeObject } from './objects.ts';

/** Whose machine a node is, by the scheme of its providerID: the id of the source of that cloud. */
const PROVIDERS: Readonly<Record<string, string>> = {
  aws: 'aws',
  gce: 'gcp',
  azure: 'azure',
  digitalocean: 'digitalocean',
  oci: 'oci',
  nebius: 'nebius',
  crusoe: 'crusoe',
};

/** Labels by which the clouds, and Karpenter, mark machines that they may take back. */
const SPOT: readonly [label: string, value: string][] = [
  ['karpenter.sh/capacity-type', 'spot'],
  ['eks.amazonaws.com/capacityType', 'SPOT'],
  ['cloud.google.com/gke-spot', 'true'],
  ['cloud.google.com/gke-preemptible', 'true'],
  ['kubernetes.azure.com/scalesetpriority', 'spot'],
  ['node-lifecycle', 'spot'],
];

const RESERVED: readonly [label: string, value: string][] = [
  ['karpenter.sh/capacity-type', 'reserved'],
  ['eks.amazonaws.com/capacityType', 'CAPACITY_BLOCK'],
];

type Labels = Readonly<Record<string, string>>;

export function marketOf(labels: Labels): 'spot' | 'reserved' | 'on-demand' {
  const has = ([label, value]: [string, string]) =>
    labels[label]?.toLowerCase() === value.toLowerCase();
  if (SPOT.some(has)) return 'spot';
  return RESERVED.some(has) ? 'reserved' : 'on-demand';
}

/**
 * What the cloud's own source would call this machine's price; undefined off the clouds.
 * https://kubernetes.io/docs/reference/labels-annotations-taints/
 */
export function priceKeyOf({ metadata: { labels }, spec }: NodeObject): PriceKey | undefined {
  const provider = isCoreWeave(labels)
    ? 'coreweave'
    : PROVIDERS[/^([a-z]+):\/\//.exec(spec.providerID ?? '')?.[1] ?? ''];
  const instanceType = labels['node.kubernetes.io/instance-type'];
  const region = labels['topology.kubernetes.io/region'];
  const zone = labels['topology.kubernetes.io/zone'];
  if (!provider || !instanceType || !region) return undefined;
  return { provider, instanceType, region, ...(zone && { zone }), market: marketOf(labels) };
}

/** https://docs.coreweave.com/products/cks/clusters/scheduling/workload-scheduling#node-lifecycle-labels */
export function isCoreWeave(labels: Labels): boolean {
  return Object.keys(labels).some((label) => label.startsWith('node.coreweave.cloud/'));
}

/**
 * Whether CoreWeave itself runs this, in a cluster of its: what makes the cluster work, and the
 * tests of idle nodes, which take all their GPUs and give way to any job. Nobody is charged for it.
 * https://docs.coreweave.com/platform/fleet-management/hpc-verification
 */
export function isCoreWeaves({ name, namespace = '' }: Pick<Meta, 'name' | 'namespace'>): boolean {
  return namespace.startsWith('cw-') || /^(cw-)?hpc-verification/.test(name);
}

/**
 * Every name of a node: its providerID, the instance id at that's end as the cloud's own source
 * has it (`aws:///us-east-1a/i-0abc` is `i-0abc`; of Azure's it is the whole resource id), what
 * the machine calls itself, and its addresses.
 */
export function aliasesOf({ metadata, spec, status }: NodeObject): string[] {
  const id = spec.providerID?.toLowerCase();
  const names = [
    metadata.name,
    metadata.labels['kubernetes.io/hostname'],
    id,
    id?.startsWith('aws://') ? id.split('/').at(-1) : undefined,
    id?.startsWith('azure://') ? id.slice('azure://'.length) : undefined,
    ...status.addresses.map(({ address }) => address),
  ];
  return [...new Set(names.flatMap((name) => name?.trim().toLowerCase() || []))];
}
