import type { Account } from '@burnrate/shared/model/account.ts';
import type { Job } from '@burnrate/shared/model/job.ts';
import { type Node, PER_SECOND } from '@burnrate/shared/model/node.ts';
import { type PriceKey, priceKeyText, type Quote } from '@burnrate/shared/model/rate.ts';
import type { Instant } from '@burnrate/shared/model/time.ts';
import type { Observation } from '@burnrate/shared/sources/source.ts';
import { firstAt } from '../bills/bill.ts';
import { KINDS, SUSTAINED } from '../bills/market.ts';
import { DAY_S, type Machine } from '../bills/work.ts';
import type { World } from '../bills/world.ts';

/** The first day's start: a Monday, and later than any price that ships with the product. */
export const EPOCH: Instant = Date.UTC(2030, 0, 7);

/** How long a launcher tells of a job that has ended. */
const REMEMBERED_S = 3 * DAY_S;

export const ACCOUNTS: readonly Account[] = (['aws', 'gcp', 'azure'] as const).map((source) => ({
  id: `${source}:team`,
  source,
  name: 'team',
  foundIn: 'the simulation',
  options: {},
}));

/** What the provider's API tells at a second: its machines, and each job on them. */
export function observe(
  { machines }: World,
  account: Account,
  at: number,
): Required<Pick<Observation, 'nodes' | 'jobs'>> {
  const launched = machines.filter(
    (machine) => machine.kind.cloud === account.source && machine.launched <= at,
  );
  const listed = launched.filter(({ listedUntil }) => at < listedUntil);
  const known = launched.filter(
    ({ listedUntil, ended, remembered }) => at < (remembered ? ended + REMEMBERED_S : listedUntil),
  );
  const jobs = [...Map.groupBy(known, ({ job }) => job)].map(([name, list]) =>
    jobOf(name, list, account, at),
  );
  return { nodes: listed.map((machine) => nodeOf(machine, account, at)), jobs };
}

function nodeOf(machine: Machine, account: Account, at: number): Node {
  const { id, kind, launched, ended } = machine;
  return {
    id: `${account.id}:${id}`,
    source: account.source,
    account: account.id,
    name: id,
    aliases: [id],
    gpus: { count: kind.gpus },
    state: at < ended ? 'running' : 'stopped',
    launchedAt: EPOCH + launched * 1000,
    ...(at >= ended && { endedAt: EPOCH + ended * 1000 }),
    billing: PER_SECOND,
    owner: 'sam',
    mine: true,
    priceKey: keyOf(machine),
    labels: {},
  };
}

function keyOf({ kind, zone, spot }: Machine): PriceKey {
  const { cloud, type, region } = kind;
  return {
    provider: cloud,
    instanceType: type,
    region,
    zone,
    market: spot ? 'spot' : 'on-demand',
  };
}

function jobOf(name: string, machines: readonly Machine[], account: Account, at: number): Job {
  const running = machines.some(({ ended }) => at < ended);
  return {
    id: `${account.id}:${name}`,
    source: account.source,
    account: account.id,
    nativeId: name,
    name,
    owner: 'sam',
    mine: true,
    level: 'cluster',
    state: running ? 'running' : 'ended',
    startedAt: EPOCH + Math.min(...machines.map(({ launched }) => launched)) * 1000,
    ...(!running && { endedAt: EPOCH + Math.max(...machines.map(({ ended }) => ended)) * 1000 }),
    shares: machines.map(({ id }) => ({ node: `${account.id}:${id}` })),
    labels: {},
  };
}

/** The prices that are asked for: of the list, and of spot each that was in force since a second. */
export function quotesFor(
  world: World,
  wanted: readonly PriceKey[],
  at: number,
  since: number,
): Quote[] {
  const unique = new Map(wanted.map((key) => [priceKeyText(key), key]));
  return [...unique.values()].flatMap((key): Quote[] => {
    const kind = [...KINDS, SUSTAINED].find(
      ({ type, region }) => type === key.instanceType && region === key.region,
    );
    if (!kind) return [];
    const steps = world.spotOf(kind, key.zone ?? '');
    const quote = (price: bigint, second: number): Quote => ({
      key,
      rate: {
        microsPerHour: Math.round(Number(price) / 1000),
        provenance: key.market === 'spot' ? 'quoted' : 'list',
        basis: key.market === 'spot' ? `spot price in ${key.zone}` : 'price list',
        asOf: EPOCH + second * 1000,
      },
    });
    if (key.market !== 'spot') return [quote(kind.list, at)];
    const past = steps.slice(firstAt(steps, since), firstAt(steps, at) + 1);
    const current = past.at(-1);
    if (!current) return [];
    return [...past.map((step) => quote(step.price, step.at)), quote(current.price, at)];
  });
}
