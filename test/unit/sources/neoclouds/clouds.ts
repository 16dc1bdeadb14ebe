import { signed } from '@burnrate/shared/sources/crusoe/signature.ts';
import { type Handler, json, type Reply } from '../service.ts';

type Shape = Record<string, unknown>;

/** A GPU Droplet by https://docs.digitalocean.com/reference/api/reference/droplets */
export function droplet(changes: Shape = {}): Shape {
  return {
    id: 3164444,
    name: 'train-7b',
    memory: 1966080,
    vcpus: 160,
    disk: 2046,
    locked: false,
    status: 'active',
    created_at: '2026-11-20T18:37:44Z',
    features: ['private_networking'],
    backup_ids: [],
    snapshot_ids: [67512819],
    image: { id: 1, slug: 'gpu-h100x8-base' },
    volume_ids: ['506f78a4-e098-11e5-ad9f-000f53306ae1'],
    size: {
      slug: 'gpu-h100x8-640gb',
      price_monthly: 17795.09,
      price_hourly: 23.92,
      gpu_info: { count: 8, model: 'nvidia_h100', vram: { amount: 640, unit: 'gib' } },
    },
    size_slug: 'gpu-h100x8-640gb',
    networks: { v4: [{ ip_address: '104.236.32.182', type: 'public' }], v6: [] },
    region: { slug: 'tor1', name: 'Toronto 1' },
    tags: ['env:prod'],
    ...changes,
  };
}

export function digitaloceanOf(
  key: string,
  droplets: Shape[],
  { volumes = [], addresses = [] }: { volumes?: Shape[]; addresses?: Shape[] } = {},
): Handler {
  return ({ call, authorization, query }) => {
    if (authorization !== `Bearer ${key}`)
      return json({ id: 'unauthorized', message: 'Unable to authenticate you' }, 401);
    if (call === 'GET /v2/volumes') return json({ volumes, links: {} });
    if (call === 'GET /v2/reserved_ips') return json({ reserved_ips: addresses, links: {} });
    if (call === 'GET /v2/droplets') {
      if (query.get('type') !== 'gpus') return json({ droplets: [] });
      // Two pages, so that a client that stops after the first is found out.
      const page = Number(query.get('page'));
      const next = page === 1 ? 'https://api.digitalocean.com/v2/droplets?page=2' : undefined;
      return json({
        droplets: page === 1 ? droplets.slice(0, 1) : droplets.slice(1),
        links: next ? { pages: { next } } : {},
        meta: { total: droplets.length },
      });
    }
    return single(call, /^(GET|DELETE) \/v2\/droplets\/(\d+)$/, droplets, 'id', {
      GET: (found) => json({ droplet: found }),
      DELETE: (found) => {
        droplets.splice(droplets.indexOf(found), 1);
        return { status: 204, body: '' };
      },
    });
  };
}

/** A machine by https://docs.hyperstack.cloud/docs/api-reference/schemas/instancefields */
export function machine(changes: Shape = {}): Shape {
  return {
    id: 6480,
    name: 'train-7b',
    status: 'ACTIVE',
    environment: { id: 1, name: 'default-CANADA-1', region: 'CANADA-1' },
    flavor: {
      id: 95,
      name: 'n3-H100x8',
      cpu: 252,
      ram: 1440,
      disk: 100,
      ephemeral: 6500,
      gpu: 'H100-80G-PCIe',
      gpu_count: 8,
    },
    volume_attachments: [{ volume: { id: 1, name: 'datasets', size: 500 }, status: 'ATTACHED' }],
    fixed_ip: '10.1.0.4',
    floating_ip: '38.80.122.9',
    contract_id: null,
    created_at: '2026-11-20T18:37:44',
    labels: ['vision'],
    ...changes,
  };
}

