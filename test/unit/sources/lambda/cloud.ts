import { type Handler, json, type Reply } from '../service.ts';

/** An instance as the API describes it; the schema is Instance in https://docs.lambda.ai/api/cloud. */
export interface CloudInstance extends Record<string, unknown> {
  id: string;
  status: string;
}

/** The documentation's own example of an instance, changed where a test needs it. */
export function instance(changes: Partial<CloudInstance> = {}): CloudInstance {
  return {
    id: '0920582c7ff041399e34823a0be62549',
    name: 'My Instance',
    ip: '198.51.100.2',
    private_ip: '10.0.2.100',
    status: 'active',
    ssh_key_names: ['My SSH key'],
    file_system_names: ['my-filesystem'],
    file_system_mounts: [
      {
        mount_point: '/lambda/nfs/my-filesystem',
        file_system_id: 'a098b0c7ff041399e34823a0be62549',
      },
    ],
    region: { name: 'us-west-1', description: 'California, USA' },
    instance_type: {
      name: 'gpu_8x_h100_sxm5gdr',
      description: '8x H100 (80 GB SXM5)',
      gpu_description: 'H100 (80 GB SXM5)',
      price_cents_per_hour: 3592,
      specs: { vcpus: 208, memory_gib: 1800, storage_gib: 24780, gpus: 8 },
    },
    hostname: 'headnode1',
    jupyter_token: '03b7d30d9d3e4d8fa41657bc0d478c1b',
    jupyter_url:
      'https://jupyter-249e1ccf.lambdaspaces.com/?token=03b7d30d9d3e4d8fa41657bc0d478c1b',
    is_reserved: false,
    actions: {
      migrate: { available: true },
      rebuild: { available: true },
      restart: { available: true },
      cold_reboot: { available: true },
      terminate: { available: true },
    },
    tags: [{ key: 'team', value: 'vision' }],
    ...changes,
  };
}

/**
 * Lambda's Cloud API over these instances: listInstances, listFilesystems, getInstance and terminateInstance of
 * https://docs.lambda.ai/api/cloud.
 */
export function cloudOf(
  key: string,
  instances: CloudInstance[],
  filesystems: unknown[] = [],
): Handler {
  return ({ call, authorization, body }) => {
    if (authorization !== `Bearer ${key}`) return unauthorized;
    if (call === 'GET /api/v1/instances') return json({ data: instances });
    if (call === 'GET /api/v1/file-systems') return json({ data: filesystems });
    const [, id] = /^GET \/api\/v1\/instances\/(\w+)$/.exec(call) ?? [];
    if (id) {
      const found = instances.find((one) => one.id === id);
      return found ? json({ data: found }) : missing;
    }
    if (call !== 'POST /api/v1/instance-operations/terminate') return notFound;
    const { instance_ids: ids } = body as { instance_ids: string[] };
    const targets = instances.filter((one) => ids.includes(one.id));
    if (targets.length < ids.length) return missing;
    for (const target of targets) target.status = 'terminating';
    return json({ data: { terminated_instances: targets } });
  };
}

function failure(status: number, code: string, message: string, suggestion?: string): Reply {
  return json({ error: { code, message, ...(suggestion && { suggestion }) } }, status);
}

/** The errors of the same page: ApiErrorUnauthorized, ...AccountInactive and so on. */
export const unauthorized = failure(
  401,
  'global/invalid-api-key',
  'API key was invalid, expired, or deleted.',
  'Check your API key or create a new one, then try again.',
);
export const inactive = failure(403, 'global/account-inactive', 'Your account is inactive.');
export const missing = failure(
  404,
  'global/object-does-not-exist',
  'Specified instance does not exist.',
);
export const notFound = failure(404, 'global/not-found', 'Not found.');
export const unavailable = failure(
  503,
  'provider/internal-unavailable',
  'Provider unavailable',
  'Try again shortly',
);
