import { z } from 'zod';
import type { Account } from '../../model/account.ts';
import { SECOND } from '../../model/time.ts';
import { keyRemedy, readKey } from '../api_key.ts';
import { RestClient } from '../rest.ts';
import type { Surroundings } from '../source.ts';
import { PLACES } from './places.ts';
import type { Settings } from './settings.ts';

/**
 * What is read of an instance; the API tells more, a token for its notebooks among it.
 * https://docs.lambda.ai/api/cloud, schema Instance
 */
export const Instance = z.object({
  id: z.string().min(1),
  name: z.string().nullish(),
  ip: z.string().nullish(),
  private_ip: z.string().nullish(),
  hostname: z.string().nullish(),
  /** booting, active, unhealthy, terminating, terminated or preempted; maybe others one day. */
  status: z.string(),
  file_system_names: z.array(z.string()),
  region: z.object({ name: z.string() }),
  instance_type: z.object({
    name: z.string(),
    gpu_description: z.string().nullish(),
    price_cents_per_hour: z.number().nonnegative(),
    specs: z.object({
      vcpus: z.number().int().nonnegative(),
      storage_gib: z.number().nonnegative(),
      gpus: z.number().int().nonnegative(),
    }),
  }),
  is_reserved: z.boolean().nullish(),
  actions: z
    .object({
      terminate: z
        .object({ available: z.boolean(), reason_description: z.string().nullish() })
        .optional(),
    })
    .optional(),
  tags: z.array(z.object({ key: z.string(), value: z.string() })).nullish(),
});
export type Instance = z.infer<typeof Instance>;

/** https://docs.lambda.ai/api/cloud, schema Filesystem */
export const Filesystem = z.object({
  id: z.string().min(1),
  name: z.string(),
  is_in_use: z.boolean(),
  region: z.object({ name: z.string() }),
  /** Told every few hours at most. */
  bytes_used: z.number().nonnegative().nullish(),
});
export type Filesystem = z.infer<typeof Filesystem>;

const one = z.object({ data: Instance });
const many = z.object({ data: z.array(Instance) });
const filesystems = z.object({ data: z.array(Filesystem) });
const terminated = z.object({ data: z.object({ terminated_instances: z.array(Instance) }) });

/** `Requests to the API are generally limited to one request per second.` */
const SPACING_MS = SECOND;

/** The calls that Burnrate makes of Lambda's Cloud API. https://docs.lambda.ai/api/cloud */
export interface Api {
  /** https://docs.lambda.ai/api/cloud#listInstances */
  list(signal: AbortSignal): Promise<Instance[]>;
  /** https://docs.lambda.ai/api/cloud#getInstance. Rejects with a NotFound where it is gone. */
  get(id: string, signal: AbortSignal): Promise<Instance>;
  /** https://docs.lambda.ai/api/cloud#terminateInstance */
  terminate(id: string, signal: AbortSignal): Promise<void>;
  /** https://docs.lambda.ai/api/cloud#listFilesystems */
  filesystems(signal: AbortSignal): Promise<Filesystem[]>;
  close(): void;
}

export function openApi(account: Account, surroundings: Surroundings, { url }: Settings): Api {
  const rest = new RestClient({
    account: account.id,
    service: 'Lambda Cloud',
    baseUrl: url,
    clock: surroundings.clock,
    key: () => readKey(account, PLACES, surroundings),
    remedy: keyRemedy(account, PLACES),
    spacingMs: SPACING_MS,
  });
  return {
    list: async (signal) => (await rest.ask({ path: '/instances', schema: many, signal })).data,
    get: async (id, signal) =>
      (await rest.ask({ path: `/instances/${encodeURIComponent(id)}`, schema: one, signal })).data,
    async terminate(id, signal) {
      await rest.ask({
        method: 'POST',
        path: '/instance-operations/terminate',
        body: { instance_ids: [id] },
        schema: terminated,
        signal,
      });
    },
    filesystems: async (signal) =>
      (await rest.ask({ path: '/file-systems', schema: filesystems, signal })).data,
    close: () => rest.close(),
  };
}
