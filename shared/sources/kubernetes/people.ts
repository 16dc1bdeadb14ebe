import type { Surroundings } from '../source.ts';
import type { Settings } from './settings.ts';

/** Whose a job is, and why Burnrate thinks so. */
export interface Ownership {
  owner: string | undefined;
  mine: boolean;
  because: string;
}

/** The label that shows the reason. */
export const MINE_BECAUSE = 'burnrate:mine-because';

type Words = Readonly<Record<string, string>>;

/**
 * Decides by the first owner label or annotation that is present, of what was launched before that
 * of its pods: mine where it names who the cluster takes us for, this machine's user, or a name in
 * `sources.kubernetes.mine`. Without one, by the namespace: mine where it is listed there or bears
 * the user's name. All else is nobody's that is known, unless `unlabelledAreMine`.
 */
export function ownershipOf(
  job: { namespace: string; words: readonly Words[] },
  me: { username: string | undefined; user: Surroundings['user'] },
  settings: Settings,
): Ownership {
  const names = namesOf(me, settings);
  const { namespace } = job;
  for (const words of job.words) {
    const label = settings.ownerLabels.find((name) => words[name]?.trim());
    const value = label && words[label]?.trim();
    if (!label || !value) continue;
    // Where the cluster knows our address, another one is another person, whatever this machine
    // calls us.
    const addresses = value.includes('@') && person(me.username ?? '').includes('@');
    const match = names.find(
      ({ name, known }) => !(addresses && known === LOCAL) && isSame(name, value),
    );
    return {
      owner: value,
      mine: match !== undefined,
      because: match
        ? `label ${label}=${value} is ${match.known}`
        : `label ${label}=${value} is someone else; add it under sources.kubernetes.mine if it is you`,
    };
  }
  const unlabelled = (mine: boolean, because: string): Ownership => ({
    owner: mine ? (me.username ?? me.user.name) : undefined,
    mine,
    because: `no owner label, and ${because}`,
  });
  if (settings.mine.includes(namespace))
    return unlabelled(true, `namespace ${namespace} is in sources.kubernetes.mine`);
  const named = names.find(({ name, known }) => known !== LISTED && isSame(name, namespace));
  if (named) return unlabelled(true, `namespace ${namespace} is named after ${named.known}`);
  if (settings.unlabelledAreMine) return unlabelled(true, 'unlabelledAreMine is on');
  return unlabelled(
    false,
    `namespace ${namespace} is not known for yours; add it under sources.kubernetes.mine if it is`,
  );
}

const LISTED = 'in sources.kubernetes.mine';
const LOCAL = "this machine's user";

function namesOf(
  { username, user }: { username: string | undefined; user: Surroundings['user'] },
  settings: Settings,
): { name: string; known: string }[] {
  return [
    ...settings.mine.map((name) => ({ name, known: LISTED })),
    ...(username === undefined ? [] : [{ name: username, known: 'who you are to the cluster' }]),
    // Everybody is root somewhere.
    ...(user.uid !== 0 && user.name ? [{ name: user.name, known: LOCAL }] : []),
  ];
}

/**
 * Compares names as people and tools write them: a label holds no `@`, so that `ada@example.com`
 * stands there as `ada_example.com` or as `ada`. Of a role's session on AWS the last part counts.
 */
function isSame(name: string, value: string): boolean {
  const [a, b] = [plain(name), plain(value)];
  if (a === b) return true;
  // The cluster's own accounts are no people, whose short name could mean anybody.
  if (name.startsWith('system:') || value.startsWith('system:')) return false;
  const [x, y] = [person(name), person(value)];
  if (plain(x) === plain(y)) return true;
  // Two addresses that differ are two people, whatever stands before the @.
  if (x.includes('@') === y.includes('@')) return false;
  return plain(x.split('@')[0] ?? '') === plain(y.split('@')[0] ?? '');
}

function person(name: string): string {
  return name.startsWith('arn:') ? (name.split('/').at(-1) ?? name) : name.replace(/^oidc:/, '');
}

function plain(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
}
