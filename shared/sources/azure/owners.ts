import type { Surroundings } from '../source.ts';
import type { Settings } from './settings.ts';

/** Who the sign-in is to Azure. */
export interface Caller {
  /** `ada@example.com`, or an application's id. */
  name: string;
  /** Every name by which Azure's records call it: address, object id, application id. */
  names: string[];
}

/** Whose a machine or job is, and why Burnrate thinks so. */
export interface Ownership {
  owner?: string;
  mine: boolean;
  /** The label that shows the reason. */
  labels: Record<string, string>;
}

const MINE_BECAUSE = 'burnrate:mine-because';

/**
 * Who a token was made for, by its own claims; asks nothing of Azure. What it says is only compared
 * with names in tags and records, so that it need not be verified.
 * https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
export function callerIn(token: string): Caller | undefined {
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
    const { upn, unique_name, email, oid, appid, idtyp } = JSON.parse(payload) as Record<
      string,
      unknown
    >;
    // A person's token also names the program that they sign in with, which everybody has.
    const person = idtyp !== 'app' && [upn, unique_name, email].some(Boolean);
    const names = [upn, unique_name, email, oid, ...(person ? [] : [appid])].flatMap((name) =>
      typeof name === 'string' && name ? name.replace(/^live\.com#/, '') : [],
    );
    const [name] = names;
    return name ? { name, names: [...new Set(names)] } : undefined;
  } catch {
    // A token that is not a JWT is one that Azure does not promise to be readable.
    return undefined;
  }
}

/** What decides whose a machine is. */
export interface Evidence {
  tags: Readonly<Record<string, string>>;
  /** Who created or started it, by Azure's own records. */
  launcher: string | undefined;
  /** The service or scale set that runs it, so that it is nobody's own. */
  managedBy: string | undefined;
}

/**
 * Decides by the first owner tag; then by who launched it; then, where nobody manages it,
 * `untaggedAreMine` does. Never mine while it is unknown who the user is.
 */
export function ownershipOf(
  { tags, launcher, managedBy }: Evidence,
  caller: Caller | undefined,
  user: Surroundings['user'],
  settings: Pick<Settings, 'ownerTags' | 'mine' | 'untaggedAreMine'>,
): Ownership {
  const told = (mine: boolean, because: string, owner?: string): Ownership => ({
    ...(owner && { owner }),
    mine,
    labels: { [MINE_BECAUSE]: because },
  });
  const tag = settings.ownerTags.find((name) => tags[name]?.trim());
  const named = tag ? tags[tag]?.trim() : launcher;
  if (named) {
    const what = tag ? `tag ${tag}=${named}` : `launched by ${named}, who`;
    const known = knownAs(named, caller, user, settings);
    const stranger = 'someone else; add it under sources.azure.mine if it is you';
    return told(known !== undefined, `${what} is ${known ?? stranger}`, named);
  }
  const why = !settings.untaggedAreMine
    ? 'untaggedAreMine is off'
    : managedBy
      ? `${managedBy} runs it`
      : caller
        ? undefined
        : 'Azure did not say who you are';
  if (why) return told(false, `no owner tag, and ${why}`);
  return told(true, 'no owner tag, and untaggedAreMine is on', caller?.name);
}

function knownAs(
  value: string,
  caller: Caller | undefined,
  user: Surroundings['user'],
  { mine }: Pick<Settings, 'mine'>,
): string | undefined {
  if (mine.some((name) => isSame(name, value))) return 'in sources.azure.mine';
  if (caller?.names.some((name) => isSame(name, value))) return 'the caller';
  // Everybody is root somewhere; and where both have an address, the local name proves nothing.
  if (value.includes('@') && caller?.name.includes('@')) return undefined;
  if (user.uid !== 0 && user.name && isSame(user.name, value)) return "this machine's user";
  return undefined;
}

/** As people write names: whole, or a bare name for an address's first part. */
function isSame(name: string, value: string): boolean {
  const [a, b] = [name.trim().toLowerCase(), value.trim().toLowerCase()];
  if (a === b) return true;
  // Two addresses that differ are two people, whatever stands before the @.
  return a.includes('@') !== b.includes('@') && a.split('@')[0] === b.split('@')[0];
}
