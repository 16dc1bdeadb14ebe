import { type Ask, type Handler, json, type Reply } from '../service.ts';

/** An instance as https://docs.vast.ai/api-reference/instances/show-instances describes it. */
export interface CloudInstance extends Record<string, unknown> {
  id: number;
  actual_status: string | null;
  cur_state: string;
}

/** The documentation's own example, cut down, changed where a test needs it. */
export function instance(changes: Partial<CloudInstance> = {}): CloudInstance {
  return {
    id: 312,
    actual_status: 'running',
    cur_state: 'running',
    next_state: 'running',
    intended_status: 'running',
    label: 'ML Training Job 2025',
    image_uuid: 'nvidia/cuda:11.0.3-devel-ubuntu18.04',
    extra_env: [['WANDB_API_KEY', 'not for Burnrate']],
    jupyter_token: 'df77e27085bd4b3bd5d9024bdefb9e6df614b27adb0689e9d8f066fce5e01f0c',
    status_msg: 'success, running nvidia/cuda_11.0.3-devel-ubuntu18.04/ssh',
    public_ipaddr: '192.0.2.45',
    local_ipaddrs: '10.0.0.5 172.17.0.2',
    ssh_host: 'ssh123.vast.ai',
    machine_id: 12,
    start_date: 1668804745.1223178,
    end_date: 1735689600,
    uptime_mins: null,
    cpu_cores_effective: 4,
    vmem_usage: 0.543945,
    gpu_name: 'RTX 4090',
    gpu_totalram: 24576,
    gpu_util: 37,
    num_gpus: 1,
    geolocation: 'California, United States',
    is_bid: false,
    dph_base: 0.8,
    dph_total: 0.8021,
    disk_space: 10.08,
    storage_cost: 0.15,
    storage_total_cost: 0.0021,
    credit_discount: null,
    instance: { gpuCostPerHour: 0.8, totalHour: 0.8021, discountedTotalPerHour: 0.8021 },
    volume_info: [],
    ...changes,
  };
}

/**
 * Vast.ai over these instances: the paginated list of v1, and show, manage and destroy of v0.
 * https://docs.vast.ai/api-reference/instances/show-instances
 */
export function vastOf(key: string, instances: CloudInstance[]): Handler {
  return (ask) => {
    const { call, authorization, body } = ask;
    if (authorization !== `Bearer ${key}`) return unauthorized;
    if (call === 'GET /api/v1/instances/') return pageOf(ask, instances);
    const [, method, id] = /^(\w+) \/api\/v0\/instances\/(\d+)\/$/.exec(call) ?? [];
    if (!method) return missing;
    const found = instances.find((one) => String(one.id) === id);
    if (method === 'GET') return json({ instances: found ?? null });
    if (!found) return missing;
    if (method === 'DELETE') {
      instances.splice(instances.indexOf(found), 1);
      return json({ success: true, msg: 'Instance destroyed successfully' });
    }
    const { state } = body as { state: string };
    Object.assign(found, { intended_status: state, next_state: state });
    return json({ success: true });
  };
}

/** Sorted by id as was asked for; the token is the last id of the page before. */
function pageOf({ query }: Ask, instances: readonly CloudInstance[]): Reply {
  const limit = Math.min(25, Number(query.get('limit') ?? 25));
  const after = Number(query.get('after_token') ?? 0);
  const rest = instances.filter(({ id }) => id > after).sort((a, b) => a.id - b.id);
  const page = rest.slice(0, limit);
  return json({
    success: true,
    instances_found: page.length,
    total_instances: instances.length,
    next_token: rest.length > limit ? String(page.at(-1)?.id) : null,
    instances: page,
  });
}

/** https://docs.vast.ai/api-reference/rate-limits-and-errors */
export const unauthorized: Reply = json(
  { success: false, error: 'auth_error', msg: 'Invalid user key' },
  401,
);
export const forbidden: Reply = json(
  { success: false, error: 'forbidden', msg: 'This key lacks instance_read' },
  403,
);
export const missing: Reply = json(
  { success: false, error: 'not_found', msg: 'Instance not found' },
  404,
);
/** `often plain text`, and without Retry-After. */
export const tooMany: Reply = {
  status: 429,
  headers: { 'Content-Type': 'text/plain' },
  body: 'API requests too frequent: endpoint threshold=1.0',
};
