import { type Ask, type Handler, json, type Reply } from '../service.ts';
import { COMPUTE_SKUS, VERTEX_SKUS } from './skus.ts';

export const PROJECT = 'ada-lab';
const PREFIX = `https://www.googleapis.com/compute/v1/projects/${PROJECT}`;

type Words = Record<string, unknown>;

export interface CloudInstance extends Words {
  id: string;
  name: string;
  zone: string;
  status: string;
}

/**
 * An instance as https://cloud.google.com/compute/docs/reference/rest/v1/instances describes it: an
 * a2 machine, changed where a test needs it.
 */
export function instance(
  changes: Words & { zoneName?: string; type?: string } = {},
): CloudInstance {
  const { zoneName = 'us-central1-a', type = 'a2-highgpu-1g', ...others } = changes;
  return {
    id: '4711471147114711001',
    name: 'train',
    zone: `${PREFIX}/zones/${zoneName}`,
    machineType: `${PREFIX}/zones/${zoneName}/machineTypes/${type}`,
    status: 'RUNNING',
    creationTimestamp: '2026-01-02T01:02:03.000-08:00',
    lastStartTimestamp: '2026-01-02T01:02:30.000-08:00',
    labels: { owner: 'ada' },
    guestAccelerators: [
      {
        acceleratorType: `${PREFIX}/zones/${zoneName}/acceleratorTypes/nvidia-tesla-a100`,
        acceleratorCount: 1,
      },
    ],
    networkInterfaces: [
      { networkIP: '10.128.0.7', accessConfigs: [{ natIP: '34.1.2.3', type: 'ONE_TO_ONE_NAT' }] },
    ],
    disks: [
      {
        type: 'PERSISTENT',
        boot: true,
        autoDelete: true,
        deviceName: 'train',
        source: `${PREFIX}/zones/${zoneName}/disks/train`,
        diskSizeGb: '100',
        licenses: [`${PREFIX}/global/licenses/debian-12`],
      },
    ],
    scheduling: {
      onHostMaintenance: 'TERMINATE',
      provisioningModel: 'STANDARD',
      preemptible: false,
    },
    metadata: { items: [] },
    deletionProtection: false,
    ...others,
  };
}

/** https://cloud.google.com/compute/docs/accelerator-optimized-machines, general-purpose-machines */
const MACHINE_TYPES: Record<string, Words> = {
  'a2-highgpu-1g': { guestCpus: 12, memoryMb: 87040, accelerators: gpus('nvidia-tesla-a100', 1) },
  'a2-ultragpu-1g': {
    guestCpus: 12,
    memoryMb: 174080,
    accelerators: gpus('nvidia-a100-80gb', 1),
    bundledLocalSsds: { defaultInterface: 'NVME', partitionCount: 1 },
  },
  'a3-highgpu-8g': {
    guestCpus: 208,
    memoryMb: 1916928,
    accelerators: gpus('nvidia-h100-80gb', 8),
    bundledLocalSsds: { defaultInterface: 'NVME', partitionCount: 16 },
  },
  'n1-standard-8': { guestCpus: 8, memoryMb: 30720 },
  'e2-medium': { guestCpus: 2, memoryMb: 4096, isSharedCpu: true },
};

function gpus(kind: string, count: number): Words[] {
  return [{ guestAcceleratorType: kind, guestAcceleratorCount: count }];
}

/** A job as https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.customJobs has it. */
export function customJob(changes: Words = {}): Words & { name: string; state: string } {
  return {
    name: `projects/4711/locations/us-central1/customJobs/9001`,
    displayName: 'finetune',
    state: 'JOB_STATE_RUNNING',
    createTime: '2026-01-02T08:00:00.000000Z',
    startTime: '2026-01-02T08:05:00.000000Z',
    labels: { owner: 'ada' },
    jobSpec: {
      scheduling: { timeout: '86400s' },
      workerPoolSpecs: [
        {
          replicaCount: '2',
          machineSpec: {
            machineType: 'n1-standard-8',
            acceleratorType: 'NVIDIA_TESLA_T4',
            acceleratorCount: 1,
          },
          diskSpec: { bootDiskType: 'pd-ssd', bootDiskSizeGb: 100 },
        },
      ],
    },
    ...changes,
  };
}

export interface Cloud {
  token: string;
  instances?: CloudInstance[];
  disks?: Words[];
  addresses?: Words[];
  jobs?: ReturnType<typeof customJob>[];
  series?: Record<string, unknown[]>;
  /** Zones that do not answer. */
  silent?: string[];
  /** How many instances a page holds. */
  pageSize?: number;
  /** What instances.testIamPermissions grants. */
  permissions?: string[];
}

