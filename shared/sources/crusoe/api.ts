import { z } from 'zod';
import type { Account } from '../../model/account.ts';
import { openRest } from '../rental_source.ts';
import { NotFound } from '../rest.ts';
import { SourceError, type Surroundings } from '../source.ts';
import { PLACES } from './index.ts';
import { signed } from './signature.ts';

const Address = z.object({ address: z.string().nullish() }).nullish();

/** https://docs.crusoecloud.com/api, definition InstanceV1 */
export const Instance = z.object({
  id: z.string().min(1),
  name: z.string().nullish(),
  project_id: z.string(),
  /** RUNNING, STOPPED and others, in older answers with `STATE_` before it. */
  state: z.string(),
  /** `a100.2x`: the product, and how many GPUs. */
  type: z.string(),
  location: z.string(),
  billing_type: z.string().nullish(),
  reservation_id: z.string().nullish(),
  created_at: z.string().nullish(),
  disks: z.array(z.object({ name: z.string().nullish(), type: z.string().nullish() })).nullish(),
  network_interfaces: z
    .array(
      z.object({
        external_dns_name: z.string().nullish(),
        ips: z.array(z.object({ private_ipv4: Address, public_ipv4: Address })).nullish(),
      }),
    )
    .nullish(),
});
export type Instance = z.infer<typeof Instance>;

const Projects = z.object({ items: z.array(z.object({ id: z.string() })) });
const Page = z.object({ items: z.array(Instance), next_page_token: z.string().nullish() });
const MAX_PAGES = 100;

/** The calls that Burnrate makes of Crusoe Cloud. https://docs.crusoecloud.com/api */
export interface Api {
  /** The instances of every project that the key may see. */
  list(signal: AbortSignal): Promise<Instance[]>;
  /** Rejects with a NotFound where it is gone. */
  get(id: string, signal: AbortSignal): Promise<Instance>;
  stop(instance: Instance, signal: AbortSignal): Promise<void>;
  close(): void;
}

export function openApi(account: Account, surroundings: Surroundings, url: string): Api {
  const { clock, env } = surroundings;
  const rest = openRest(account, surroundings, {
    places: PLACES,
    service: 'Crusoe Cloud',
    baseUrl: url,
    authorize(key, request) {
      const [id, secret] = key.includes(':') ? key.split(':', 2) : [env.CRUSOE_ACCESS_KEY_ID, key];
      if (id && secret) return signed(request, { id, secret, now: clock.now() });
      throw new SourceError('not-configured', {
        account: account.id,
        message: 'CRUSOE_SECRET_KEY is set, and the id that belongs to it is not',
        remedy: 'Set CRUSOE_ACCESS_KEY_ID to the id of the same key.',
      });
    },
  });
  const instances = (project: string) =>
    `/projects/${encodeURIComponent(project)}/compute/vms/instances`;

  async function inProject(project: string, signal: AbortSignal): Promise<Instance[]> {
    const found: Instance[] = [];
    let token: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const query = token ? `?${new URLSearchParams({ next_token: token })}` : '';
      const path = `${instances(project)}${query}`;
      const { items, next_page_token: next } = await rest.ask({ path, schema: Page, signal });
      found.push(...items);
      if (!next) return found;
      token = next;
    }
    throw new SourceError('malformed', {
      account: account.id,
      message: 'Crusoe Cloud: its list of instances does not end',
      remedy: 'Burnrate tries again by itself; if it stays, report this message.',
    });
  }

  async function list(signal: AbortSignal): Promise<Instance[]> {
    const path = '/organizations/projects';
    const { items } = await rest.ask({ path, schema: Projects, signal });
    return (await Promise.all(items.map(({ id }) => inProject(id, signal)))).flat();
  }

  return {
    list,
    async get(id, signal) {
      const found = (await list(signal)).find((instance) => instance.id === id);
      if (found) return found;
      throw new NotFound('malformed', {
        account: account.id,
        message: `Crusoe Cloud: there is no instance ${id}`,
        remedy: 'It has been deleted.',
      });
    },
    async stop({ id, project_id }, signal) {
      await rest.ask({
        method: 'PATCH',
        path: `${instances(project_id)}/${encodeURIComponent(id)}`,
        body: { action: 'STOP' },
        schema: z.unknown(),
        signal,
      });
    },
    close: () => rest.close(),
  };
}
