import { type Ask, type Handler, json, type Reply } from '../service.ts';

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

/** A SKU as https://cloud.google.com/billing/docs/reference/rest/v1/services.skus/list has it. */
export function sku(description: string, dollars: number, more: Words = {}): Words {
  const memory = / ram\b/i.test(description);
  const disk = /local storage|capacity/i.test(description);
  const [usageUnit, baseUnit, factor] = disk
    ? (['GiBy.mo', 'By.s', 2 ** 30 * 2_592_000] as const)
    : memory
      ? (['GiBy.h', 'By.s', 2 ** 30 * 3600] as const)
      : (['h', 's', 3600] as const);
  return {
    name: 'services/6F81-5844-456A/skus/2922-40C5-B19F',
    skuId: '2922-40C5-B19F',
    description,
    category: {
      serviceDisplayName: 'Compute Engine',
      resourceFamily: 'Compute',
      resourceGroup: memory ? 'RAM' : 'CPU',
      usageType: /preemptible/i.test(description) ? 'Preemptible' : 'OnDemand',
    },
    serviceRegions: ['us-central1'],
    pricingInfo: [
      {
        summary: '',
        pricingExpression: {
          usageUnit,
          displayQuantity: 1,
          tieredRates: [{ startUsageAmount: 0, unitPrice: money(dollars) }],
          baseUnit,
          baseUnitConversionFactor: factor,
        },
        currencyConversionRate: 1,
        effectiveTime: '2026-01-01T00:00:00Z',
      },
    ],
    ...more,
  };
}

function money(dollars: number): Words {
  const nanos = Math.round(dollars * 1e9);
  const units = Math.floor(nanos / 1e9);
  return { currencyCode: 'USD', units: String(units), nanos: nanos - units * 1e9 };
}

/** The list's own descriptions, from https://cloud.google.com/skus, with prices of 2026. */
export const COMPUTE_SKUS = [
  sku('A2 Instance Core running in Americas', 0.031611),
  sku('A2 Instance Ram running in Americas', 0.004237),
  sku('Nvidia Tesla A100 GPU running in Americas', 2.933908),
  sku('Nvidia Tesla A100 80GB GPU running in Americas', 3.927),
  sku('Spot Preemptible A2 Instance Core running in Americas', 0.00948),
  sku('Spot Preemptible A2 Instance Ram running in Americas', 0.00127),
  sku('Nvidia Tesla A100 GPU attached to Spot Preemptible VMs running in Americas', 0.88),
  sku('A3 Instance Core running in Americas', 0.029323),
  sku('A3 Instance Ram running in Americas', 0.002553),
  sku('Nvidia H100 80GB GPU running in Americas', 9.79655),
  sku('DWS Defined Duration A3 Core running in Americas', 0.010934),
  sku('DWS Defined Duration A3 Ram running in Americas', 0.000952),
  sku('Nvidia H100 80GB GPU attached to DWS Defined Duration VMs running in Americas', 4.200761),
  sku('DWS Defined Duration SSD backed Local Storage running in Americas', 0.08),
  sku('N1 Predefined Instance Core running in Americas', 0.031611),
  sku('N1 Predefined Instance Ram running in Americas', 0.004237),
  sku('Nvidia Tesla T4 GPU running in Americas', 0.35),
  sku('SSD backed Local Storage', 0.08),
  sku('Balanced PD Capacity', 0.1),
  sku('Regional Balanced PD Capacity', 0.2),
  sku('Commitment v1: A2 Cpu in Americas for 1 Year', 0.02),
  sku('Reserved Nvidia Tesla A100 GPU in Americas', 1),
  sku('A2 Instance Core running in Frankfurt', 9, { serviceRegions: ['europe-west3'] }),
];
export const VERTEX_SKUS = [
  sku('Vertex AI: Training/Pipelines on N1 Predefined Instance Core running in Iowa', 0.0421268),
  sku('Vertex AI: Training/Pipelines on N1 Predefined Instance Ram running in Iowa', 0.0056463),
  sku('Vertex AI: Training/Pipelines on NVIDIA Tesla T4 GPU running in Iowa', 0.4025),
  sku('Vertex AI: Training/Pipelines on NVIDIA H100 80GB in Iowa', 11.2660332),
  sku('Vertex AI: Training/Pipelines on A3 Instance Core in Iowa', 0.0293227),
  sku('Vertex AI: Training/Pipelines on A3 Instance RAM in Iowa', 0.0025534),
  sku('Vertex AI: Training/Pipelines management fee on NVIDIA H100 80GB in Iowa', 1.4694826),
  sku('Vertex AI: Training/Pipelines management fee on A3 Instance Core in Iowa', 0.0038247),
  sku('Vertex AI: Training/Pipelines management fee on A3 Instance RAM in Iowa', 0.0003331),
];

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
