import { type Node, PER_SECOND } from '../../model/node.ts';
import { gpusOf, LOCAL_SSD, modelOf, type Offer, offerText, type TypeFacts } from './offer.ts';
import { MINE_BECAUSE, type Ownership } from './owners.ts';
import { type Instance, instantOf, lastOf, regionOf } from './wire.ts';

/** What is needed beside the instance itself. */
export interface NodeContext {
  account: string;
  project: string;
  facts: TypeFacts | undefined;
  ownership: Ownership;
}

/** The node that an instance is. */
export function toNode(instance: Instance, context: NodeContext): Node {
  const { account, facts, ownership } = context;
  const { id, name, labels } = instance;
  const zone = lastOf(instance.zone);
  const offer = offerOf(instance, facts);
  const gpus = gpusOf(offer, facts);
  const count = gpus.reduce((sum, gpu) => sum + gpu.count, 0);
  const priceKey = priceKeyOf(instance, offer);
  const state = STATES[instance.status] ?? 'running';
  const launchedAt = instantOf(instance.lastStartTimestamp ?? instance.creationTimestamp);
  const endedAt = endOf(instance, state, launchedAt);
  return {
    id: `${account}:${id}`,
    source: 'gcp',
    account,
    name,
    aliases: aliasesOf(instance, context.project),
    gpus: { count, ...(gpus[0] && { model: modelOf(gpus[0].kind) }) },
    ...(facts && { cores: facts.cores }),
    state,
    ...(launchedAt !== undefined && { launchedAt }),
    ...(endedAt !== undefined && { endedAt }),
    billing: PER_SECOND,
    ...(ownership.owner && { owner: ownership.owner }),
    mine: ownership.mine,
    ...(priceKey && { priceKey }),
    ...(isGke(instance) && { scheduled: true }),
    labels: {
      ...labels,
      region: regionOf(zone),
      zone,
      'instance-type': lastOf(instance.machineType),
      [MINE_BECAUSE]: ownership.because,
      ...(!facts && { 'burnrate:gpus': 'unknown' }),
    },
  };
}

/**
 * Compute Engine charges for a machine until it has stopped, while it is stopping, too.
 * https://cloud.google.com/compute/docs/instances/instance-lifecycle
 */
const STATES: Readonly<Record<string, Node['state']>> = {
  PROVISIONING: 'starting',
  STAGING: 'starting',
  RUNNING: 'running',
  REPAIRING: 'running',
  PENDING_STOP: 'stopping',
  STOPPING: 'stopping',
  SUSPENDING: 'stopping',
  SUSPENDED: 'stopped',
  STOPPED: 'stopped',
  TERMINATED: 'stopped',
  DEPROVISIONING: 'ended',
};

/** When it stopped, where that was after it last began. */
function endOf(
  instance: Instance,
  state: Node['state'],
  launchedAt: number | undefined,
): number | undefined {
  if (state !== 'stopped' && state !== 'ended') return undefined;
  const ends = [instance.lastStopTimestamp, instance.lastSuspendedTimestamp]
    .flatMap((text) => instantOf(text) ?? [])
    .filter((at) => at >= (launchedAt ?? 0));
  return ends.length > 0 ? Math.max(...ends) : undefined;
}

export function offerOf(instance: Instance, facts: TypeFacts | undefined): Offer {
  const own = facts?.gpus.length ?? 0;
  const ssds = instance.disks.filter(({ type }) => type === 'SCRATCH').length;
  return {
    service: 'compute',
    machineType: lastOf(instance.machineType),
    fitted: [
      ...(own > 0 ? [] : instance.guestAccelerators).map((gpu) => ({
        kind: lastOf(gpu.acceleratorType),
        count: gpu.acceleratorCount,
      })),
      ...(facts && facts.localSsds === 0 && ssds > 0 ? [{ kind: LOCAL_SSD, count: ssds }] : []),
    ],
    flexStart: instance.scheduling.provisioningModel === 'FLEX_START',
  };
}

/** Operating systems that are charged for besides. */
const PAID = /\/(windows|rhel|suse|ubuntu-os-pro)[a-z-]*-(cloud|sap|pro)[a-z-]*\//;

/** A machine whose parts are not all in the list, or not at its prices, has none. */
function priceKeyOf(instance: Instance, offer: Offer): Node['priceKey'] {
  const { scheduling, disks } = instance;
  if (
    scheduling.nodeAffinities?.length ||
    disks.some(({ licenses }) => licenses.some((one) => PAID.test(one)))
  )
    return undefined;
  const zone = lastOf(instance.zone);
  return {
    provider: 'gcp',
    instanceType: offerText(offer),
    region: regionOf(zone),
    zone,
    market: marketOf(scheduling),
  };
}

function marketOf({
  provisioningModel,
  preemptible,
}: Instance['scheduling']): 'spot' | 'reserved' | 'on-demand' {
  // It takes what a reservation holds, which is paid until that ends.
  if (provisioningModel === 'RESERVATION_BOUND') return 'reserved';
  return provisioningModel === 'SPOT' || preemptible ? 'spot' : 'on-demand';
}

export function isGke({ labels }: Instance): boolean {
  return 'goog-gke-node' in labels || 'goog-k8s-cluster-name' in labels;
}

/** The service that runs an instance, and would start another in its place. */
export function managerOf(instance: Instance): string | undefined {
  if (isGke(instance))
    return `GKE cluster ${instance.labels['goog-k8s-cluster-name'] ?? ''}`.trim();
  const item = instance.metadata?.items.find(({ key }) => key === 'created-by');
  if (!item) return undefined;
  return item.value ? `instance group ${lastOf(item.value)}` : 'an instance group';
}

/**
 * Every name of an instance: its number, the providerID that Kubernetes has of it, its internal DNS
 * names and its addresses. https://cloud.google.com/compute/docs/internal-dns
 */
function aliasesOf(instance: Instance, project: string): string[] {
  const { id, name, hostname, networkInterfaces } = instance;
  const zone = lastOf(instance.zone);
  const domain = project.includes(':')
    ? `${project.split(':').toReversed().join('.')}.google.internal`
    : `${project}.internal`;
  const names = [
    id,
    `gce://${project}/${zone}/${name}`,
    name,
    `${name}.${zone}.c.${domain}`,
    `${name}.c.${domain}`,
    hostname,
    ...networkInterfaces.flatMap(({ networkIP, ipv6Address, accessConfigs }) => [
      networkIP,
      ipv6Address,
      ...accessConfigs.map(({ natIP }) => natIP),
    ]),
  ];
  return [...new Set(names.flatMap((one) => one?.trim().toLowerCase() || []))];
}
