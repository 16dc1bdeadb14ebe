import { isIP } from 'node:net';
import type { Share } from '../../model/job.ts';
import { type Node, PER_SECOND } from '../../model/node.ts';
import type { PriceKey, Quote, Rate } from '../../model/rate.ts';
import type { Instant } from '../../model/time.ts';
import type { Machines } from './launched.ts';

/** Clouds whose own names for kinds of machines SkyPilot uses, and what they are called here. */
const SELLERS: Readonly<Record<string, string>> = {
  aws: 'aws',
  azure: 'azure',
  do: 'digitalocean',
  gcp: 'gcp',
  lambda: 'lambda',
  oci: 'oci',
};

/** Systems that hand out parts of machines, which are for their own sources to tell of. */
const SHARING = new Set(['kubernetes', 'ssh', 'slurm', 'local']);

/** One of the machines: by which names it can be recognised, and whether they are its alone. */
interface Member {
  id: string;
  name: string;
  aliases: string[];
}

export interface Owned {
  account: string;
  owner: string | undefined;
  mine: boolean;
  labels: Record<string, string>;
}

/**
 * The nodes that the machines are. A machine by whose names its cloud would not know it again is
 * none here: it would be counted once by SkyPilot and once by its cloud.
 */
export function nodesOf(machines: Machines, owned: Owned, now: Instant): Node[] {
  if (SHARING.has(machines.cloud ?? '')) return [];
  const { account, owner, mine, labels } = owned;
  const { region, instanceType, gpus, cores, state, launchedAt, endedAt } = machines;
  const priceKey = priceKeyOf(machines);
  const rate = rateOf(machines, now);
  return membersOf(machines, account).map(({ id, name, aliases }) => ({
    id,
    source: 'skypilot',
    account,
    name,
    aliases,
    gpus: { ...gpus, count: Math.ceil(gpus.count) },
    ...(cores !== undefined && { cores }),
    state,
    ...(launchedAt !== undefined && { launchedAt }),
    ...(endedAt !== undefined && { endedAt }),
    billing: PER_SECOND,
    ...(owner !== undefined && { owner }),
    mine,
    ...(priceKey && { priceKey }),
    // Without a key there is no other price; with one this price must not outdo the cloud's.
    ...(rate && !priceKey && { rate }),
    labels: {
      ...labels,
      ...(machines.cloud && { cloud: machines.cloud }),
      ...(region && { region }),
      ...(instanceType && { 'instance-type': instanceType }),
    },
  }));
}

/** SkyPilot's own price of each of the nodes, for where no source of its cloud knows a better one. */
export function quotesOf(machines: Machines, owned: Owned, now: Instant): Quote[] {
  const rate = rateOf(machines, now);
  const key = priceKeyOf(machines);
  if (!rate || !key) return [];
  return nodesOf(machines, owned, now).map(({ id }) => ({ key, nodeId: id, rate }));
}

/** What a job holds of the machines: of those that are nodes all, of shared ones its GPUs. */
export function sharesOf(machines: Machines, account: string): Share[] {
  if (!SHARING.has(machines.cloud ?? '')) {
    const members = membersOf(machines, account);
    if (members.length > 0) return members.map(({ id }) => ({ node: id }));
  }
  const { count, gpus, cores, names, nameOnCloud } = machines;
  return Array.from({ length: count }, (_, index) => ({
    node: names[index] || nameOnCloud,
    ...(gpus.count > 0 && { gpus: gpus.count }),
    ...(gpus.count === 0 && cores !== undefined && { cores }),
  }));
}

/** How many of the machines run without a name by which their cloud would know them again. */
export function unrecognised(machines: Machines): number {
  const { cloud, count, state } = machines;
  if (SHARING.has(cloud ?? '') || (state !== 'running' && state !== 'stopping')) return 0;
  return count - membersOf(machines, '').length;
}

/**
 * An address is one machine's alone; a name is where no other machine of the cluster has it. Names
 * and addresses of workers may be in different orders, so that one of them has to do.
 */
function membersOf(machines: Machines, account: string): Member[] {
  const { id, nameOnCloud, count } = machines;
  const known = headNamed(machines);
  return Array.from({ length: count }, (_, index): Member | undefined => {
    const addresses = (machines.addresses[index] ?? []).filter((text) => isIP(text));
    const name = known[index] ?? '';
    const own = name !== '' && known.filter((other) => other === name).length === 1;
    const named = own && (index === 0 || addresses.length === 0);
    if (!named && addresses.length === 0) return undefined;
    const role = index === 0 ? 'head' : `worker${index}`;
    return {
      id: `${account}:${id}/${role}`,
      // A name that may be another's would join the two.
      name: named ? name : `${nameOnCloud}-${role}`,
      aliases: [...addresses, ...(named ? [name] : [])].map((text) => text.toLowerCase()),
    };
  }).filter((member) => member !== undefined);
}

/** On AWS the head's name follows from the cluster's. sky/provision/aws/instance.py */
function headNamed({ cloud, names, nameOnCloud }: Machines): readonly string[] {
  if (names.length > 0 || cloud !== 'aws') return names;
  return [`sky-${nameOnCloud}-head`];
}

function priceKeyOf(machines: Machines): PriceKey | undefined {
  const { cloud, region, zone, instanceType, spot } = machines;
  const provider = SELLERS[cloud ?? ''];
  if (!provider || !region || !instanceType) return undefined;
  return {
    provider,
    instanceType,
    region,
    ...(zone && { zone }),
    market: spot ? 'spot' : 'on-demand',
  };
}

function rateOf({ microsPerHour, spot }: Machines, now: Instant): Rate | undefined {
  if (microsPerHour === undefined) return undefined;
  return {
    microsPerHour,
    provenance: 'list',
    basis: `SkyPilot's catalogue, ${spot ? 'spot' : 'on-demand'} price`,
    asOf: now,
  };
}
