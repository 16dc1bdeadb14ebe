import type { Instance } from '@aws-sdk/client-ec2';
import type { Node } from '../../model/node.ts';
import { SourceError, type Surroundings } from '../source.ts';
import type { Api } from './api.ts';
import { type InstanceTypes, instanceTypesOf } from './gpus.ts';
import { readInstances } from './instances.ts';
import { managerOf, tagsOf, toNode } from './nodes.ts';
import { type Caller, ownershipOf, whoAmI } from './owners.ts';
import { regionsOf } from './regions.ts';
import type { Settings } from './settings.ts';

/** An instance where it was seen. */
export interface Located {
  id: string;
  region: string;
  instance: Instance;
}

/** What is known of the account's instances. */
export interface Inventory {
  readonly types: InstanceTypes;
  /**
   * Reads the regions that are due. `unread` are the nodes last seen where a region failed: they
   * are no evidence of anything, but jobs that hold them have not lost them. Rejects with a
   * SourceError where no region could be read.
   */
  refresh(signal: AbortSignal): Promise<{ nodes: Node[]; unread: Node[]; failures: SourceError[] }>;
  /** Reads these instances as they are now, wherever they are; the vanished ones are left out. */
  find(ids: readonly string[], signal: AbortSignal): Promise<Located[]>;
  /** What the last reading of each region showed. */
  lastSeen(): Node[];
  toNode(located: Located): Node;
  caller(signal: AbortSignal): Promise<Caller>;
}

export function inventoryOf(api: Api, surroundings: Surroundings, settings: Settings): Inventory {
  const { clock, user } = surroundings;
  const regions = regionsOf(api, settings, clock);
  const types = instanceTypesOf(api);
  const seen = new Map<string, Located[]>();
  let caller: Caller | undefined;

  const identify = async (signal: AbortSignal): Promise<Caller> => {
    caller ??= await whoAmI(api, signal);
    return caller;
  };
  const asNode = ({ id, region, instance }: Located): Node =>
    toNode(instance, id, {
      account: api.account.id,
      region,
      facts: types.get(instance.InstanceType ?? ''),
      ownership: ownershipOf(
        { tags: tagsOf(instance), managedBy: managerOf(instance) },
        caller,
        user,
        settings,
      ),
    });

  /** Instances of one region, with the facts of their types where those can be had. */
  async function read(
    region: string,
    signal: AbortSignal,
    failures: SourceError[],
  ): Promise<Located[]> {
    const located = locate(region, await readInstances(api, region, signal));
    const kinds = located.flatMap(({ instance }) => instance.InstanceType ?? []);
    await types.learn(kinds, region, signal).catch((error: unknown) => {
      failures.push(expected(error));
    });
    return located;
  }

  return {
    types,
    caller: identify,
    toNode: asNode,
    lastSeen: () => [...seen.values()].flat().map(asNode),

    async refresh(signal) {
      const failures: SourceError[] = [];
      const identified = identify(signal).catch((error: unknown) => {
        failures.push(expected(error));
      });
      const { regions: due, failure } = await regions.due(signal).finally(() => identified);
      if (failure) failures.push(failure);
      const fresh: Located[] = [];
      const unread: Located[] = [];
      let answered = 0;
      await Promise.all(
        due.map(async (region) => {
          try {
            const located = await read(region, signal, failures);
            answered += 1;
            seen.set(region, located);
            regions.saw(region, located.length);
            fresh.push(...located);
          } catch (error) {
            regions.failed(region, expected(error));
            failures.push(expected(error));
            unread.push(...(seen.get(region) ?? []));
          }
        }),
      );
      const [first] = failures;
      if (answered === 0 && due.length > 0 && first) throw mostTelling(failures) ?? first;
      failures.push(...regions.barred(due));
      return { nodes: fresh.map(asNode), unread: unread.map(asNode), failures };
    },

    async find(ids, signal) {
      const where = new Map([...seen.values()].flat().map(({ id, region }) => [id, region]));
      const places = ids.every((id) => where.has(id))
        ? new Set(ids.flatMap((id) => where.get(id) ?? []))
        : await regions.all(signal);
      const found = await Promise.all(
        [...places].flatMap((region) =>
          chunks(ids, FILTER_VALUES).map(async (Values) => {
            const query = { Filters: [{ Name: 'instance-id', Values }] };
            return locate(region, await readInstances(api, region, signal, query));
          }),
        ),
      );
      // Whatever the answer holds, nothing but these is acted upon.
      const located = found.flat().filter(({ id }) => ids.includes(id));
      for (const [region, there] of Map.groupBy(located, (one) => one.region)) {
        const kinds = there.flatMap(({ instance }) => instance.InstanceType ?? []);
        await types.learn(kinds, region, signal);
      }
      await identify(signal);
      return located;
    },
  };
}

/** How many values a filter may have. */
const FILTER_VALUES = 200;

function chunks<T>(values: readonly T[], size: number): T[][] {
  const count = Math.ceil(values.length / size);
  return Array.from({ length: count }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );
}

function locate(region: string, instances: readonly Instance[]): Located[] {
  return instances.flatMap((instance) =>
    instance.InstanceId ? { id: instance.InstanceId, region, instance } : [],
  );
}

/** Every call's failure is a SourceError; anything else is a mistake of ours and goes up. */
function expected(error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  throw error;
}

/** The failure whose remedy is to be done first: credentials and permissions before the rest. */
function mostTelling(failures: readonly SourceError[]): SourceError | undefined {
  const order = ['not-configured', 'denied', 'malformed', 'throttled', 'unreachable'] as const;
  return order
    .map((kind) => failures.find((failure) => failure.kind === kind))
    .find((failure) => failure !== undefined);
}