/** Google Cloud over these things; each answer is shaped as the page of its method says. */
export function googleOf(cloud: Cloud): Handler {
  const { token, instances = [], jobs = [] } = cloud;
  return (ask) => {
    if (ask.call === 'GET /tokeninfo')
      // https://developers.google.com/identity/sign-in/web/backend-auth#calling-the-tokeninfo-endpoint
      return json({
        azp: '1.apps.googleusercontent.com',
        email: 'ada@example.com',
        expires_in: '3000',
      });
    if (ask.authorization !== `Bearer ${token}`) return unauthorized;
    const { call, query } = ask;
    if (call === `GET /compute/v1/projects/${PROJECT}/aggregated/instances`)
      return list(cloud, query);
    if (call === `GET /compute/v1/projects/${PROJECT}/aggregated/machineTypes`) {
      const name = /^name=(.+)$/.exec(query.get('filter') ?? '')?.[1] ?? '';
      const types = MACHINE_TYPES[name] ? [{ name, ...MACHINE_TYPES[name] }] : [];
      return json({ items: { 'zones/us-central1-a': { machineTypes: types } } });
    }
    if (call === `GET /compute/v1/projects/${PROJECT}/aggregated/disks`)
      return json({
        kind: 'compute#diskAggregatedList',
        items: { 'zones/us-central1-a': { disks: cloud.disks ?? [] } },
      });
    if (call === `GET /compute/v1/projects/${PROJECT}/aggregated/addresses`)
      return json({
        kind: 'compute#addressAggregatedList',
        items: { 'regions/us-central1': { addresses: cloud.addresses ?? [] } },
      });
    if (call === `GET /v3/projects/${PROJECT}/timeSeries`) {
      const metric = /metric.type="([^"]+)"/.exec(query.get('filter') ?? '')?.[1] ?? '';
      return json({ timeSeries: cloud.series?.[metric] ?? [] });
    }
    const [, service] = /^GET \/v1\/services\/([\w-]+)\/skus$/.exec(call) ?? [];
    if (service)
      return json({
        skus: service === '6F81-5844-456A' ? COMPUTE_SKUS : VERTEX_SKUS,
        nextPageToken: '',
      });
    const [, region] =
      /^GET \/v1\/projects\/ada-lab\/locations\/([\w-]+)\/customJobs$/.exec(call) ?? [];
    if (region)
      return json({
        customJobs: jobs.filter(({ name }) => name.includes(`/locations/${region}/`)),
      });
    return one(ask, instances, jobs, cloud);
  };
}

/** https://cloud.google.com/compute/docs/reference/rest/v1/instances/aggregatedList */
function list(
  { instances = [], silent = [], pageSize = 500 }: Cloud,
  query: URLSearchParams,
): Reply {
  const from = Number(query.get('pageToken') ?? 0);
  const page = instances.slice(from, from + pageSize);
  const zoneOf = ({ zone }: CloudInstance) => `zones/${zone.split('/').at(-1)}`;
  const items: Record<string, unknown> = {
    'zones/europe-west4-a': {
      warning: {
        code: 'NO_RESULTS_ON_PAGE',
        message: "There are no results for scope 'zones/europe-west4-a' on this page.",
      },
    },
  };
  for (const [zone, there] of Map.groupBy(page, zoneOf))
    if (!silent.includes(zone.slice(6))) items[zone] = { instances: there.map(keysOnly) };
  for (const zone of silent)
    items[`zones/${zone}`] = {
      warning: { code: 'UNREACHABLE', message: 'The zone could not be reached.' },
    };
  const more = from + pageSize < instances.length;
  return json({
    kind: 'compute#instanceAggregatedList',
    items,
    ...(more && { nextPageToken: String(from + pageSize) }),
  });
}

/** The list is asked for the names of metadata only. */
function keysOnly(one: CloudInstance): Words {
  const { items = [] } = (one.metadata ?? {}) as { items?: { key: string }[] };
  return { ...one, metadata: { items: items.map(({ key }) => ({ key })) } };
}

/** What is done with single things. */
function one(
  { call, query }: Ask,
  instances: CloudInstance[],
  jobs: ReturnType<typeof customJob>[],
  cloud: Cloud,
): Reply {
  const compute =
    /^(\w+) \/compute\/v1\/projects\/ada-lab\/zones\/([\w-]+)\/(\w+)\/([\w-]+)(\/\w+)?$/.exec(call);
  if (compute) {
    const [, method, zone, kind, name = '', action] = compute;
    if (kind === 'machineTypes')
      return MACHINE_TYPES[name] ? json({ name, ...MACHINE_TYPES[name] }) : missing;
    const found = instances.find((each) => each.name === name && each.zone.endsWith(`/${zone}`));
    if (!found) return missing;
    if (action === '/testIamPermissions') return json({ permissions: cloud.permissions ?? [] });
    if (method === 'GET') return json(found);
    if (method === 'POST' && action === '/stop') {
      const local = (found.disks as Words[]).some(({ type }) => type === 'SCRATCH');
      // https://cloud.google.com/compute/docs/reference/rest/v1/instances/stop
      if (local && query.get('discardLocalSsd') !== 'true')
        return google(
          400,
          'VM has a Local SSD attached but an undefined value for `discard-local-ssd`.',
        );
      found.status = 'TERMINATED';
      found.lastStopTimestamp = '2026-01-02T12:00:00.000-08:00';
      return json({ kind: 'compute#operation', operationType: 'stop', status: 'RUNNING' });
    }
    if (method === 'DELETE') {
      instances.splice(instances.indexOf(found), 1);
      return json({ kind: 'compute#operation', operationType: 'delete', status: 'RUNNING' });
    }
  }
  const [, method, name, action] =
    /^(\w+) \/v1\/(projects\/[\w-]+\/locations\/[\w-]+\/customJobs\/\w+)(:cancel)?$/.exec(call) ??
    [];
  const job = jobs.find((each) => each.name.split('/').at(-1) === name?.split('/').at(-1));
  if (!job) return missing;
  if (method === 'POST' && action) {
    job.state = 'JOB_STATE_CANCELLING';
    return json({});
  }
  return json(job);
}

/** Errors as https://cloud.google.com/apis/design/errors#http_mapping has them. */
export function google(
  code: number,
  message: string,
  headers: Record<string, string> = {},
  status = '',
): Reply {
  return json({ error: { code, message, status } }, code, headers);
}

export const unauthorized = google(
  401,
  'Request had invalid authentication credentials. Expected OAuth 2 access token.',
  {},
  'UNAUTHENTICATED',
);
export const forbidden = google(
  403,
  "Required 'compute.instances.list' permission for 'projects/ada-lab'",
  {},
  'PERMISSION_DENIED',
);
export const missing = google(
  404,
  "The resource 'projects/ada-lab' was not found",
  {},
  'NOT_FOUND',
);
