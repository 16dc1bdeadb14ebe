import { z } from 'zod';
import type { Account } from '../../model/account.ts';
import type { Job } from '../../model/job.ts';
import { formatMoney, toMicros } from '../../model/money.ts';
import { PER_SECOND } from '../../model/node.ts';
import type { StopPlan } from '../../model/stop.ts';
import type { Instant } from '../../model/time.ts';
import { connectRental } from '../rental.ts';
import { openRest } from '../rental_source.ts';
import { instantOf, type RentedMachine, rentedNodes } from '../rented_nodes.ts';
import { type Connection, SourceError, type Surroundings } from '../source.ts';
import { PLACES, type Settings } from './index.ts';
import { readLeftovers } from './leftovers.ts';

const GpuInfo = z.object({
  count: z.number().int().nonnegative().nullish(),
  model: z.string().nullish(),
});

/** https://docs.digitalocean.com/reference/api/reference/droplets, schema droplet */
const Droplet = z.object({
  id: z.number().int(),
  name: z.string(),
  vcpus: z.number().int().nonnegative().nullish(),
  disk: z.number().nonnegative().nullish(),
  /** new, active, off or archive; maybe others one day. */
  status: z.string(),
  created_at: z.string().nullish(),
  size_slug: z.string(),
  size: z.object({ price_hourly: z.number().nonnegative(), gpu_info: GpuInfo.nullish() }),
  gpu_info: GpuInfo.nullish(),
  region: z.object({ slug: z.string() }),
  volume_ids: z.array(z.string()).nullish(),
  snapshot_ids: z.array(z.number()).nullish(),
  tags: z.array(z.string()).nullish(),
  networks: z
    .object({ v4: z.array(z.object({ ip_address: z.string().nullish() })).nullish() })
    .nullish(),
});
type Droplet = z.infer<typeof Droplet>;

const Page = z.object({
  droplets: z.array(Droplet),
  links: z.object({ pages: z.object({ next: z.string().nullish() }).nullish() }).nullish(),
});
const One = z.object({ droplet: Droplet });

/** The most that a page holds, and more pages than a team may have Droplets for. */
const PAGE = 200;
const MAX_PAGES = 100;

/** A DigitalOcean team, open. Loaded when it is first used. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): Required<Connection> {
  const { clock } = surroundings;
  const rest = openRest(account, surroundings, {
    places: PLACES,
    service: 'DigitalOcean',
    baseUrl: settings.url,
  });
  const nodesOf = (droplets: readonly Droplet[], now: Instant) =>
    rentedNodes(
      'digitalocean',
      droplets.map((droplet) => machineOf(droplet, now)),
      { account: account.id, mine: settings.mine },
    );

  /** GPU Droplets are listed apart. A page that cannot be read rejects all of them. */
  async function list(signal: AbortSignal): Promise<Droplet[]> {
    const droplets: Droplet[] = [];
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const path = `/v2/droplets?type=gpus&per_page=${PAGE}&page=${page}`;
      const { droplets: some, links } = await rest.ask({ path, schema: Page, signal });
      droplets.push(...some);
      if (!links?.pages?.next) return droplets;
    }
    throw new SourceError('malformed', {
      account: account.id,
      message: 'DigitalOcean: its list of Droplets does not end',
      remedy: 'Burnrate tries again by itself; if it stays, report this message.',
    });
  }

  const at = (id: string | number) => `/v2/droplets/${encodeURIComponent(id)}`;
  return connectRental(
    {
      account,
      clock,
      read: list,
      nodesOf: (droplets) => nodesOf(droplets, clock.now()),
      leftovers: (signal) => readLeftovers(rest, account, settings.mine, clock.now(), signal),
      stopUntried: 'not tried: it would destroy a Droplet; the token needs droplet:delete',
      close: () => rest.close(),
    },
    {
      get: async (id, signal) => (await rest.ask({ path: at(id), schema: One, signal })).droplet,
      nodeOf: (droplet) => nodesOf([droplet], 0)[0],
      planOf,
      send: async ({ id }, signal) => {
        await rest.ask({ method: 'DELETE', path: at(id), schema: z.unknown(), signal });
      },
    },
  );
}

function machineOf(droplet: Droplet, now: Instant): RentedMachine {
  const { id, size, status, tags, networks } = droplet;
  const { count = 0, model } = droplet.gpu_info ?? size.gpu_info ?? {};
  const off = status === 'off';
  return {
    id: String(id),
    name: droplet.name,
    names: (networks?.v4 ?? []).map(({ ip_address }) => ip_address),
    gpus: {
      count: count ?? 0,
      ...(model && { model: model.replaceAll('_', ' ').toUpperCase() }),
    },
    cores: droplet.vcpus,
    // One that is off costs what it did, since its GPUs stay reserved.
    // https://docs.digitalocean.com/products/droplets/details/pricing
    state: status === 'new' ? 'starting' : status === 'archive' ? 'ended' : 'running',
    launchedAt: instantOf(droplet.created_at),
    billing: PER_SECOND,
    instanceType: droplet.size_slug,
    region: droplet.region.slug,
    market: 'on-demand',
    rate: {
      microsPerHour: toMicros(size.price_hourly),
      provenance: 'quoted',
      basis: 'DigitalOcean API, price_hourly of this Droplet’s size',
      asOf: now,
    },
    labels: {
      'digitalocean:status': off ? 'off, which is charged for as if it ran' : status,
      ...(tags && tags.length > 0 && { 'digitalocean:tags': tags.join(', ') }),
    },
  };
}

/** Only what is destroyed costs nothing: powering off would stop the work and not the money. */
function planOf(job: Job, droplet: Droplet): StopPlan {
  const { id, name, size, size_slug, region, disk, volume_ids, snapshot_ids } = droplet;
  const price = formatMoney(toMicros(size.price_hourly));
  const volumes = volume_ids?.length ?? 0;
  const snapshots = snapshot_ids?.length ?? 0;
  return {
    jobId: job.id,
    action: `Destroy Droplet ${name} (${id}, ${size_slug} in ${region.slug}, DigitalOcean): merely off, it would go on costing ${price} an hour`,
    equivalent: `doctl compute droplet delete ${id} --force`,
    loses: [`Its disk with all data (${disk ?? 0} GB): a destroyed Droplet cannot be recovered`],
    keeps: [
      ...(volumes > 0
        ? [`${volumes === 1 ? 'Its volume' : `Its ${volumes} volumes`}, charged for as before`]
        : []),
      ...(snapshots > 0
        ? [
            `${snapshots === 1 ? 'Its snapshot' : `Its ${snapshots} snapshots`}, charged for as before`,
          ]
        : []),
    ],
    reversible: false,
  };
}
