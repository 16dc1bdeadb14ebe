import type { Instance } from '@aws-sdk/client-ec2';
import type { Node } from '../../model/node.ts';
import type { SourceError } from '../source.ts';
import type { Api } from './api.ts';
import { type InstanceTypes, instanceTypesOf } from './gpus.ts';
import { readInstances } from './instances.ts';
import { managerOf, tagsOf } from './managed_by.ts';
import { toNode } from './nodes.ts';
import type { Caller, Identity } from './owners.ts';
import type { Owning } from './owning.ts';
import { expected, regionalOf } from './regional.ts';
import type { EnabledRegions } from './regions.ts';

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

export function inventoryOf(
  api: Api,
  enabled: EnabledRegions,
  identity: Identity,
  owning: Owning,
): Inventory {
  const types = instanceTypesOf(api);
  const asNode = ({ id, region, instance }: Located): Node =>
    toNode(instance, id, {
      account: api.account.id,
      region,
      facts: types.get(instance.InstanceType ?? ''),
      ownership: owning(tagsOf(instance), managerOf(instance)?.name),
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
  const places = regionalOf({ enabled, homeRegion: api.homeRegion, everywhere: true, read });

  return {
    types,
    caller: identity.ask,
    toNode: asNode,
    lastSeen: () => places.lastSeen().map(asNode),

    async refresh(signal) {
      const identified = identity.ask(signal).then(
        () => [],
        (error: unknown) => [expected(error)],
      );
      const read = await places.refresh(signal).finally(() => identified);
      return {
        nodes: read.fresh.map(asNode),
        unread: read.unread.map(asNode),
        failures: [...(await identified), ...read.failures],
      };
    },

    async find(ids, signal) {
      const where = new Map(places.lastSeen().map(({ id, region }) => [id, region]));
      const regions = ids.every((id) => where.has(id))
        ? new Set(ids.flatMap((id) => where.get(id) ?? []))
        : await enabled(signal);
      const found = await Promise.all(
        [...regions].flatMap((region) =>
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
      await identity.ask(signal);
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
