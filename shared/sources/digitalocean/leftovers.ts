import { z } from 'zod';
import type { Account } from '../../model/account.ts';
import type { Leftover } from '../../model/leftover.ts';
import { monthlyDollars } from '../../model/leftover_cost.ts';
import type { Instant } from '../../model/time.ts';
import { storageRate } from '../leftovers.ts';
import { type RentedLeftover, rentedLeftovers } from '../rented_leftovers.ts';
import type { RestClient } from '../rest.ts';

const links = z.object({ pages: z.object({ next: z.string().nullish() }).nullish() }).nullish();

/** https://docs.digitalocean.com/reference/api/reference/block-storage/ */
const Volumes = z.object({
  volumes: z.array(
    z.object({
      id: z.string().min(1),
      name: z.string(),
      size_gigabytes: z.number().nonnegative(),
      droplet_ids: z.array(z.number()).nullish(),
      region: z.object({ slug: z.string() }),
    }),
  ),
  links,
});

/** https://docs.digitalocean.com/reference/api/reference/reserved-ips/ */
const Addresses = z.object({
  reserved_ips: z.array(
    z.object({
      ip: z.string().min(1),
      droplet: z.object({ id: z.number() }).nullish(),
      region: z.object({ slug: z.string() }),
    }),
  ),
  links,
});

/** https://docs.digitalocean.com/products/volumes/details/pricing/ */
const VOLUME_DOLLARS = 0.1;
/** One that is assigned is free. https://docs.digitalocean.com/products/networking/reserved-ips/details/pricing/ */
const ADDRESS_DOLLARS = 5;

const PAGE = 200;
const MAX_PAGES = 50;

/** Volumes and reserved addresses that no Droplet has. Rejects with a SourceError. */
export async function readLeftovers(
  rest: Pick<RestClient, 'ask'>,
  account: Account,
  mine: readonly string[] | undefined,
  now: Instant,
  signal: AbortSignal,
): Promise<Leftover[]> {
  const [volumes, addresses] = await Promise.all([
    pages(rest, '/v2/volumes', Volumes, signal),
    pages(rest, '/v2/reserved_ips', Addresses, signal),
  ]);
  const free = volumes.flatMap((page) => page.volumes).filter((one) => !one.droplet_ids?.length);
  const idle = addresses.flatMap((page) => page.reserved_ips).filter(({ droplet }) => !droplet);
  return rentedLeftovers(
    account,
    [
      ...free.map(({ id, name, size_gigabytes: sizeGb, region }): RentedLeftover => {
        const basis = `DigitalOcean, $${VOLUME_DOLLARS} a GiB and month`;
        const rate = storageRate(VOLUME_DOLLARS, sizeGb, { basis, asOf: now });
        return {
          id: `volume/${id}`,
          kind: 'disk',
          name,
          sizeGb,
          region: region.slug,
          ...(rate && { rate }),
          remove: `doctl compute volume delete ${id} --force`,
        };
      }),
      ...idle.map(
        ({ ip, region }): RentedLeftover => ({
          id: `address/${ip}`,
          kind: 'address',
          name: ip,
          region: region.slug,
          rate: {
            microsPerHour: monthlyDollars(ADDRESS_DOLLARS),
            provenance: 'list',
            basis: `DigitalOcean, $${ADDRESS_DOLLARS} a month for a reserved address that is not assigned`,
            asOf: now,
          },
          remove: `doctl compute reserved-ip delete ${ip} --force`,
        }),
      ),
    ],
    mine,
  );
}

async function pages<Page extends { links?: z.infer<typeof links> }>(
  rest: Pick<RestClient, 'ask'>,
  path: string,
  schema: z.ZodType<Page>,
  signal: AbortSignal,
): Promise<Page[]> {
  const all: Page[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const one = await rest.ask({ path: `${path}?per_page=${PAGE}&page=${page}`, schema, signal });
    all.push(one);
    if (!one.links?.pages?.next) break;
  }
  return all;
}
