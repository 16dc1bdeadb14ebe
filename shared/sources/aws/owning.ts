import type { Surroundings } from '../source.ts';
import { type Identity, type Ownership, ownershipOf } from './owners.ts';
import type { Settings } from './settings.ts';

/**
 * Whose something is, by its tags and what else runs it. Tags that could not be read make it
 * nobody's: it might be anyone's.
 */
export type Owning = (
  tags: Readonly<Record<string, string>> | undefined,
  managedBy: string | undefined,
) => Ownership;

export function owningBy(
  identity: Identity,
  user: Surroundings['user'],
  settings: Settings,
): Owning {
  return (tags, managedBy) => {
    if (tags) return ownershipOf({ tags, managedBy }, identity.known(), user, settings);
    return { owner: undefined, mine: false, because: 'its tags could not be read' };
  };
}
