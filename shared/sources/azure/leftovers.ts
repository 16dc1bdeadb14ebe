import { z } from 'zod';
import type { Leftover } from '../../model/leftover.ts';
import { toMicros } from '../../model/money.ts';
import type { Rate } from '../../model/rate.ts';
import type { Instant } from '../../model/time.ts';
import { instantOf } from '../rented_nodes.ts';
import { optionsOf, partsOf } from './account.ts';
import type { DiskPrices } from './disk_prices.ts';
import { listSubscriptions } from './graph.ts';
import type { Ownership } from './owners.ts';
import type { Manager } from './resource_manager.ts';

const tags = z.record(z.string(), z.string()).nullish();

/** https://learn.microsoft.com/rest/api/compute/disks/list */
const Disk = z.object({
  id: z.string().min(1),
  name: z.string(),
  location: z.string(),
  tags,
  /** The machine that has it, also while that is deallocated. */
  managedBy: z.string().nullish(),
  sku: z.object({ name: z.string() }).nullish(),
  properties: z.object({
    diskSizeGB: z.number().nonnegative().nullish(),
    /** `Unattached`; `Reserved` while its machine is deallocated; `Attached`, ... */
    diskState: z.string().nullish(),
    /** When it was last attached or detached. */
    LastOwnershipUpdateTime: z.string().nullish(),
  }),
});
export type Disk = z.infer<typeof Disk>;

/** https://learn.microsoft.com/rest/api/virtualnetwork/public-ip-addresses/list-all */
const Address = z.object({
  id: z.string().min(1),
  name: z.string(),
  location: z.string(),
  tags,
  sku: z.object({ name: z.string().nullish() }).nullish(),
  properties: z.object({
    ipAddress: z.string().nullish(),
    publicIPAddressVersion: z.string().nullish(),
    ipConfiguration: z.unknown().optional(),
    natGateway: z.unknown().optional(),
    publicIPPrefix: z.unknown().optional(),
  }),
});
type Address = z.infer<typeof Address>;

/** A Standard IPv4 address, used or not. https://azure.microsoft.com/pricing/details/ip-addresses/ */
const ADDRESS_DOLLARS_PER_HOUR = 0.005;

interface Context {
  manager: Manager;
  ownershipOf(tags: Readonly<Record<string, string>>): Ownership;
  now: Instant;
}

/** Managed disks and public addresses that no running machine has. Rejects with a SourceError. */
export async function readLeftovers(
  context: Context,
  prices: DiskPrices,
  signal: AbortSignal,
): Promise<Leftover[]> {
  const { manager } = context;
  const { subscription } = optionsOf(manager.account);
  const all = subscription ? [subscription] : await listSubscriptions(manager, signal);
  const lists = await Promise.all(
    all.map(async (one) => {
      const scope = `/subscriptions/${one}/providers`;
      const [disks, addresses] = await Promise.all([
        manager.list(`${scope}/Microsoft.Compute/disks?api-version=2024-03-02`, Disk, signal),
        manager.list(
          `${scope}/Microsoft.Network/publicIPAddresses?api-version=2024-05-01`,
          Address,
          signal,
        ),
      ]);
      return { disks, addresses };
    }),
  );
  const disks = lists.flatMap((list) => list.disks).filter(isFree);
  const rates = await prices.of(disks, signal);
  return [
    ...disks.map((disk) => ofDisk(disk, rates.get(disk.id), context)),
    ...lists
      .flatMap((list) => list.addresses)
      .filter(
        ({ properties: { ipConfiguration, natGateway } }) =>
          ipConfiguration == null && natGateway == null,
      )
      .map((address) => ofAddress(address, context)),
  ];
}

function isFree({ properties: { diskState } }: Disk): boolean {
  return diskState === 'Unattached' || diskState === 'Reserved';
}

function ofDisk(disk: Disk, rate: Rate | undefined, context: Context): Leftover {
  const { id, name, location, managedBy, properties } = disk;
  const machine = properties.diskState === 'Reserved' ? partsOf(managedBy ?? '').name : undefined;
  // Of a machine that was deallocated Azure tells when the disk was attached, and not since when it waits.
  const since = machine ? undefined : instantOf(properties.LastOwnershipUpdateTime);
  const vm = partsOf(managedBy ?? '');
  const detach = machine
    ? `az vm disk detach --resource-group ${vm.group} --vm-name ${vm.name} --name ${name} && `
    : '';
  return {
    ...ownedBy(disk, context),
    kind: 'disk',
    name,
    ...(properties.diskSizeGB != null && { sizeGb: properties.diskSizeGB }),
    region: location,
    ...(machine && { machine }),
    ...(since !== undefined && { since }),
    ...(rate && { rate }),
    remove: `${detach}az disk delete --yes --ids ${id}`,
  };
}

function ofAddress(address: Address, context: Context): Leftover {
  const { id, name, location, sku, properties } = address;
  // A basic one that is dynamic is free while nothing has it; one out of a prefix is paid with that.
  const priced =
    sku?.name === 'Standard' &&
    properties.publicIPAddressVersion !== 'IPv6' &&
    properties.publicIPPrefix == null;
  return {
    ...ownedBy(address, context),
    kind: 'address',
    name: properties.ipAddress ? `${name} (${properties.ipAddress})` : name,
    region: location,
    ...(priced && {
      rate: {
        microsPerHour: toMicros(ADDRESS_DOLLARS_PER_HOUR),
        provenance: 'list',
        basis: `Azure, $${ADDRESS_DOLLARS_PER_HOUR} an hour for a Standard public IPv4 address`,
        asOf: context.now,
      },
    }),
    remove: `az network public-ip delete --ids ${id}`,
  };
}

function ownedBy(
  { id, tags }: Pick<Disk, 'id' | 'tags'>,
  { manager: { account }, ownershipOf }: Context,
): Pick<Leftover, 'id' | 'source' | 'account' | 'mine' | 'labels'> & { owner?: string } {
  const { owner, mine, labels } = ownershipOf(tags ?? {});
  return {
    id: `${account.id}:${id.toLowerCase()}`,
    source: 'azure',
    account: account.id,
    ...(owner && { owner }),
    mine,
    labels: { ...tags, ...labels },
  };
}
