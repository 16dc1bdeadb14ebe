import type { Account } from '../../model/account.ts';
import type { Job } from '../../model/job.ts';
import { type Node, PER_SECOND } from '../../model/node.ts';
import type { PriceKey } from '../../model/rate.ts';
import type { StopPlan } from '../../model/stop.ts';
import type { Instant } from '../../model/time.ts';
import { connectRental } from '../rental.ts';
import { type RentedMachine, rentedNodes, toldRate } from '../rented_nodes.ts';
import type { Connection, Surroundings } from '../source.ts';
import { type Instance, openApi } from './api.ts';
import type { Settings } from './index.ts';

/** Crusoe Cloud's projects, open. Loaded when they are first used. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): Required<Connection> {
  const { clock } = surroundings;
  const api = openApi(account, surroundings, settings.url);
  const nodesOf = (instances: readonly Instance[], now: Instant) =>
    rentedNodes(
      'crusoe',
      instances.map((instance) => machineOf(instance, settings.prices, now)),
      { account: account.id, mine: settings.mine },
    );
  return connectRental(
    {
      account,
      clock,
      read: api.list,
      nodesOf: (instances) => nodesOf(instances, clock.now()),
      stopUntried: 'not tried: it would stop an instance; the key must be allowed to',
      close: () => api.close(),
    },
    {
      get: api.get,
      nodeOf: (instance) => nodesOf([instance], 0)[0],
      planOf,
      send: api.stop,
    },
  );
}

function machineOf(instance: Instance, prices: Settings['prices'], now: Instant): RentedMachine {
  const { id, name, type, location, state, network_interfaces, disks } = instance;
  const [, product, gpus] = /^(.+)\.(\d+)x$/.exec(type) ?? [];
  // Types without GPUs are called alike: `c1a.4x` has four cores.
  const count = product && !/^[cs]\d/.test(product) ? Number(gpus) : 0;
  const addresses = (network_interfaces ?? []).flatMap(({ external_dns_name, ips }) => [
    external_dns_name,
    ...(ips ?? []).flatMap((ip) => [ip.private_ipv4?.address, ip.public_ipv4?.address]),
  ]);
  return {
    id,
    name,
    names: addresses,
    gpus: { count, ...(count > 0 && product && { model: product.toUpperCase() }) },
    state: stateOf(state),
    // When it was made; it may have been stopped since, so that this is no evidence of its cost.
    billing: PER_SECOND,
    instanceType: type,
    region: location,
    market: marketOf(instance),
    rate: toldRate(prices[type], now),
    labels: {
      'crusoe:state': state,
      ...(disks &&
        disks.length > 0 && { 'crusoe:disks': disks.map((disk) => disk.name).join(', ') }),
    },
  };
}

function marketOf({ billing_type, reservation_id }: Instance): PriceKey['market'] {
  if (reservation_id) return 'reserved';
  return /spot/i.test(billing_type ?? '') ? 'spot' : 'on-demand';
}

/**
 * `VMs are only billed in RUNNING state.`
 * https://support.crusoecloud.com/hc/en-us/articles/48176498638235-FAQ-Billing-for-VMs-in-ERROR-States
 */
function stateOf(state: string): Node['state'] {
  switch (
    state
      .toUpperCase()
      .replace(/^STATE_/, '')
      .replaceAll(' ', '_')
  ) {
    case 'INITIALIZING':
    case 'PENDING':
    case 'STARTING':
    case 'CREATING':
      return 'starting';
    case 'STOPPING':
    case 'SHUTTING_DOWN':
    case 'DELETING':
      return 'stopping';
    case 'STOPPED':
    case 'SHUTOFF':
    case 'SHUTDOWN':
    case 'ERROR':
    case 'BLOCKED':
    case 'CRASHED':
    case 'POWER_SUSPENDED':
    case 'UNDEFINED':
      return 'stopped';
    case 'DELETED':
      return 'ended';
    default:
      return 'running';
  }
}

function planOf(job: Job, instance: Instance): StopPlan {
  const { id, type, location, project_id, reservation_id, disks } = instance;
  return {
    jobId: job.id,
    action: `Stop instance ${job.name} (${id}, ${type} in ${location}, Crusoe Cloud)`,
    equivalent: `crusoe compute vms stop ${job.name} --project-id ${project_id}`,
    loses: [
      'What it has in memory and on ephemeral disks: its processes end',
      'Its hold on the GPUs: none may be free when it is started again',
    ],
    keeps: [
      ...(disks ?? []).map(({ name }) => `Disk ${name ?? 'without a name'}, charged for as before`),
      ...(reservation_id ? ['Its reservation, which is paid whether it runs or not'] : []),
    ],
    reversible: true,
  };
}
