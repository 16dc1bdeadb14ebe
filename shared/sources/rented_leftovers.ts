import type { Account } from '../model/account.ts';
import type { Leftover } from '../model/leftover.ts';
import { ownershipOf } from './rented.ts';

/** What a provider's API tells of something that nothing uses. */
export interface RentedLeftover
  extends Pick<Leftover, 'kind' | 'sizeGb' | 'region' | 'machine' | 'rate' | 'remove'> {
  /** Unique among all of its account, machines included: `volume/4711`. */
  id: string;
  /** As its user calls it; the id where it has no name. */
  name: string | null | undefined;
  since?: number | undefined;
}

/** The leftovers that they are, whose by their names as machines are. */
export function rentedLeftovers(
  account: Account,
  found: readonly RentedLeftover[],
  mine: readonly string[] | undefined,
): Leftover[] {
  return found.map(({ id, since, ...rest }) => {
    const name = rest.name?.trim() || id;
    // The disk of a stopped machine is whose the machine is.
    const ownership = ownershipOf(rest.machine ?? name, account.source, mine);
    return {
      ...rest,
      id: `${account.id}:${id}`,
      source: account.source,
      account: account.id,
      name,
      ...(since !== undefined && { since }),
      ...ownership,
    };
  });
}
