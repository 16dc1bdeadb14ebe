import { z } from 'zod';
import type { Account } from '../../model/account.ts';
import { SECOND } from '../../model/time.ts';
import { keyRemedy, readKey } from '../api_key.ts';
import { NotFound, RestClient } from '../rest.ts';
import { SourceError, type Surroundings } from '../source.ts';
import { placesOf } from './places.ts';
import type { Settings } from './settings.ts';

/**
 * What is read of an instance; the API tells more, tokens among it. Prices are US dollars an hour.
 * https://docs.vast.ai/api-reference/instances/show-instances
 */
export const Instance = z.object({
  id: z.number().int(),
  label: z.string().nullish(),
  /** Of the container: null while it is prepared, then loading, running, exited and others. */
  actual_status: z.string().nullish(),
  /** Of the hardware: running, stopped or, once it is let go, unloaded. */
  cur_state: z.string().nullish(),
  /** What the user wants: running, stopped or frozen. */
  intended_status: z.string().nullish(),
  /** Seconds since 1970, when the contract began. */
  start_date: z.number().nullish(),
  uptime_mins: z.number().nullish(),
  num_gpus: z.number().int().nonnegative().nullish(),
  gpu_name: z.string().nullish(),
  /** Percent. */
  gpu_util: z.number().nullish(),
  /** Memory in use in GiB, and what there is of it in MiB. */
  vmem_usage: z.number().nullish(),
  gpu_totalram: z.number().nullish(),
  cpu_cores_effective: z.number().nullish(),
  public_ipaddr: z.string().nullish(),
  geolocation: z.string().nullish(),
  machine_id: z.number().int().nullish(),
  is_bid: z.boolean().nullish(),
  dph_total: z.number().nonnegative(),
  disk_space: z.number().nonnegative().nullish(),
  /** What its disk costs, within dph_total. */
  storage_total_cost: z.number().nonnegative().nullish(),
  /** The share by which a reserved instance is cheaper, and what it costs then. */
  credit_discount: z.number().nullish(),
  instance: z.object({ discountedTotalPerHour: z.number().nullish() }).nullish(),
  volume_info: z.array(z.unknown()).nullish(),
});
export type Instance = z.infer<typeof Instance>;

const Page = z.object({ instances: z.array(Instance), next_token: z.string().nullish() });
const One = z.object({ instances: Instance.nullish() });
const Done = z.object({ success: z.boolean().nullish(), msg: z.string().nullish() });

/** The most that a page holds. */
const PAGE = 25;
/** So many pages are more than any account has, and would take longer than the deadline. */
const MAX_PAGES = 200;
/** `minimum interval between requests for a given endpoint`, whose threshold is 1 s. */
const SPACING_MS = SECOND;

/** The calls that Burnrate makes of Vast.ai. https://docs.vast.ai/api-reference/introduction */
export interface Api {
  /** Every instance. https://docs.vast.ai/api-reference/instances/show-instances */
  list(signal: AbortSignal): Promise<Instance[]>;
  /** A NotFound where it is gone. https://docs.vast.ai/api-reference/instances/show-instance */
  get(id: string, signal: AbortSignal): Promise<Instance>;
  /** https://docs.vast.ai/api-reference/instances/manage-instance */
  stop(id: number, signal: AbortSignal): Promise<void>;
  /** https://docs.vast.ai/api-reference/instances/destroy-instance */
  destroy(id: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

export function openApi(account: Account, surroundings: Surroundings, { url }: Settings): Api {
  const places = placesOf(surroundings);
  const rest = new RestClient({
    account: account.id,
    service: 'Vast.ai',
    baseUrl: url,
    clock: surroundings.clock,
    key: () => readKey(account, places, surroundings),
    remedy: keyRemedy(account, places),
    spacingMs: SPACING_MS,
  });
  const failed = (message: string) =>
    new SourceError('malformed', {
      account: account.id,
      message: `Vast.ai: ${message}`,
      remedy:
        'Burnrate tries again by itself; if it stays, look at https://cloud.vast.ai/instances/.',
    });

  async function change(method: 'PUT' | 'DELETE', id: number, body: object, signal: AbortSignal) {
    const path = `/api/v0/instances/${id}/`;
    const { success, msg } = await rest.ask({ method, path, body, schema: Done, signal });
    if (success === false) throw failed(`it did not accept that for ${id}: ${msg ?? 'no reason'}`);
  }

  return {
    /** A page that cannot be read rejects all: half a list would look like ended instances. */
    async list(signal) {
      const instances: Instance[] = [];
      let token: string | null | undefined;
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const query = new URLSearchParams({
          limit: String(PAGE),
          order_by: '[{"col":"id","dir":"asc"}]',
          ...(token && { after_token: token }),
        });
        const path = `/api/v1/instances/?${query}`;
        const { instances: some, next_token } = await rest.ask({ path, schema: Page, signal });
        instances.push(...some);
        if (!next_token) return instances;
        if (next_token === token) throw failed('its list of instances goes round in circles');
        token = next_token;
      }
      throw failed('its list of instances does not end');
    },
    async get(id, signal) {
      const path = `/api/v0/instances/${encodeURIComponent(id)}/?owner=me`;
      const { instances: found } = await rest.ask({ path, schema: One, signal });
      if (found) return found;
      throw new NotFound('malformed', {
        account: account.id,
        message: `Vast.ai: there is no instance ${id}`,
        remedy: 'It has been destroyed.',
      });
    },
    stop: (id, signal) => change('PUT', id, { state: 'stopped' }, signal),
    destroy: (id, signal) => change('DELETE', id, {}, signal),
    close: () => rest.close(),
  };
}
