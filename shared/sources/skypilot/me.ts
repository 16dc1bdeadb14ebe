import type { Surroundings } from '../source.ts';
import { readUserHash } from './home.ts';
import type { Launched } from './launched.ts';
import type { Settings } from './settings.ts';
import type { Health } from './wire.ts';

/** Who the user is to SkyPilot: a hash, and names that the settings add. */
export interface Me {
  hash: string | undefined;
  /** How the hash is known. */
  known: string;
  mine: readonly string[];
}

/** The label that shows why a job counts as the user's, or does not. */
const MINE_BECAUSE = 'burnrate:mine-because';

/** A server with logins says who we are; one without takes the hash of this machine's user. */
export async function whoAmI(
  health: Pick<Health, 'user'> | undefined,
  surroundings: Surroundings,
  { mine }: Pick<Settings, 'mine'>,
): Promise<Me> {
  if (health?.user) return { hash: health.user.id, known: 'your login', mine };
  return { hash: await readUserHash(surroundings), known: '~/.sky/user_hash', mine };
}

/** Whose it is, and the label that says why. Without a hash nothing is anybody's. */
export function ownershipOf(
  { user }: Pick<Launched, 'user'>,
  me: Me,
): { owner: string | undefined; mine: boolean; labels: Record<string, string> } {
  const owner = user.name ?? user.hash;
  const told = (mine: boolean, because: string) => ({
    owner,
    mine,
    labels: { [MINE_BECAUSE]: because },
  });
  if (user.hash !== undefined && user.hash === me.hash)
    return told(true, `its user's hash ${user.hash} is that of ${me.known}`);
  const named = me.mine.find((one) => one === user.hash || one === user.name);
  if (named !== undefined) return told(true, `its user ${named} is in sources.skypilot.mine`);
  return told(
    false,
    `its user is ${owner ?? 'not known'}; add it under sources.skypilot.mine if it is you`,
  );
}
