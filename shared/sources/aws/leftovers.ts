import {
  type Address,
  DescribeAddressesCommand,
  type Instance,
  paginateDescribeVolumes,
  type Volume,
} from '@aws-sdk/client-ec2';
import type { Leftover } from '../../model/leftover.ts';
import { toMicros } from '../../model/money.ts';
import type { Rate } from '../../model/rate.ts';
import { DAY, type Instant } from '../../model/time.ts';
import { storageRate } from '../leftovers.ts';
import type { SourceError, Surroundings } from '../source.ts';
import { profileFlag } from './account.ts';
import type { Api } from './api.ts';
import { malformed } from './errors.ts';
import { readInstances } from './instances.ts';
import { askProduct } from './list_prices.ts';
import { tagsOf } from './managed_by.ts';
import { endOf } from './nodes.ts';
import { MINE_BECAUSE } from './owners.ts';
import type { Owning } from './owning.ts';
import { expected } from './regional.ts';
import type { EnabledRegions } from './regions.ts';

/**
 * Each public IPv4 address, used or not, in every commercial region.
 * https://aws.amazon.com/vpc/pricing/ (Public IPv4 Address)
 */
const ADDRESS_DOLLARS_PER_HOUR = 0.005;

/** Volumes and addresses that no running instance has. */
export interface LeftBehind {
  /** Of every enabled region. Rejects with a SourceError where none could be read. */
  read(signal: AbortSignal): Promise<{ leftovers: Leftover[]; failures: SourceError[] }>;
}

export function leftBehindIn(
  api: Api,
  enabled: EnabledRegions,
  owning: Owning,
  clock: Surroundings['clock'],
): LeftBehind {
  const priceOf = volumePricesOf(api, clock);

  async function readRegion(region: string, signal: AbortSignal): Promise<Leftover[]> {
    const [free, addresses, stopped] = await Promise.all([
      readVolumes(api, region, { Name: 'status', Values: ['available'] }, signal),
      readAddresses(api, region, signal),
      readInstances(api, region, signal, {
        Filters: [{ Name: 'instance-state-name', Values: ['stopped'] }],
      }),
    ]);
    const machines = new Map(stopped.map((instance) => [instance.InstanceId ?? '', instance]));
    const waiting =
      machines.size === 0
        ? []
        : (await readVolumes(api, region, { Name: 'status', Values: ['in-use'] }, signal)).filter(
            ({ Attachments = [] }) =>
              Attachments.some(({ InstanceId = '' }) => machines.has(InstanceId)),
          );
    const context = { api, region, owning, machines, now: clock.now() };
    const prices = new Map<string, number | undefined>();
    for (const { VolumeType = '' } of [...free, ...waiting]) {
      if (prices.has(VolumeType)) continue;
      // That the Price List cannot be read is told by those who ask it for machines.
      const price = await priceOf(region, VolumeType, signal).catch(
        (error: unknown) => void expected(error),
      );
      prices.set(VolumeType, price ?? undefined);
    }
    return [
      ...[...free, ...waiting].flatMap((volume) =>
        ofVolume(volume, prices.get(volume.VolumeType ?? ''), context),
      ),
      ...addresses.flatMap((address) => ofAddress(address, context)),
    ];
  }

  return {
    async read(signal) {
      const regions = [...(await enabled(signal))];
      const results = await Promise.allSettled(regions.map((region) => readRegion(region, signal)));
      const refused = results.flatMap((result) =>
        result.status === 'rejected' ? expected(result.reason) : [],
      );
      const [first] = refused;
      if (first && refused.length === regions.length) throw first;
      return {
        leftovers: results.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])),
        // An organisation may bar some regions: there is nothing of ours there.
        failures: refused.filter(({ kind }) => kind !== 'denied'),
      };
    },
  };
}

interface Context {
  api: Api;
  region: string;
  owning: Owning;
  /** The stopped instances, by id. */
  machines: ReadonlyMap<string, Instance>;
  now: Instant;
}

function ofVolume(
  volume: Volume,
  dollarsPerGbMonth: number | undefined,
  context: Context,
): Leftover[] {
  const { VolumeId: id, Size: sizeGb = 0, VolumeType: type = '', Attachments = [] } = volume;
  if (!id) return [];
  const machine = context.machines.get(
    Attachments.map(({ InstanceId = '' }) => InstanceId).find((one) => context.machines.has(one)) ??
      '',
  );
  const day = new Date(context.now).toISOString().slice(0, 10);
  const more = isProvisioned(volume) ? ', without what its provisioned IOPS cost' : '';
  const rate = storageRate(dollarsPerGbMonth, sizeGb, {
    basis: `AWS Price List, ${type} in ${context.region}, ${day}${more}`,
    asOf: context.now,
  });
  const place = `${flags(context)} --volume-id ${id}`;
  const detach = machine ? `aws ec2 detach-volume${place} && ` : '';
  return [
    {
      ...partsOf(id, volume, machine, context),
      kind: 'disk',
      sizeGb,
      ...(rate && { rate }),
      remove: `${detach}aws ec2 delete-volume${place}`,
    },
  ];
}