/** `discount_applied` shows that these are the account's own prices. */
const PRICEBOOK = [
  { id: 10, name: 'RTX-A4000', value: 0.15, original_value: 0.15, discount_applied: false },
  { id: 12, name: 'Cloud-SSD', value: 0.000096774, discount_applied: false },
  { id: 11, name: 'H100-80G-PCIe', value: 1.8, original_value: 1.9, discount_applied: true },
];

export function hyperstackOf(key: string, machines: Shape[], volumes: Shape[] = []): Handler {
  return ({ call, headers }) => {
    if (headers.api_key !== key) return json({ status: false, message: 'Unauthorized' }, 401);
    if (call === 'GET /v1/pricebook') return json(PRICEBOOK);
    if (call === 'GET /v1/core/volumes')
      return json({ status: true, volumes, count: volumes.length, page: 1 });
    if (call === 'GET /v1/core/virtual-machines')
      return json({ status: true, instances: machines, count: machines.length, page: 1 });
    const [, path] = /^GET (\/.+)\/hibernate$/.exec(call) ?? [];
    const ask = path ? `HIBERNATE ${path}` : call;
    return single(ask, /^(\w+) \/v1\/core\/virtual-machines\/(\d+)$/, machines, 'id', {
      GET: (found) => json({ status: true, instance: found }),
      HIBERNATE: (found) => {
        found.status = 'HIBERNATING';
        return json({ status: true, message: 'Hibernating' });
      },
      DELETE: (found) => {
        machines.splice(machines.indexOf(found), 1);
        return json({ status: true, message: 'Deleting' });
      },
    });
  };
}

/** An instance by https://github.com/fluidstackio/fluidstack-typescript-sdk, InstanceResponse */
export function fluidstackInstance(changes: Shape = {}): Shape {
  return {
    id: 'i-1f6b2a',
    name: 'train-7b',
    status: 'running',
    username: 'ubuntu',
    ssh_port: '22',
    ssh_keys: ['ada'],
    ip_address: '38.80.122.9',
    current_gpu_hr_cost: 2.1,
    configuration: {
      id: 'c-1',
      gpu_model: { name: 'H100_PCIE_80GB', memory_size_gb: 80 },
      cpu_model: 'EPYC 9654',
      gpu_count: 8,
      cpu_count: 252,
      nvme_storage_size_gb: 6400,
      memory_size_gb: 1440,
      region: 'CANADA',
    },
    created_at: '2026-11-20T18:37:44Z',
    volumes: [],
    ...changes,
  };
}

/** Pages of ten, counted from one. */
export function fluidstackOf(key: string, instances: Shape[]): Handler {
  return ({ call, headers, query }) => {
    if (headers['api-key'] !== key) return json({ error: 'Invalid API key' }, 401);
    if (call === 'GET /instances') {
      const page = Number(query.get('page') ?? 1);
      return json(instances.slice(10 * (page - 1), 10 * page));
    }
    const ask = call.replace(/^PUT (.+)\/stop$/, 'STOP $1');
    return single(ask, /^(\w+) \/instances\/([\w-]+)$/, instances, 'id', {
      GET: (found) => json(found),
      STOP: (found) => {
        Object.assign(found, { status: 'stopping' });
        return json(found);
      },
      DELETE: (found) => {
        instances.splice(instances.indexOf(found), 1);
        return json(found);
      },
    });
  };
}

const PROJECT = '09ae8411-0fbb-411c-898c-2b8f19622ae1';

/** An instance by https://docs.crusoecloud.com/api, definition InstanceV1 */
export function crusoeInstance(changes: Shape = {}): Shape {
  return {
    id: 'ca39e669-47ee-456b-968d-303234fbf99f',
    name: 'train-7b',
    project_id: PROJECT,
    state: 'RUNNING',
    type: 'h100-80gb-sxm-ib.8x',
    location: 'us-east1-a',
    billing_type: 'On-demand',
    created_at: '2026-11-20T19:58:34Z',
    updated_at: '2026-11-20T19:58:34Z',
    disks: [{ id: 'd1', name: 'datasets', type: 'persistent-ssd', size: '1TiB' }],
    host_channel_adapters: [],
    maintenance_policy: 'manual',
    network_interfaces: [
      {
        external_dns_name: 'train-7b.us-east1-a.compute.crusoecloud.app',
        ips: [
          { private_ipv4: { address: '172.27.16.5' }, public_ipv4: { address: '204.52.24.9' } },
        ],
      },
    ],
    ...changes,
  };
}

