import { z } from 'zod';
import type { Leftover } from '../../model/leftover.ts';
import { toMicros } from '../../model/money.ts';
import type { Rate } from '../../model/rate.ts';
import type { Instant } from '../../model/time.ts';
import { SourceError } from '../source.ts';
import type { Api } from './api.ts';
import { readInstances } from './instances.ts';
import { MINE_BECAUSE, type Ownership } from './owners.ts';
import type { Prices } from './prices.ts';
import { type Instance, instantOf, lastOf, regionOf } from './wire.ts';

/** https://cloud.google.com/compute/docs/reference/rest/v1/disks/aggregatedList */
const Disk = z.object({
  id: z.string().min(1),
  name: z.string().min(1),
  /** One of both: a regional disk has no zone. */
  zone: z.string().optional(),
  region: z.string().optional(),
  type: z.string(),
  sizeGb: z.coerce.number(),
  /** The instances that have it. */
  users: z.array(z.string()).default([]),
  lastDetachTimestamp: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
});
type Disk = z.infer<typeof Disk>;

/** https://cloud.google.com/compute/docs/reference/rest/v1/addresses/aggregatedList */
const Address = z.object({
  id: z.string().min(1),
  name: z.string().min(1),
  address: z.string().optional(),
  addressType: z.string().optional(),
  /** `RESERVED` while nothing uses it, `IN_USE` while something does. */
  status: z.string(),
  /** Absent for a global one. */
  region: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
});
type Address = z.infer<typeof Address>;

const DiskPage = z.object({
  kind: z.literal('compute#diskAggregatedList'),
  items: z.record(z.string(), z.object({ disks: z.array(Disk).default([]) })).default({}),
  nextPageToken: z.string().optional(),
});
const AddressPage = z.object({
  kind: z.literal('compute#addressAggregatedList'),
  items: z.record(z.string(), z.object({ addresses: z.array(Address).default([]) })).default({}),
  nextPageToken: z.string().optional(),
});

/** A static address that is reserved and not used. https://cloud.google.com/vpc/network-pricing#ipaddress */
const IDLE_ADDRESS_DOLLARS_PER_HOUR = 0.01;

interface Context {
  api: Api;
  ownershipOf: (labels: Readonly<Record<string, string>>) => Ownership;
  now: Instant;
}

/**
 * Disks and addresses of the project that no running instance has. Rejects with a SourceError where
 * any list could not be read whole.
 */
export async function readLeftovers(
  context: Context,
  prices: Pick<Prices, 'ofDisk'>,
  signal: AbortSignal,
): Promise<Leftover[]> {
  const { api } = context;
  const [disks, addresses, stopped] = await Promise.all([
    readDisks(api, signal),
    readAddresses(api, signal),
    stoppedInstances(api, signal),
  ]);
  const free = disks.filter(({ users }) => users.every((user) => stopped.has(keyOf(user))));
  const rates = await Promise.all(
    free.map(({ type, sizeGb, zone, region }) =>
      prices
        .ofDisk(
          { type: lastOf(type), sizeGb, regional: !zone, region: placeOf({ zone, region }) },
          signal,
        )
        // That the catalogue cannot be read is told by those who ask it for machines.
        .catch((error: unknown) => {
          if (!(error instanceof SourceError)) throw error;
          return undefined;
        }),
    ),
  );
  return [
    ...free.map((disk, index) => ofDisk(disk, stopped, rates[index], context)),
    ...addresses
      .filter(({ status, addressType }) => status === 'RESERVED' && addressType !== 'INTERNAL')
      .map((address) => ofAddress(address, context)),
  ];
}

