import { z } from 'zod';
import type { Account } from '../../model/account.ts';
import { HOUR, type Instant } from '../../model/time.ts';
import { openRest } from '../rental_source.ts';
import { SourceError, type Surroundings } from '../source.ts';
import { PLACES } from './index.ts';

/** https://docs.hyperstack.cloud/docs/api-reference/schemas/instancefields */
export const Machine = z.object({
  id: z.number().int(),
  name: z.string().nullish(),
  /** ACTIVE, SHUTOFF, HIBERNATED, ERROR, and what lies between; maybe others one day. */
  status: z.string(),
  created_at: z.string().nullish(),
  fixed_ip: z.string().nullish(),
  floating_ip: z.string().nullish(),
  contract_id: z.number().nullish(),
  labels: z.array(z.string()).nullish(),
  environment: z.object({ name: z.string().nullish(), region: z.string().nullish() }).nullish(),
  flavor: z.object({
    name: z.string(),
    cpu: z.number().nonnegative().nullish(),
    disk: z.number().nonnegative().nullish(),
    ephemeral: z.number().nonnegative().nullish(),
    gpu: z.string().nullish(),
    gpu_count: z.number().int().nonnegative().nullish(),
  }),
  volume_attachments: z
    .array(z.object({ volume: z.object({ name: z.string().nullish() }).nullish() }))
    .nullish(),
});
export type Machine = z.infer<typeof Machine>;

/** https://docs.hyperstack.cloud/docs/api-reference/list-volumes */
const Volume = z.object({
  id: z.number().int(),
  name: z.string().nullish(),
  size: z.number().nonnegative(),
  /** available, in-use, and what lies between. */
  status: z.string(),
  volume_type: z.string().nullish(),
  attachments: z.array(z.unknown()).nullish(),
  environment: z.object({ region: z.string().nullish(), name: z.string().nullish() }).nullish(),
});
export type Volume = z.infer<typeof Volume>;
const VolumePage = z.object({ volumes: z.array(Volume), count: z.number().nullish() });

const Page = z.object({ instances: z.array(Machine), count: z.number().nullish() });
const One = z.object({ instance: Machine });

/** https://docs.hyperstack.cloud/docs/api-reference/get-pricebook */
const PriceList = z.array(
  z.object({
    name: z.string(),
    value: z.number().nonnegative(),
    discount_applied: z.boolean().nullish(),
  }),
);

/** What an hour of each resource costs this account, by name, discounts included; and when read. */
export interface Prices {
  at: Instant;
  byName: ReadonlyMap<string, number>;
}

export interface Seen {
  machines: readonly Machine[];
  prices: Prices | undefined;
}

const PAGE = 100;
const MAX_PAGES = 100;

/** The calls that Burnrate makes of Hyperstack. Actions are GET requests there. */
export interface Api {
  /** https://docs.hyperstack.cloud/docs/api-reference/list-vms */
  list(signal: AbortSignal): Promise<Seen>;
  /** https://docs.hyperstack.cloud/docs/api-reference/get-vm */
  get(id: string, signal: AbortSignal): Promise<Machine>;
  /** https://docs.hyperstack.cloud/docs/api-reference/hibernate-vm */
  hibernate(id: number, signal: AbortSignal): Promise<void>;
  /** https://docs.hyperstack.cloud/docs/api-reference/delete-vm */
  delete(id: number, signal: AbortSignal): Promise<void>;
  /** https://docs.hyperstack.cloud/docs/api-reference/list-volumes */
  volumes(signal: AbortSignal): Promise<{ volumes: readonly Volume[]; prices: Prices }>;
  close(): void;
}

export function openApi(account: Account, surroundings: Surroundings, url: string): Api {
  const { clock } = surroundings;
  const rest = openRest(account, surroundings, {
    places: PLACES,
    service: 'Hyperstack',
    baseUrl: url,
    // https://docs.hyperstack.cloud/docs/api-reference/authentication
    authorize: (key) => ({ api_key: key }),
  });
  const at = (id: string | number) => `/core/virtual-machines/${encodeURIComponent(id)}`;
  let known: Prices | undefined;

  /** Every page of a list; `read` asks for one. */
  async function whole<Thing extends { id: number }>(
    what: string,
    read: (query: string) => Promise<{ some: readonly Thing[]; count?: number | null | undefined }>,
  ): Promise<Thing[]> {
    const all = new Map<number, Thing>();
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const { some, count } = await read(`page=${page}&page_size=${PAGE}`);
      const before = all.size;
      for (const thing of some) all.set(thing.id, thing);
      if (some.length < PAGE || all.size === before || all.size >= (count ?? Infinity))
        return [...all.values()];
    }
    throw new SourceError('malformed', {
      account: account.id,
      message: `Hyperstack: its list of ${what} does not end`,
      remedy: 'Burnrate tries again by itself; if it stays, report this message.',
    });
  }

  const machines = (signal: AbortSignal) =>
    whole('machines', async (query) => {
      const path = `/core/virtual-machines?${query}`;
      const { instances, count } = await rest.ask({ path, schema: Page, signal });
      return { some: instances, count };
    });
  const volumes = (signal: AbortSignal) =>
    whole('volumes', async (query) => {
      const path = `/core/volumes?${query}`;
      const answer = await rest.ask({ path, schema: VolumePage, signal });
      return { some: answer.volumes, count: answer.count };
    });

  /** Prices change rarely: read once an hour. Until a new list can be had, the last one counts. */
  async function prices(signal: AbortSignal): Promise<Prices> {
    const now = clock.now();
    if (known && now - known.at < HOUR) return known;
    try {
      const list = await rest.ask({ path: '/pricebook', schema: PriceList, signal });
      known = { at: now, byName: new Map(list.map(({ name, value }) => [name, value])) };
    } catch (error) {
      if (!known) throw error;
    }
    return known;
  }

  return {
    list: async (signal) => ({ machines: await machines(signal), prices: await prices(signal) }),
    get: async (id, signal) => (await rest.ask({ path: at(id), schema: One, signal })).instance,
    async hibernate(id, signal) {
      await rest.ask({ path: `${at(id)}/hibernate`, schema: z.unknown(), signal });
    },
    async delete(id, signal) {
      await rest.ask({ method: 'DELETE', path: at(id), schema: z.unknown(), signal });
    },
    volumes: async (signal) => ({ volumes: await volumes(signal), prices: await prices(signal) }),
    close: () => rest.close(),
  };
}
