import { dollarsPerHour, kinds, regions } from '../catalogue.ts';
import type { Clock } from '../clock.ts';
import type { Instance, State } from '../instance.ts';
import type { Address, Disk } from '../scenario.ts';
import {
  type Answer,
  type Ask,
  ec2Answer,
  element,
  filtersIn,
  list,
  listIn,
  Refused,
} from './answer.ts';
import { reservationXml, stateXml } from './instance_xml.ts';
import { describeAddresses, describeVolumes } from './storage.ts';

export interface Cloud {
  instances: readonly Instance[];
  disks: readonly Disk[];
  addresses: readonly Address[];
  clock: Clock;
  account: string;
  user: string;
}

interface Present {
  instance: Instance;
  state: State;
}

/** A terminated instance stays in sight for about an hour. */
const REMEMBERED_MS = 60 * 60_000;

/** The EC2 API as far as one who watches and stops instances needs it. */
export function ec2(cloud: Cloud, ask: Ask): Answer {
  const action = actions[ask.action];
  if (!action) {
    throw new Refused(
      400,
      'InvalidAction',
      `The action ${ask.action} is not valid for this web service.`,
    );
  }
  if (ask.parameters.get('DryRun') === 'true') {
    throw new Refused(
      412,
      'DryRunOperation',
      'Request would have succeeded, but DryRun flag is set.',
    );
  }
  return ec2Answer(ask.action, action(cloud, ask));
}

const actions: Readonly<Record<string, (cloud: Cloud, ask: Ask) => string>> = {
  DescribeRegions: () =>
    list(
      'regionInfo',
      Object.keys(regions).map(
        (region) =>
          element('regionName', region) +
          element('regionEndpoint', `ec2.${region}.amazonaws.com`) +
          element('optInStatus', 'opt-in-not-required'),
      ),
    ),

  DescribeInstances(cloud, { region, parameters }) {
    const named = listIn(parameters, 'InstanceId');
    const filters = filtersIn(parameters);
    const there = presentIn(cloud, region);
    for (const id of named) find(there, id);
    const matching = there.filter(
      (one) =>
        (named.length === 0 || named.includes(one.instance.id)) &&
        filters.every(({ name, values }) => values.includes(filterable(name, one))),
    );
    const { page, token } = paged(matching, parameters);
    return (
      list(
        'reservationSet',
        page.map(({ instance, state }) => reservationXml(instance, state, cloud.account)),
      ) + element('nextToken', token)
    );
  },

  DescribeInstanceTypes(_, { parameters }) {
    const wanted = listIn(parameters, 'InstanceType');
    const found = Object.entries(kinds).filter(
      ([type]) => wanted.length === 0 || wanted.includes(type),
    );
    if (found.length < wanted.length) {
      throw new Refused(
        400,
        'InvalidInstanceType',
        `The following supplied instance types do not exist: [${wanted.join(', ')}]`,
      );
    }
    return list(
      'instanceTypeSet',
      found.map(([type, { cores, memoryGiB, storageGB, gpus }]) => {
        const gpu = `${element('name', gpus.ec2Name)}${element('manufacturer', 'NVIDIA')}${element('count', gpus.count)}<memoryInfo>${element('sizeInMiB', gpus.memoryMiB)}</memoryInfo>`;
        const storage =
          storageGB > 0
            ? `<instanceStorageInfo>${element('totalSizeInGB', storageGB)}</instanceStorageInfo>`
            : '';
        return `${element('instanceType', type)}${element('currentGeneration', true)}${element('bareMetal', false)}<vCpuInfo>${element('defaultVCpus', cores * 2)}${element('defaultCores', cores)}${element('defaultThreadsPerCore', 2)}</vCpuInfo><memoryInfo>${element('sizeInMiB', memoryGiB * 1024)}</memoryInfo>${element('instanceStorageSupported', storageGB > 0)}${storage}<gpuInfo>${list('gpus', [gpu])}${element('totalGpuMemoryInMiB', gpus.memoryMiB * gpus.count)}</gpuInfo>`;
      }),
    );
  },

  DescribeSpotPriceHistory({ clock }, { region, parameters }) {
    const wanted = listIn(parameters, 'InstanceType');
    const types = Object.keys(kinds).filter((type) => wanted.length === 0 || wanted.includes(type));
    // The price of each zone that is in force: they have held for some hours.
    const timestamp = new Date(Math.floor(clock.origin / 3_600_000) * 3_600_000 - 5 * 3_600_000);
    const prices = types.flatMap((type) =>
      ['a', 'b', 'c'].map(
        (zone) =>
          element('instanceType', type) +
          element('productDescription', 'Linux/UNIX') +
          element('spotPrice', Number(dollarsPerHour(type, region, 'spot')).toFixed(6)) +
          element('timestamp', timestamp.toISOString()) +
          element('availabilityZone', `${region}${zone}`),
      ),
    );
    const { page, token } = paged(prices, parameters);
    return list('spotPriceHistorySet', page) + element('nextToken', token ?? '');
  },

  DescribeSpotInstanceRequests(cloud, { region, parameters }) {
    const named = listIn(parameters, 'SpotInstanceRequestId');
    const filters = filtersIn(parameters).filter(({ name }) => name === 'spot-instance-request-id');
    const requests = presentIn(cloud, region).filter(({ instance: { spotRequest } }) => {
      if (!spotRequest) return false;
      if (named.length > 0 && !named.includes(spotRequest)) return false;
      return filters.every(({ values }) => values.includes(spotRequest));
    });
    return list(
      'spotInstanceRequestSet',
      requests.map(
        ({ instance, state }) =>
          element('spotInstanceRequestId', instance.spotRequest) +
          element('type', 'one-time') +
          element('state', state === 'running' || state === 'pending' ? 'active' : 'closed') +
          element('instanceId', instance.id),
      ),
    );
  },

  CancelSpotInstanceRequests(cloud, { region, parameters }) {
    const wanted = listIn(parameters, 'SpotInstanceRequestId');
    const known = presentIn(cloud, region).map(({ instance }) => instance.spotRequest);
    const unknown = wanted.find((id) => !known.includes(id));
    if (unknown) {
      throw new Refused(
        400,
        'InvalidSpotInstanceRequestID.NotFound',
        `The spot instance request ID '${unknown}' does not exist`,
      );
    }
    // As on AWS, the instances of a cancelled request run on.
    return list(
      'spotInstanceRequestSet',
      wanted.map((id) => element('spotInstanceRequestId', id) + element('state', 'cancelled')),
    );
  },

  DescribeVolumes: describeVolumes,
  DescribeAddresses: describeAddresses,
  StopInstances: (cloud, ask) => end(cloud, ask, 'stop'),
  TerminateInstances: (cloud, ask) => end(cloud, ask, 'terminate'),
};