/** Beyond the 3,000 that come with gp3. https://aws.amazon.com/ebs/pricing/ */
function isProvisioned({ VolumeType, Iops = 0 }: Volume): boolean {
  return /^io[12]$/.test(VolumeType ?? '') || (VolumeType === 'gp3' && Iops > 3000);
}

function ofAddress(address: Address, context: Context): Leftover[] {
  const { AllocationId: id, PublicIp = '', AssociationId, InstanceId, PublicIpv4Pool } = address;
  const machine = context.machines.get(InstanceId ?? '');
  // One's own range costs nothing, and what a service manages is that service's.
  const theirs = (PublicIpv4Pool ?? 'amazon') !== 'amazon' || address.ServiceManaged !== undefined;
  if (!id || theirs || (AssociationId && !machine)) return [];
  const rate: Rate = {
    microsPerHour: toMicros(ADDRESS_DOLLARS_PER_HOUR),
    provenance: 'list',
    basis: `AWS, $${ADDRESS_DOLLARS_PER_HOUR} an hour for a public IPv4 address`,
    asOf: context.now,
  };
  const parts = partsOf(id, address, machine, context);
  return [
    {
      ...parts,
      name: parts.name === id ? PublicIp || id : parts.name,
      kind: 'address',
      ...(!context.region.startsWith('cn-') && { rate }),
      remove: `${AssociationId ? `aws ec2 disassociate-address${flags(context)} --association-id ${AssociationId} && ` : ''}aws ec2 release-address${flags(context)} --allocation-id ${id}`,
    },
  ];
}

function partsOf(
  id: string,
  tagged: Pick<Volume, 'Tags'>,
  machine: Instance | undefined,
  { api, region, owning }: Context,
): Pick<Leftover, 'id' | 'source' | 'account' | 'name' | 'region' | 'mine' | 'labels'> {
  const tags = tagsOf(tagged);
  // Without a tag of its own it is the machine's, and so whose that is.
  const { owner, mine, because } = owning({ ...(machine && tagsOf(machine)), ...tags }, undefined);
  const since = machine && endOf(machine);
  return {
    id: `${api.account.id}:${id}`,
    source: 'aws',
    account: api.account.id,
    name: tags.Name || id,
    region,
    ...(machine && { machine: tagsOf(machine).Name || machine.InstanceId }),
    ...(since !== undefined && { since }),
    ...(owner && { owner }),
    mine,
    labels: { ...tags, [MINE_BECAUSE]: because },
  };
}

function flags({ api, region }: Context): string {
  return ` --region ${region}${profileFlag(api.options)}`;
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVolumes.html */
function readVolumes(
  api: Api,
  region: string,
  filter: { Name: string; Values: string[] },
  signal: AbortSignal,
): Promise<Volume[]> {
  const attempt = api.attempt('ec2:DescribeVolumes', region);
  return api.ask(attempt, signal, async () => {
    const volumes: Volume[] = [];
    const config = { client: api.ec2(region), pageSize: 500 };
    const query = { Filters: [filter] };
    for await (const page of paginateDescribeVolumes(config, query, { abortSignal: signal })) {
      if (!page.Volumes) throw malformed(attempt, 'the answer is not a list of volumes');
      volumes.push(...page.Volumes);
    }
    return volumes;
  });
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAddresses.html */
function readAddresses(api: Api, region: string, signal: AbortSignal): Promise<Address[]> {
  const attempt = api.attempt('ec2:DescribeAddresses', region);
  return api.ask(attempt, signal, async () => {
    const client = api.ec2(region);
    const answer = await client.send(new DescribeAddressesCommand({}), { abortSignal: signal });
    if (!answer.Addresses) throw malformed(attempt, 'the answer is not a list of addresses');
    return answer.Addresses;
  });
}

/** What a GB-month of each type of volume costs in each region, each asked for once a day. */
function volumePricesOf(api: Api, clock: Surroundings['clock']) {
  const known = new Map<string, { dollars: number | undefined; at: Instant }>();
  return async (region: string, volumeApiName: string, signal: AbortSignal) => {
    const key = `${region}/${volumeApiName}`;
    const before = known.get(key);
    if (before && clock.now() - before.at < DAY) return before.dollars;
    const fields = { productFamily: 'Storage', volumeApiName, regionCode: region };
    const micros = await askProduct(api, 'AmazonEC2', fields, signal, 'GB-Mo');
    const dollars = micros === undefined ? undefined : micros / 1_000_000;
    known.set(key, { dollars, at: clock.now() });
    return dollars;
  };
}
