import type { Account } from '../../model/account.ts';
import type { Leftover } from '../../model/leftover.ts';
import { toMicros } from '../../model/money.ts';
import { rentedLeftovers } from '../rented_leftovers.ts';
import type { Prices, Volume } from './api.ts';

/** Volumes that no machine has, at the account's own price of their kind, where it has one. */
export function leftoversOf(
  { volumes, prices }: { volumes: readonly Volume[]; prices: Prices },
  account: Account,
  mine: readonly string[] | undefined,
): Leftover[] {
  const free = volumes.filter(
    ({ status, attachments }) => status === 'available' && !attachments?.length,
  );
  return rentedLeftovers(
    account,
    free.map(({ id, name, size, volume_type: type, environment }) => {
      // A GB's price for an hour.
      const price = prices.byName.get(type ?? '');
      return {
        id: `volume/${id}`,
        kind: 'disk',
        name,
        sizeGb: size,
        region: environment?.region ?? environment?.name ?? 'unknown',
        ...(price !== undefined && {
          rate: {
            microsPerHour: toMicros(price * size),
            provenance: 'quoted',
            basis: `Hyperstack API, this account’s price of ${type}`,
            asOf: prices.at,
          },
        }),
        remove: `curl -X DELETE -H "api_key: $HYPERSTACK_API_KEY" "https://infrahub-api.nexgencloud.com/v1/core/volumes/${id}"`,
      };
    }),
    mine,
  );
}
