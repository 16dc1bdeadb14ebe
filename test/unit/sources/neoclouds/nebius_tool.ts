import type { CommandResult, Surroundings } from '@burnrate/shared/sources/source.ts';

export interface NebiusInstance {
  metadata: Record<string, unknown> & { id: string };
  spec: Record<string, unknown>;
  status: Record<string, unknown>;
}

/** https://github.com/nebius/api/blob/main/nebius/compute/v1/instance.proto, as its tool prints it. */
export function nebiusInstance(
  id = 'computeinstance-e00abc',
  status: Record<string, unknown> = {},
  spec: Record<string, unknown> = {},
): NebiusInstance {
  return {
    metadata: {
      id,
      parent_id: 'project-e00lab',
      name: 'train-7b',
      resource_version: '7',
      created_at: '2026-11-20T18:37:44.000Z',
      labels: { team: 'vision' },
    },
    spec: {
      resources: { platform: 'gpu-h100-sxm', preset: '8gpu-128vcpu-1600gb' },
      boot_disk: { attach_mode: 'READ_WRITE', existing_disk: { id: 'computedisk-e00abc' } },
      cloud_init_user_data: 'secret canary of cloud-init',
      ...spec,
    },
    status: {
      state: 'RUNNING',
      network_interfaces: [
        {
          ip_address: { address: '192.168.0.7/32' },
          public_ip_address: { address: '195.242.10.4/32' },
        },
      ],
      ...status,
    },
  };
}

/** A machine with the `nebius` tool, which keeps these instances. */
export function withNebius(instances: NebiusInstance[]): Pick<Surroundings, 'run' | 'readFile'> {
  const print = (value: unknown): CommandResult => ({
    code: 0,
    stdout: JSON.stringify(value),
    stderr: '',
  });
  return {
    readFile: async (path) =>
      path.endsWith('.nebius/config.yaml') ? 'current-profile: lab\n' : undefined,
    run: async (program, args, { signal }) => {
      signal.throwIfAborted();
      if (program !== 'nebius') throw Object.assign(new Error('spawn'), { code: 'ENOENT' });
      const [group, noun, verb] = args;
      if (group !== 'compute' || noun !== 'instance' || !args.includes('json'))
        return { code: 2, stdout: '', stderr: 'unknown command' };
      if (verb === 'list')
        return print({ items: args.includes('--all') ? instances : instances.slice(0, 1) });
      const found = instances.find(
        ({ metadata }) => metadata.id === args[args.indexOf('--id') + 1],
      );
      if (!found)
        return { code: 1, stdout: '', stderr: 'Error: rpc error: code = NotFound desc = gone' };
      if (verb === 'stop') found.status.state = 'STOPPING';
      return print(found);
    },
  };
}

/** The same tool, which fails in one way. */
export function failingNebius(result: CommandResult | (() => Promise<CommandResult>)) {
  return {
    ...withNebius([]),
    run: () => (typeof result === 'function' ? result() : Promise.resolve(result)),
  };
}
