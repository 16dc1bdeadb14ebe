import type { Surroundings } from '../source.ts';
import type { Settings } from './settings.ts';

/** Whose a machine or job is, and why Burnrate thinks so. */
export interface Ownership {
  owner: string | undefined;
  mine: boolean;
  because: string;
}

/** The label that shows the reason, on nodes and jobs. */
export const MINE_BECAUSE = 'burnrate:mine-because';

/** Who these credentials are: an address, a person's or a service account's. */
export interface Caller {
  email: string;
}

/**
 * Decides by the first owner label that is present: mine where it names the caller, this machine's
 * user, or a name in `sources.gcp.mine`.
 *
 * Without any, `unlabelledAreMine` decides, except for what is certainly nobody's own: a machine
 * that GKE or an instance group runs, and everything while it is unknown who the caller is, or
 * while the caller is the account that machines have by default.
 */
export function ownershipOf(
  what: { labels: Readonly<Record<string, string>>; managedBy?: string | undefined },
  caller: Caller | undefined,
  user: Surroundings['user'],
  settings: Settings,
): Ownership {
  const label = settings.ownerLabels.find((name) => what.labels[name]?.trim());
  const value = label && what.labels[label];
  if (label && value) {
    const match = namesOf(caller, user, settings).find(([name]) => isSame(name, value));
    return {
      owner: value,
      mine: match !== undefined,
      because: match
        ? `label ${label}=${value} is ${match[1]}`
        : `label ${label}=${value} is someone else; add it under sources.gcp.mine if it is you`,
    };
  }
  const unlabelled = (mine: boolean, because: string): Ownership => ({
    owner: mine ? caller?.email : undefined,
    mine,
    because: `no owner label, and ${because}`,
  });
  if (!settings.unlabelledAreMine) return unlabelled(false, 'unlabelledAreMine is off');
  if (what.managedBy) return unlabelled(false, `${what.managedBy} runs it`);
  if (!caller) return unlabelled(false, 'Google did not say who you are');
  if (/^\d+-compute@developer\.gserviceaccount\.com$/.test(caller.email))
    return unlabelled(false, 'you are a machine yourself');
  return unlabelled(true, 'unlabelledAreMine is on');
}

function namesOf(
  caller: Caller | undefined,
  user: Surroundings['user'],
  settings: Settings,
): [name: string, known: string][] {
  return [
    ...settings.mine.map((name): [string, string] => [name, 'in sources.gcp.mine']),
    ...(caller ? [[caller.email, 'the caller'] as [string, string]] : []),
    // Everybody is root somewhere.
    ...(user.uid !== 0 && user.name
      ? [[user.name, "this machine's user"] as [string, string]]
      : []),
  ];
}

/**
 * A label holds neither `@` nor `.`: `ada@example.com` stands there as `ada-example-com`,
 * `ada_example_com` or `ada`.
 */
function isSame(name: string, value: string): boolean {
  const plain = (text: string) =>
    text
      .trim()
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-');
  return plain(value) === plain(name) || plain(value) === plain(name.split('@')[0] ?? '');
}
