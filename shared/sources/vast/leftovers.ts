import type { Account } from '../../model/account.ts';
import type { Leftover } from '../../model/leftover.ts';
import { toMicros } from '../../model/money.ts';
import type { Node } from '../../model/node.ts';
import type { Instant } from '../../model/time.ts';
import { type RentedLeftover, rentedLeftovers } from '../rented_leftovers.ts';
import type { Instance } from './api.ts';
import type { Settings } from './settings.ts';

/**
 * The disks of stopped instances, which are charged for until the instance is destroyed.
 * https://docs.vast.ai/guides/instances/pricing
 */
export function leftoversOf(
  instances: readonly Instance[],
  nodes: readonly Node[],
  account: Account,
  { mine }: Pick<Settings, 'mine'>,
  now: Instant,
): Leftover[] {
  const stopped = instances.flatMap((instance, index): RentedLeftover[] => {
    const node = nodes[index];
    const { id, disk_space: sizeGb, storage_total_cost: dollars } = instance;
    if (node?.state !== 'stopped') return [];
    return [
      {
        id: `disk/${id}`,
        kind: 'disk',
        name: `disk of ${node.name}`,
        ...(typeof sizeGb === 'number' && { sizeGb }),
        region: node.priceKey?.region ?? 'unknown',
        machine: node.name,
        ...(typeof dollars === 'number' && {
          rate: {
            microsPerHour: toMicros(dollars),
            provenance: 'quoted',
            basis: 'Vast.ai API, storage_total_cost of this instance',
            asOf: now,
          },
        }),
        remove: `vastai destroy instance ${id}`,
      },
    ];
  });
  return rentedLeftovers(account, stopped, mine);
}