function end(cloud: Cloud, { region, parameters }: Ask, by: 'stop' | 'terminate'): string {
  const there = presentIn(cloud, region);
  const targets = listIn(parameters, 'InstanceId').map((id) => find(there, id));
  // All or nothing, as on AWS.
  for (const { instance, state } of targets) {
    if (by === 'stop' && instance.spotRequest) {
      throw new Refused(
        400,
        'UnsupportedOperation',
        `You can't stop the Spot Instance '${instance.id}' because it is associated with a one-time Spot Instance request. You can only stop Spot Instances associated with persistent Spot Instance requests.`,
      );
    }
    if (by === 'stop' && (state === 'terminated' || state === 'shutting-down')) {
      throw new Refused(
        400,
        'IncorrectInstanceState',
        `This instance '${instance.id}' is not in a state from which it can be stopped.`,
      );
    }
  }
  for (const { instance } of targets) instance.end(by);
  return list(
    'instancesSet',
    targets.map(
      ({ instance, state }) =>
        element('instanceId', instance.id) +
        stateXml('currentState', instance.state ?? state) +
        stateXml('previousState', state),
    ),
  );
}

function presentIn({ instances, clock }: Cloud, region: string): Present[] {
  return instances.flatMap((instance) => {
    const { state, endedAt } = instance;
    if (!state || instance.machine.region !== region) return [];
    const forgotten = state === 'terminated' && clock.now() - (endedAt ?? 0) > REMEMBERED_MS;
    return forgotten ? [] : { instance, state };
  });
}

function find(there: readonly Present[], id: string): Present {
  const found = there.find(({ instance }) => instance.id === id);
  if (found) return found;
  throw new Refused(400, 'InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
}

function filterable(name: string, { instance, state }: Present): string {
  switch (name) {
    case 'instance-id':
      return instance.id;
    case 'instance-state-name':
      return state;
    case 'instance-type':
      return instance.machine.type;
    default:
      throw new Refused(400, 'InvalidParameterValue', `The filter '${name}' is invalid`);
  }
}

/** One page, and the token of the next. A token is where it begins. */
function paged<T>(
  all: readonly T[],
  parameters: URLSearchParams,
): { page: readonly T[]; token: string | undefined } {
  const size = Number(parameters.get('MaxResults') ?? 1000);
  const from = Number(Buffer.from(parameters.get('NextToken') ?? '', 'base64url').toString() || 0);
  if (!Number.isInteger(from)) {
    throw new Refused(400, 'InvalidNextToken', 'The token is not valid.');
  }
  const to = from + size;
  return {
    page: all.slice(from, to),
    token: to < all.length ? Buffer.from(String(to)).toString('base64url') : undefined,
  };
}
