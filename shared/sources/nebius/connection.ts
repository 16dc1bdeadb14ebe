import type { Account } from '../../model/account.ts';
import type { Job } from '../../model/job.ts';
import { type Node, PER_SECOND } from '../../model/node.ts';
import type { StopPlan } from '../../model/stop.ts';
import type { Instant } from '../../model/time.ts';
import { connectRental } from '../rental.ts';
import { type RentedMachine, rentedNodes, toldRate } from '../rented_nodes.ts';
import type { Connection, Surroundings } from '../source.ts';
import { type Instance, openApi } from './api.ts';
import type { Settings } from './index.ts';

/** Nebius projects, open. Loaded when they are first used. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): Required<Connection> {
  const { clock } = surroundings;
  const api = openApi(account, surroundings, settings);
  const nodesOf = (instances: readonly Instance[], now: Instant) =>
    rentedNodes(
      'nebius',
      instances.map((instance) => machineOf(instance, settings.prices, now)),
      { account: account.id, mine: settings.mine },
    );
  return connectRental(
    {
      account,
      clock,
      read: api.list,
      nodesOf: (instances) => nodesOf(instances, clock.now()),
      stopUntried: 'not tried: it would stop a machine; the account needs the editor role',
      close: () => {},
    },
    {
      get: api.get,
      nodeOf: (instance) => nodesOf([instance], 0)[0],
      planOf,
      send: ({ metadata }, signal) => api.stop(metadata.id, signal),
    },
  );
}

function machineOf(instance: Instance, prices: Settings['prices'], now: Instant): RentedMachine {
  const { metadata, spec, status } = instance;
  const { platform, preset } = spec.resources;
  // `8gpu-128vcpu-1600gb` of `gpu-h100-sxm`: https://docs.nebius.com/compute/virtual-machines/types
  const count = Number(/(\d+)gpu\b/.exec(preset)?.[1] ?? 0);
  const cores = Number(/(\d+)vcpu\b/.exec(preset)?.[1] ?? 0);
  const model = platform.replace(/^gpu-/, '').replaceAll('-', ' ').toUpperCase();
  const state = status?.state ?? 'RUNNING';
  const instanceType = `${platform} ${preset}`;
  return {
    id: metadata.id,
    name: metadata.name,
    names: [
      spec.hostname,
      // Addresses are written with their prefix: `10.0.0.7/32`.
      ...(status?.network_interfaces ?? []).flatMap((one) => [
        one.fqdn,
        one.ip_address?.address?.replace(/\/.*/, ''),
        one.public_ip_address?.address?.replace(/\/.*/, ''),
      ]),
    ],
    gpus: { count, ...(count > 0 && { model }) },
    cores,
    state: stateOf(state),
    billing: PER_SECOND,
    instanceType,
    // `project-e00…` and `computeinstance-e00…` are of eu-north1; the API itself names no region.
    region: REGIONS[/^[a-z]+-([a-z]\d\d)/.exec(metadata.id)?.[1] ?? ''] ?? 'unknown',
    market: status?.reservation_id ? 'reserved' : spec.preemptible ? 'spot' : 'on-demand',
    rate: toldRate(prices[instanceType], now),
    labels: { ...metadata.labels, 'nebius:state': state, 'nebius:project': metadata.parent_id },
  };
}

/** As SkyPilot has them. https://github.com/skypilot-org/skypilot, sky/clouds/utils/nebius_constants.py */
const REGIONS: Readonly<Record<string, string>> = {
  e00: 'eu-north1',
  e01: 'eu-west1',
  u00: 'us-central1',
};

/**
 * Paid from the start to a complete stop. One in error does not run.
 * https://docs.nebius.com/compute/virtual-machines/lifecycle
 */
function stateOf(state: string): Node['state'] {
  switch (state) {
    case 'CREATING':
    case 'STARTING':
      return 'starting';
    case 'STOPPING':
    case 'DELETING':
      return 'stopping';
    case 'STOPPED':
    case 'ERROR':
      return 'stopped';
    default:
      return 'running';
  }
}

function planOf(job: Job, { metadata, spec, status }: Instance): StopPlan {
  const { id } = metadata;
  const { platform, preset } = spec.resources;
  const disks = 1 + (spec.secondary_disks?.length ?? 0);
  const filesystems = spec.filesystems?.length ?? 0;
  return {
    jobId: job.id,
    action: `Stop machine ${job.name} (${id}, ${platform} ${preset}, Nebius)`,
    equivalent: `nebius compute instance stop --id ${id}`,
    loses: [
      'What it has in memory: its processes end',
      ...(spec.local_disks ? ['All data on its local disks'] : []),
      ...(status?.reservation_id
        ? []
        : ['Its hold on the GPUs: none may be free when it is started again']),
    ],
    keeps: [
      `${disks === 1 ? 'Its disk' : `Its ${disks} disks`}, charged for as before`,
      ...(filesystems > 0 ? ['Its shared filesystems, charged for as before'] : []),
      ...(status?.reservation_id ? ['Its reservation, which is paid whether it runs or not'] : []),
    ],
    reversible: true,
  };
}