function ofDisk(
  disk: Disk,
  stopped: ReadonlyMap<string, Instance>,
  rate: Rate | undefined,
  context: Context,
): Leftover {
  const { id, name, zone, region, sizeGb, users, labels, lastDetachTimestamp } = disk;
  const [user] = users;
  const machine = user === undefined ? undefined : stopped.get(keyOf(user));
  const since = instantOf(machine ? machine.lastStopTimestamp : lastDetachTimestamp);
  const place = zone ? `--zone ${lastOf(zone)}` : `--region ${lastOf(region ?? '')}`;
  const project = `--project ${context.api.project}`;
  const detach = machine
    ? `gcloud compute instances detach-disk ${machine.name} --disk ${name} --zone ${lastOf(machine.zone)} ${project} && `
    : '';
  return {
    // Ids of disks and addresses are numbers, each of its own kind.
    ...partsOf(`disk/${id}`, labels, machine, context),
    kind: 'disk',
    name,
    sizeGb,
    region: placeOf({ zone, region }),
    ...(machine && { machine: machine.name }),
    ...(since !== undefined && { since }),
    ...(rate && { rate }),
    remove: `${detach}gcloud compute disks delete ${name} ${place} ${project}`,
  };
}

function ofAddress({ id, name, address, region, labels }: Address, context: Context): Leftover {
  const place = region ? `--region ${lastOf(region)}` : '--global';
  return {
    ...partsOf(`address/${id}`, labels, undefined, context),
    kind: 'address',
    name: address ? `${name} (${address})` : name,
    region: region ? lastOf(region) : 'global',
    rate: {
      microsPerHour: toMicros(IDLE_ADDRESS_DOLLARS_PER_HOUR),
      provenance: 'list',
      basis: `Google Cloud, $${IDLE_ADDRESS_DOLLARS_PER_HOUR} an hour for a static address that is not used`,
      asOf: context.now,
    },
    remove: `gcloud compute addresses delete ${name} ${place} --project ${context.api.project}`,
  };
}

function partsOf(
  id: string,
  labels: Readonly<Record<string, string>>,
  machine: Instance | undefined,
  { api, ownershipOf }: Context,
): Pick<Leftover, 'id' | 'source' | 'account' | 'mine' | 'labels'> & { owner?: string } {
  // Without a label of its own it is the machine's, and so whose that is.
  const { owner, mine, because } = ownershipOf({ ...machine?.labels, ...labels });
  return {
    id: `${api.account.id}:${id}`,
    source: 'gcp',
    account: api.account.id,
    ...(owner && { owner }),
    mine,
    labels: { ...labels, [MINE_BECAUSE]: because },
  };
}

function placeOf({ zone, region }: { zone?: string | undefined; region?: string | undefined }) {
  return zone ? regionOf(lastOf(zone)) : lastOf(region ?? '');
}

/** `us-central1-a/train`, of an instance's address. */
function keyOf(url: string): string {
  const [, zone, name] = /\/zones\/([^/]+)\/instances\/([^/]+)$/.exec(url) ?? [];
  return `${zone}/${name}`;
}

async function stoppedInstances(
  api: Api,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Instance>> {
  const { found } = await readInstances(api, signal);
  // `TERMINATED` is what Google calls a stopped one; a suspended one pays for its memory, too.
  return new Map(
    found
      .filter(({ status }) => status === 'TERMINATED')
      .map((one) => [`${lastOf(one.zone)}/${one.name}`, one]),
  );
}

async function readDisks(api: Api, signal: AbortSignal): Promise<Disk[]> {
  const fields =
    'kind,nextPageToken,items/*/disks(id,name,zone,region,type,sizeGb,users,lastDetachTimestamp,labels)';
  const path = `/projects/${api.project}/aggregated/disks?maxResults=500&fields=${encodeURIComponent(fields)}`;
  const disks: Disk[] = [];
  for await (const page of api.pages('compute', path, DiskPage, signal))
    disks.push(...Object.values(page.items).flatMap((scope) => scope.disks));
  return disks;
}

async function readAddresses(api: Api, signal: AbortSignal): Promise<Address[]> {
  const fields =
    'kind,nextPageToken,items/*/addresses(id,name,address,addressType,status,region,labels)';
  const path = `/projects/${api.project}/aggregated/addresses?maxResults=500&fields=${encodeURIComponent(fields)}`;
  const addresses: Address[] = [];
  for await (const page of api.pages('compute', path, AddressPage, signal))
    addresses.push(...Object.values(page.items).flatMap((scope) => scope.addresses));
  return addresses;
}
