import { z } from 'zod';
import type { Account } from '../../model/account.ts';
import type { Job } from '../../model/job.ts';
import { toMicros } from '../../model/money.ts';
import { type Node, PER_SECOND } from '../../model/node.ts';
import type { StopPlan } from '../../model/stop.ts';
import type { Instant } from '../../model/time.ts';
import { connectRental } from '../rental.ts';
import { openRest } from '../rental_source.ts';
import { instantOf, type RentedMachine, rentedNodes } from '../rented_nodes.ts';
import { type Connection, SourceError, type Surroundings } from '../source.ts';
import { PLACES, type Settings } from './index.ts';

/** https://github.com/fluidstackio/fluidstack-typescript-sdk, InstanceResponse and ListInstanceResponse */
const Instance = z.object({
  id: z.string().min(1),
  name: z.string().nullish(),
  /** pending, starting, running, stopping, stopped, failed or terminated; maybe others one day. */
  status: z.string().nullish(),
  ip_address: z.string().nullish(),
  created_at: z.string().nullish(),
  /** US dollars an hour and GPU, as long as it is in this state. */
  current_gpu_hr_cost: z.number().nonnegative().nullish(),
  configuration: z
    .object({
      gpu_model: z.object({ name: z.string() }).nullish(),
      gpu_count: z.number().int().nonnegative(),
      cpu_count: z.number().nonnegative(),
      nvme_storage_size_gb: z.number().nonnegative().nullish(),
      region: z.string(),
    })
    .nullish(),
  volumes: z.array(z.object({ name: z.string(), size_gb: z.number() })).nullish(),
});
type Instance = z.infer<typeof Instance>;

const Page = z.array(Instance);

/** How many a page holds is not documented; none that is shorter than this has another after it. */
const LEAST_PAGE = 10;
const MAX_PAGES = 100;

/** A FluidStack account, open. Loaded when it is first used. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): Required<Connection> {
  const { clock } = surroundings;
  const { onStop } = settings;
  const rest = openRest(account, surroundings, {
    places: PLACES,
    service: 'FluidStack',
    baseUrl: settings.url,
    authorize: (key) => ({ 'api-key': key }),
  });
  const at = (id: string) => `/instances/${encodeURIComponent(id)}`;
  const nodesOf = (instances: readonly Instance[], now: Instant) =>
    rentedNodes(
      'fluidstack',
      instances.map((instance) => machineOf(instance, now)),
      { account: account.id, mine: settings.mine },
    );

  /** Page by page until one brings nothing new, by whatever number the service begins to count. */
  async function list(signal: AbortSignal): Promise<Instance[]> {
    const all = new Map<string, Instance>();
    const take = async (path: string) => {
      const before = all.size;
      const page = await rest.ask({ path, schema: Page, signal });
      for (const instance of page) all.set(instance.id, instance);
      return { isLast: page.length < LEAST_PAGE, isNew: all.size > before };
    };
    if ((await take('/instances')).isLast) return [...all.values()];
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const { isNew } = await take(`/instances?page=${page}`);
      // The first page may be that which was read without a number.
      if (!isNew && page > 1) return [...all.values()];
    }
    throw new SourceError('malformed', {
      account: account.id,
      message: 'FluidStack: its list of instances does not end',
      remedy: 'Burnrate tries again by itself; if it stays, report this message.',
    });
  }

  return connectRental(
    {
      account,
      clock,
      read: list,
      nodesOf: (instances) => nodesOf(instances, clock.now()),
      stopUntried: `not tried: it would ${onStop} an instance`,
      close: () => rest.close(),
    },
    {
      get: (id, signal) => rest.ask({ path: at(id), schema: Instance, signal }),
      nodeOf: (instance) => nodesOf([instance], 0)[0],
      planOf: (job, instance) => planOf(job, instance, onStop, settings.url),
      send: async ({ id }, signal) => {
        const call =
          onStop === 'stop'
            ? { method: 'PUT' as const, path: `${at(id)}/stop` }
            : { method: 'DELETE' as const, path: at(id) };
        await rest.ask({ ...call, schema: z.unknown(), signal });
      },
    },
  );
}

function machineOf(instance: Instance, now: Instant): RentedMachine {
  const { id, name, status, ip_address, created_at, configuration, current_gpu_hr_cost } = instance;
  const count = configuration?.gpu_count ?? 0;
  const kind = configuration?.gpu_model?.name ?? 'GPU';
  const cost = current_gpu_hr_cost ?? undefined;
  const state = stateOf(status ?? 'unknown', cost);
  const inVain = status === 'stopped' && state === 'running';
  return {
    id,
    name,
    names: [ip_address],
    gpus: { count, ...(count > 0 && { model: kind.replaceAll('_', ' ') }) },
    cores: configuration?.cpu_count,
    state,
    launchedAt: instantOf(created_at),
    billing: PER_SECOND,
    instanceType: `${count}x ${kind}`,
    region: configuration?.region ?? 'unknown',
    market: 'on-demand',
    // It is named by the GPU: of a machine without any nobody knows.
    rate:
      cost === undefined || count === 0
        ? undefined
        : {
            microsPerHour: toMicros(cost * count),
            provenance: 'quoted',
            basis: 'FluidStack API, current_gpu_hr_cost of this instance',
            asOf: now,
          },
    labels: {
      'fluidstack:status': inVain ? 'stopped, and charged for all the same' : (status ?? 'unknown'),
    },
  };
}

/** One that is stopped may still be charged for, as the price that is named for it now tells. */
function stateOf(status: string, cost: number | undefined): Node['state'] {
  switch (status) {
    case 'pending':
    case 'starting':
      return 'starting';
    case 'stopping':
      return 'stopping';
    case 'stopped':
      return cost ? 'running' : 'stopped';
    case 'failed':
    case 'terminated':
      return 'ended';
    default:
      return 'running';
  }
}

function planOf(job: Job, instance: Instance, onStop: Settings['onStop'], url: string): StopPlan {
  const { id, configuration, volumes } = instance;
  const stops = onStop === 'stop';
  const kind = `${configuration?.gpu_count ?? 0}x ${configuration?.gpu_model?.name ?? 'GPU'}`;
  const key = '-H "api-key: $FLUIDSTACK_API_KEY"';
  const disk = configuration?.nvme_storage_size_gb ?? 0;
  return {
    jobId: job.id,
    action: `${stops ? 'Stop' : 'Delete'} instance ${job.name} (${id}, ${kind}, FluidStack)`,
    equivalent: stops
      ? `curl -X PUT ${key} ${url}/instances/${id}/stop`
      : `curl -X DELETE ${key} ${url}/instances/${id}`,
    loses: stops ? [] : [`Its disk with all data${disk > 0 ? ` (${disk} GB)` : ''}`],
    keeps: [
      ...(stops
        ? ['The instance with its disk, at what FluidStack charges for a stopped one']
        : []),
      ...(volumes ?? []).map(({ name }) => `Volume ${name}, charged for as before`),
    ],
    reversible: stops,
  };
}
