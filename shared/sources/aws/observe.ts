import type { Job } from '../../model/job.ts';
import type { Node } from '../../model/node.ts';
import type { PriceKey } from '../../model/rate.ts';
import { unlessDenied } from '../leftovers.ts';
import {
  type Observation,
  type ObserveRequest,
  SourceError,
  type Surroundings,
} from '../source.ts';
import type { Api } from './api.ts';
import type { Beside } from './beside.ts';
import type { BucketWatch } from './cloudwatch/buckets.ts';
import type { TrafficWatch } from './cloudwatch/traffic.ts';
import type { Inventory } from './inventory.ts';
import { jobsOf } from './jobs.ts';
import type { LeftBehind } from './leftovers.ts';
import { mergeFailures } from './merge.ts';
import type { Identity } from './owners.ts';
import { pricesOf } from './prices.ts';
import { expected } from './regional.ts';
import type { Settings } from './settings.ts';
import { type Watch, worthWatching } from './watch.ts';

/** What an account's reading is made of. */
export interface Observed {
  api: Api;
  inventory: Inventory;
  identity: Identity;
  beside: Beside;
  leftBehind: LeftBehind;
  settings: Settings;
  clock: Surroundings['clock'];
}

/** Reads what is asked for of all that an account has, and says what of it is not read. */
export function observerOf(observed: Observed) {
  const { api, inventory, identity, beside, leftBehind, settings, clock } = observed;
  const prices = pricesOf(api, clock);
  let watch: Promise<Watch> | undefined;
  let trafficWatch: Promise<TrafficWatch> | undefined;
  let bucketWatch: Promise<BucketWatch> | undefined;
  /** What the services beside EC2 showed last. */
  let others: { nodes: Node[]; jobs: Job[] } = { nodes: [], jobs: [] };

  const running = () =>
    [...inventory.lastSeen(), ...others.nodes].filter(
      ({ state }) => state === 'running' || state === 'starting',
    );

  /** Whose everything is depends on who is asking; where that fails, the inventory says so. */
  const identify = (signal: AbortSignal) =>
    identity.ask(signal).catch((error: unknown) => void expected(error));

  async function readLeftovers(signal: AbortSignal) {
    await identify(signal);
    const read = await unlessDenied(leftBehind.read(signal));
    if (!read) return { part: {}, failures: [] };
    return { part: { leftovers: read.leftovers }, failures: read.failures };
  }

  async function readMachines(what: ObserveRequest['what'], signal: AbortSignal) {
    await identify(signal);
    const [read, more] = await Promise.all([inventory.refresh(signal), beside.refresh(signal)]);
    others = more;
    const fresh = new Set(read.nodes.map(({ id }) => id));
    const jobs = jobsOf([...read.nodes, ...read.unread], api.account.id, clock.now()).filter(
      ({ shares }) => shares.some(({ node }) => fresh.has(node)),
    );
    return {
      part: {
        ...(what.has('nodes') && { nodes: [...read.nodes, ...more.nodes] }),
        ...(what.has('jobs') && { jobs: [...jobs, ...more.jobs] }),
      },
      failures: [...read.failures, ...more.failures],
    };
  }

  async function readPrices(wanted: readonly PriceKey[], signal: AbortSignal, blind: boolean) {
    // What the collector wants, and what runs here: the first asking knows no keys yet.
    const keys = [...wanted, ...running().flatMap(({ priceKey }) => priceKey ?? [])];
    // Where the nodes could not be read, having no key to ask for is no answer.
    if (keys.length === 0 && blind) return { part: {}, failures: [] };
    const { quotes, failures } = await prices.read(keys, signal);
    return { part: { quotes }, failures };
  }

  async function readTelemetry(
    told: ReadonlySet<string>,
    trafficTold: ReadonlySet<string>,
    signal: AbortSignal,
  ) {
    const nodes = settings.cloudwatch ? worthWatching(running(), others.jobs) : [];
    if (nodes.length === 0) return { part: { samples: [], costMicros: 0 }, failures: [] };
    watch ??= import('./cloudwatch/telemetry.ts').then(({ watchOf }) => watchOf(api, clock));
    trafficWatch ??= import('./cloudwatch/traffic.ts').then(({ trafficWatchOf }) =>
      trafficWatchOf(api, clock),
    );
    bucketWatch ??= import('./cloudwatch/buckets.ts').then(({ bucketWatchOf }) =>
      bucketWatchOf(api, clock),
    );
    const regions = new Set(nodes.flatMap(({ labels }) => labels.region ?? []));
    const [busy, moved, stored] = await Promise.all([
      watch.then((it) => it.read(nodes, told, signal)),
      trafficWatch.then((it) => it.read(nodes, trafficTold, signal)),
      bucketWatch.then((it) => it.read(regions, signal)),
    ]);
    return {
      part: {
        samples: busy.samples,
        traffic: moved.traffic,
        buckets: stored.buckets,
        costMicros: busy.costMicros + moved.costMicros + stored.costMicros,
      },
      failures: [...busy.failures, ...moved.failures, ...stored.failures],
    };
  }

  async function observe(request: ObserveRequest): Promise<Observation> {
    const { what, wanted, told = new Set(), trafficTold = new Set(), signal } = request;
    let observation: Observation = { at: clock.now() };
    const failures: SourceError[] = [];
    const attempt = async (
      part: () => Promise<{ part: Partial<Observation>; failures: SourceError[] }>,
    ) => {
      try {
        const read = await part();
        observation = { ...observation, ...read.part };
        failures.push(...read.failures);
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        failures.push(error);
      }
    };
    if (what.has('nodes') || what.has('jobs')) await attempt(() => readMachines(what, signal));
    if (what.has('prices')) await attempt(() => readPrices(wanted, signal, failures.length > 0));
    const blind = failures.length > 0 && !observation.nodes && !observation.jobs;
    if (what.has('telemetry') && !blind)
      await attempt(() => readTelemetry(told, trafficTold, signal));
    if (what.has('leftovers')) await attempt(() => readLeftovers(signal));
    const [first, ...more] = mergeFailures(failures);
    if (!first) return observation;
    const { nodes, jobs, quotes, samples, leftovers } = observation;
    if (!(nodes ?? jobs ?? quotes ?? samples ?? leftovers)) throw first;
    return { ...observation, partial: [first, ...more] };
  }

  return { observe, diagnose: async () => (await bucketWatch)?.diagnose() ?? [] };
}