/** Checks the signature as Crusoe does: with the same secret, at the time the request names. */
export function crusoeOf({ id, secret }: { id: string; secret: string }, all: Shape[]): Handler {
  return ({ call, query, headers, body }) => {
    const [method = '', path = ''] = call.split(' ');
    const url = new URL(`http://crusoe${path}?${query}`);
    const now = Date.parse(String(headers['x-crusoe-timestamp']));
    const expected = Number.isNaN(now) ? undefined : signed({ method, url }, { id, secret, now });
    if (headers.authorization !== expected?.authorization)
      return json({ code: '401', message: 'bad_credential' }, 401);
    if (path === '/v1/organizations/projects')
      return json({ items: [{ id: PROJECT, name: 'Admin' }] });
    const instances = `/v1/projects/${PROJECT}/compute/vms/instances`;
    if (path === instances && method === 'GET') {
      const second = query.get('next_token') === 'c2Vjb25k';
      return json({
        items: second ? all.slice(1) : all.slice(0, 1),
        next_page_token: second ? '' : 'c2Vjb25k',
      });
    }
    return single(`${method} ${path.replace(instances, '')}`, /^(PATCH) \/(.+)$/, all, 'id', {
      PATCH: (found) => {
        if ((body as Shape).action !== 'STOP') return json({ code: '400' }, 400);
        found.state = 'STOPPING';
        return json({ operation: { state: 'IN_PROGRESS' } });
      },
    });
  };
}

/** A cluster by https://docs.together.ai/reference/clusters-list */
export function cluster(changes: Shape = {}): Shape {
  const worker = (id: number) => ({
    node_id: `node-${id}`,
    node_name: `worker-${id}`,
    host_name: `host-${id}`,
    status: 'Running',
    num_cpu_cores: 192,
    num_gpus: 8,
    memory_gib: 1900,
    networks: [],
  });
  return {
    cluster_id: 'cl-4711',
    cluster_name: 'train-7b',
    cluster_type: 'KUBERNETES',
    region: 'us-central-8',
    gpu_type: 'H100_SXM',
    num_gpus: 16,
    status: 'Ready',
    volumes: [{ volume_id: 'v1', volume_name: 'datasets', size_tib: 4, status: 'bound' }],
    control_plane_nodes: [],
    gpu_worker_nodes: [worker(1), worker(2)],
    kube_config: 'apiVersion: v1, token: secret-of-the-cluster',
    ...changes,
  };
}

export function togetherOf(key: string, clusters: Shape[]): Handler {
  return ({ call, authorization }) => {
    if (authorization !== `Bearer ${key}`)
      return json({ error: { message: 'Invalid API key provided', type: 'invalid_request' } }, 401);
    if (call === 'GET /v1/compute/clusters') return json({ clusters });
    return single(call, /^(GET|DELETE) \/v1\/compute\/clusters\/(.+)$/, clusters, 'cluster_id', {
      GET: (found) => json(found),
      DELETE: (found) => {
        found.status = 'Deleting';
        return json({ cluster_id: found.cluster_id });
      },
    });
  };
}

/** What a call on one thing of a list answers. */
function single(
  call: string,
  pattern: RegExp,
  all: readonly Shape[],
  idField: string,
  verbs: Record<string, (found: Shape) => Reply>,
): Reply {
  const [, verb = '', id] = pattern.exec(call) ?? [];
  const found = all.find((one) => String(one[idField]) === id);
  const answer = verbs[verb];
  return found && answer
    ? answer(found)
    : json({ message: 'The resource you were accessing could not be found.' }, 404);
}
