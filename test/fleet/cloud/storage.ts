import { chance, seedOf } from '../noise.ts';
import type { Disk } from '../scenario.ts';
import { type Ask, element, filtersIn, list, Refused } from './answer.ts';
import type { Cloud } from './ec2.ts';

/** What each machine's root disk has. */
const ROOT = { type: 'gp3', sizeGb: 200 } as const;

interface Volume {
  id: string;
  region: string;
  type: string;
  sizeGb: number;
  createdAt: number;
  instanceId?: string;
  tags: Record<string, string>;
}

/**
 * The disks of machines that have not been terminated, and those that somebody has left behind.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVolumes.html
 */
export function describeVolumes(cloud: Cloud, { region, parameters }: Ask): string {
  const filters = filtersIn(parameters);
  const found = volumesOf(cloud).filter(
    (volume) =>
      volume.region === region &&
      filters.every(({ name, values }) => values.includes(filterable(name, volume))),
  );
  return list('volumeSet', found.map(volumeXml));
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAddresses.html */
export function describeAddresses({ addresses }: Cloud, { region }: Ask): string {
  return list(
    'addressesSet',
    addresses
      .filter((one) => one.region === region)
      .map(
        ({ ip, tags }) =>
          element('publicIp', ip) +
          element('allocationId', `eipalloc-0${hex(seedOf(7, ip))}`) +
          element('domain', 'vpc') +
          element('publicIpv4Pool', 'amazon') +
          element('networkBorderGroup', region) +
          tagSet(tags),
      ),
  );
}

function volumesOf({ instances, disks, clock }: Cloud): Volume[] {
  const roots = instances.flatMap(({ id, state, machine, launchedAt }): Volume[] =>
    state === undefined || state === 'terminated' || state === 'shutting-down'
      ? []
      : [
          {
            ...ROOT,
            id: `vol-0${id.slice(3)}`,
            region: machine.region,
            createdAt: launchedAt,
            instanceId: id,
            tags: {},
          },
        ],
  );
  const left = disks.map(({ name, created, tags, ...rest }: Disk) => ({
    ...rest,
    id: `vol-0${hex(seedOf(7, name))}`,
    createdAt: clock.origin + created * 60_000,
    tags: { Name: name, ...tags },
  }));
  return [...roots, ...left];
}

function volumeXml({ id, type, sizeGb, createdAt, instanceId, tags, region }: Volume): string {
  const attached = instanceId
    ? [element('volumeId', id) + element('instanceId', instanceId) + element('status', 'attached')]
    : [];
  return (
    element('volumeId', id) +
    element('size', sizeGb) +
    element('availabilityZone', `${region}a`) +
    element('status', instanceId ? 'in-use' : 'available') +
    element('createTime', new Date(createdAt).toISOString()) +
    list('attachmentSet', attached) +
    element('volumeType', type) +
    element('iops', 3000) +
    tagSet(tags)
  );
}

function tagSet(tags: Readonly<Record<string, string>>): string {
  return list(
    'tagSet',
    Object.entries(tags).map(([key, value]) => element('key', key) + element('value', value)),
  );
}

function filterable(name: string, { id, instanceId }: Volume): string {
  if (name === 'status') return instanceId ? 'in-use' : 'available';
  if (name === 'volume-id') return id;
  throw new Refused(400, 'InvalidParameterValue', `The filter '${name}' is invalid`);
}

function hex(seed: number): string {
  return Array.from({ length: 16 }, (_, index) =>
    Math.floor(chance(seed, 1, index) * 16).toString(16),
  ).join('');
}
