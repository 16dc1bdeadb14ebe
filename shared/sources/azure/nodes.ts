import { z } from 'zod';
import { type Node, PER_SECOND } from '../../model/node.ts';
import type { Instant } from '../../model/time.ts';
import { partsOf } from './account.ts';
import { type Row, TYPES } from './graph.ts';
import type { Launch } from './launches.ts';
import type { Evidence, Ownership } from './owners.ts';
import type { SizeFacts } from './sizes.ts';

const text = z.string().nullish();

/**
 * What is read of a machine, be it alone or a member of a scale set.
 * https://learn.microsoft.com/rest/api/compute/virtual-machines/get
 */
const Machine = z.object({
  vmId: text,
  timeCreated: text,
  provisioningState: text,
  priority: text,
  evictionPolicy: text,
  licenseType: text,
  hardwareProfile: z.object({ vmSize: text }).nullish(),
  osProfile: z.object({ computerName: text }).nullish(),
  storageProfile: z
    .object({
      osDisk: z
        .object({
          name: text,
          osType: text,
          diffDiskSettings: z.object({ option: text }).nullish(),
        })
        .nullish(),
      dataDisks: z.array(z.object({ name: text })).nullish(),
    })
    .nullish(),
  virtualMachineScaleSet: z.object({ id: z.string() }).nullish(),
  /** A host of one's own, which is billed in the place of what runs on it. */
  host: z.object({ id: z.string() }).nullish(),
  /** The power state as Resource Graph has it. */
  extended: z
    .object({
      instanceView: z.object({ powerState: z.object({ code: text }).nullish() }).nullish(),
    })
    .nullish(),
  /** The same as Resource Manager has it. */
  instanceView: z.object({ statuses: z.array(z.object({ code: text })).nullish() }).nullish(),
});

const ScaleSet = z.object({
  virtualMachineProfile: z.object({ priority: text, licenseType: text }).nullish(),
});

/** A machine with all that was read about it. */
export interface Seen {
  row: Row;
  machine: z.infer<typeof Machine>;
  tags: Readonly<Record<string, string>>;
  size: string;
  /** `running`, `deallocated`: PowerState without its beginning; undefined where it is not told. */
  power: string | undefined;
  scaleSet: { id: string; tags: Readonly<Record<string, string>>; priority?: string } | undefined;
  addresses: string[];
}

/** The machines among the rows, each with its scale set and its addresses. */
export function machinesIn(rows: readonly Row[]): Seen[] {
  const ofType = (...types: string[]) => rows.filter(({ type }) => types.includes(type));
  const sets = new Map(ofType(TYPES.scaleSet).map((row) => [row.id.toLowerCase(), row]));
  const addresses = addressesIn(ofType(TYPES.card), ofType(TYPES.address));
  return ofType(TYPES.machine, TYPES.member).flatMap((row) => {
    const parsed = Machine.safeParse(row.properties);
    if (!parsed.success) return [];
    const machine = parsed.data;
    const setId =
      machine.virtualMachineScaleSet?.id ??
      (row.type === TYPES.member ? row.id.split('/').slice(0, -2).join('/') : undefined);
    const set = setId ? sets.get(setId.toLowerCase()) : undefined;
    const profile = ScaleSet.safeParse(set?.properties).data?.virtualMachineProfile;
    const priority = profile?.priority ?? undefined;
    return {
      row,
      machine,
      tags: row.tags ?? {},
      size: machine.hardwareProfile?.vmSize ?? row.sku?.name ?? 'unknown',
      power: powerOf(machine),
      scaleSet: setId
        ? {
            id: setId.toLowerCase(),
            tags: set?.tags ?? row.tags ?? {},
            ...(priority && { priority }),
          }
        : undefined,
      addresses: addresses.get(row.id.toLowerCase()) ?? [],
    };
  });
}

const Card = z.object({
  virtualMachine: z.object({ id: z.string() }),
  ipConfigurations: z
    .array(z.object({ properties: z.object({ privateIPAddress: text }) }))
    .nullish(),
});
const PublicAddress = z.object({ ipAddress: text, ipConfiguration: z.object({ id: z.string() }) });

/** The private and public addresses of machines, by their ids. */
function addressesIn(cards: readonly Row[], publics: readonly Row[]): Map<string, string[]> {
  const byCard = Map.groupBy(
    publics.flatMap(({ properties }) => PublicAddress.safeParse(properties).data ?? []),
    ({ ipConfiguration }) => ipConfiguration.id.toLowerCase().split('/ipconfigurations/')[0],
  );
  const found = new Map<string, string[]>();
  for (const { id, properties } of cards) {
    const card = Card.safeParse(properties).data;
    if (!card) continue;
    const machine = card.virtualMachine.id.toLowerCase();
    const own = (card.ipConfigurations ?? []).flatMap(
      (one) => one.properties.privateIPAddress ?? [],
    );
    const outside = (byCard.get(id.toLowerCase()) ?? []).flatMap(
      ({ ipAddress }) => ipAddress ?? [],
    );
    found.set(machine, [...(found.get(machine) ?? []), ...own, ...outside]);
  }
  return found;
}

