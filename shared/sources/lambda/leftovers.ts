import type { Account } from '../../model/account.ts';
import type { Leftover } from '../../model/leftover.ts';
import type { Instant } from '../../model/time.ts';
import { storageRate } from '../leftovers.ts';
import { rentedLeftovers } from '../rented_leftovers.ts';
import type { Filesystem } from './api.ts';
import type { Settings } from './settings.ts';

/**
 * A file system is charged for by what is on it, mounted or not. The rate is that of the example in
 * https://docs.lambda.ai/public-cloud/billing/, since no API names it.
 */
const DOLLARS_PER_GIB_MONTH = 0.2;
const GIB = 2 ** 30;

/** File systems that no instance has. Since when, Lambda does not say. */
export function leftoversOf(
  filesystems: readonly Filesystem[],
  account: Account,
  { mine, url }: Pick<Settings, 'mine' | 'url'>,
  now: Instant,
): Leftover[] {
  const idle = filesystems.filter((one) => !one.is_in_use);
  return rentedLeftovers(
    account,
    idle.map(({ id, name, region, bytes_used: used }) => {
      const sizeGb = used == null ? undefined : Math.round((used / GIB) * 10) / 10;
      const rate =
        used == null
          ? undefined
          : storageRate(DOLLARS_PER_GIB_MONTH, used / GIB, {
              basis: `Lambda Cloud, $${DOLLARS_PER_GIB_MONTH} a GiB and month by its documentation`,
              asOf: now,
            });
      return {
        id: `filesystem/${id}`,
        kind: 'filesystem',
        name,
        region: region.name,
        ...(sizeGb !== undefined && { sizeGb }),
        ...(rate && { rate }),
        remove: `curl -X DELETE ${url}/filesystems/${id} -H "Authorization: Bearer $LAMBDA_API_KEY"`,
      };
    }),
    mine,
  );
}