function powerOf({ extended, instanceView }: z.infer<typeof Machine>): string | undefined {
  const codes = [
    extended?.instanceView?.powerState?.code,
    ...(instanceView?.statuses ?? []).map(({ code }) => code),
  ];
  return codes.find((code) => code?.startsWith('PowerState/'))?.slice('PowerState/'.length);
}

/** The label of a machine that is stopped, and costs what it did. */
export const IN_VAIN = 'azure:power';

/** What is to be known beside the machine itself. */
export interface NodeContext {
  account: string;
  facts: SizeFacts;
  launch: Launch | undefined;
  ownership: Ownership;
}

/** The node that a machine is. */
export function toNode(seen: Seen, { account, facts, launch, ownership }: NodeContext): Node {
  const { row, machine, tags, power, scaleSet } = seen;
  const id = row.id.toLowerCase();
  const state = stateOf(power, machine.provisioningState);
  const launchedAt = state === 'stopped' ? undefined : launchOf(seen, launch);
  const priceKey = priceKeyOf(seen, facts.name);
  const { labels, ...owner } = ownership;
  const names = [
    id,
    `azure://${id}`,
    machine.vmId,
    machine.osProfile?.computerName,
    ...seen.addresses,
    // Bills are for the whole set.
    seen.scaleSet?.id,
  ];
  return {
    id: `${account}:${id}`,
    source: 'azure',
    account,
    name: scaleSet ? machine.osProfile?.computerName || row.name : row.name,
    aliases: [...new Set(names.flatMap((name) => name?.trim().toLowerCase() || []))],
    gpus: facts.gpus,
    ...(facts.cores > 0 && { cores: facts.cores }),
    state,
    ...(launchedAt !== undefined && { launchedAt }),
    billing: PER_SECOND,
    ...owner,
    ...(priceKey && { priceKey }),
    ...(clusterOf(seen) && { scheduled: true }),
    labels: {
      ...tags,
      region: row.location,
      'instance-type': facts.name,
      subscription: partsOf(id).subscription,
      ...(power === 'stopped' && {
        [IN_VAIN]: 'stopped, but not deallocated: it is charged for as if it ran',
      }),
      ...(scaleSet && { 'scale-set': partsOf(scaleSet.id).name }),
      ...(machine.evictionPolicy && { 'azure:eviction': machine.evictionPolicy }),
      ...labels,
    },
  };
}

/**
 * A machine that is stopped, by its own `shutdown` for instance, keeps its place and is charged for
 * until it is deallocated.
 * https://learn.microsoft.com/azure/virtual-machines/states-billing
 */
function stateOf(
  power: string | undefined,
  provisioning: string | null | undefined,
): Node['state'] {
  // What never got a place has no power state: it failed for want of capacity, or is being made.
  if (power === undefined && provisioning === 'Failed') return 'stopped';
  if (power === undefined && provisioning === 'Creating') return 'starting';
  switch (power) {
    case 'starting':
      return 'starting';
    case 'deallocating':
      return 'stopping';
    case 'deallocated':
      return 'stopped';
    // running, stopping, stopped, and what is not told: none of them is free.
    default:
      return 'running';
  }
}

export function createdAt({ machine }: Seen): Instant | undefined {
  const at = Date.parse(machine.timeCreated ?? '');
  return Number.isNaN(at) ? undefined : at;
}

/** Members of a scale set are made when they are needed; other machines are also started again. */
function launchOf(seen: Seen, launch: Launch | undefined): Instant | undefined {
  return launch?.at ?? (seen.row.type === TYPES.member ? createdAt(seen) : undefined);
}

/** The AKS cluster whose pool the machine is in, by the tags that AKS gives its scale sets. */
export function clusterOf({ tags: own, scaleSet }: Seen) {
  const tags = { ...own, ...scaleSet?.tags };
  const { 'aks-managed-cluster-name': name, 'aks-managed-cluster-rg': group } = tags;
  const pool = tags['aks-managed-poolName'];
  return name && pool ? { name, group: group ?? '', pool } : undefined;
}

/** What says whose the machine is. */
export function evidenceOf(seen: Seen, launch: Launch | undefined): Evidence {
  const { scaleSet, tags } = seen;
  const cluster = clusterOf(seen);
  const managedBy = cluster
    ? `AKS cluster ${cluster.name}`
    : scaleSet && `scale set ${partsOf(scaleSet.id).name}`;
  return { tags, launcher: managedBy ? undefined : launch?.by, managedBy };
}

/**
 * Windows costs its licence beside the machine unless one's own is used; a machine on a host of
 * one's own costs nothing itself.
 */
function priceKeyOf({ row, machine, scaleSet }: Seen, size: string): Node['priceKey'] {
  if (size === 'unknown' || machine.host) return undefined;
  const licensed =
    machine.storageProfile?.osDisk?.osType === 'Windows' &&
    !/^Windows/.test(machine.licenseType ?? '');
  const priority = machine.priority ?? scaleSet?.priority;
  return {
    provider: 'azure',
    instanceType: licensed ? `${size} Windows` : size,
    region: row.location,
    market: priority === 'Spot' || priority === 'Low' ? 'spot' : 'on-demand',
  };
}
