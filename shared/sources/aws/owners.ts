import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Surroundings } from '../source.ts';
import type { Api } from './api.ts';
import type { Settings } from './settings.ts';

/** Who these credentials are to AWS. */
export interface Caller {
  arn: string;
  accountNumber: string;
  /** The user's or session's name; an identity centre's session is the person's email. */
  name: string;
  /** `AIDA…`, or `AROA…:session`: some tags hold it. */
  userId: string;
}

/** Whose an instance is, and why Burnrate thinks so. */
export interface Ownership {
  owner: string | undefined;
  mine: boolean;
  because: string;
}

/** The label that shows the reason, on nodes and jobs. */
export const MINE_BECAUSE = 'burnrate:mine-because';

/** Who we are, asked for until it is known. */
export interface Identity {
  /** Rejects with a SourceError. */
  ask(signal: AbortSignal): Promise<Caller>;
  known(): Caller | undefined;
}

export function identityOf(api: Api): Identity {
  let known: Caller | undefined;
  return {
    known: () => known,
    async ask(signal) {
      known ??= await whoAmI(api, signal);
      return known;
    },
  };
}

/** Asks STS who we are; needs no permission. */
async function whoAmI(api: Api, signal: AbortSignal): Promise<Caller> {
  const answer = await api.ask(api.attempt('sts:GetCallerIdentity'), signal, () =>
    api.sts().send(new GetCallerIdentityCommand({}), { abortSignal: signal }),
  );
  const arn = answer.Arn ?? '';
  return {
    arn,
    accountNumber: answer.Account ?? '',
    name: arn.split('/').at(-1)?.split(':').at(-1) ?? '',
    userId: answer.UserId ?? '',
  };
}

/**
 * Decides by the first owner tag that is present: mine where it names the caller (the user's or
 * session's name, in full or before the `@`), this machine's user, or a name in `sources.aws.mine`.
 *
 * Without any owner tag, `untaggedAreMine` decides, except for what is certainly nobody's own: an
 * instance that an Auto Scaling group or another AWS service runs, and everything while it is
 * unknown who the caller is, or while the caller is itself a machine.
 */
export function ownershipOf(
  instance: { tags: Readonly<Record<string, string>>; managedBy: string | undefined },
  caller: Caller | undefined,
  user: Surroundings['user'],
  settings: Settings,
): Ownership {
  const tag = settings.ownerTags.find((name) => instance.tags[name]?.trim());
  const value = tag && instance.tags[tag]?.trim();
  if (tag && value) {
    const owner = spoken(value);
    const match = namesOf(caller, user, settings).find(([name]) => samePerson(name, value));
    return {
      owner,
      mine: match !== undefined,
      because: match
        ? `tag ${tag}=${value} is ${match[1]}`
        : `tag ${tag}=${value} is someone else; add it under sources.aws.mine if it is you`,
    };
  }
  const untagged = (mine: boolean, because: string): Ownership => ({
    owner: mine ? caller?.name : undefined,
    mine,
    because: `no owner tag, and ${because}`,
  });
  if (!settings.untaggedAreMine) return untagged(false, 'untaggedAreMine is off');
  if (instance.managedBy) return untagged(false, `${instance.managedBy} runs it`);
  if (!caller) return untagged(false, 'AWS did not say who you are');
  if (/^i-[0-9a-f]+$/.test(caller.name)) return untagged(false, 'you are an instance yourself');
  return untagged(true, 'untaggedAreMine is on');
}

/** Every name that is the user, and how it is known. */
function namesOf(
  caller: Caller | undefined,
  user: Surroundings['user'],
  settings: Settings,
): [name: string, known: string][] {
  const names: [string, string][] = settings.mine.map((name) => [name, 'in sources.aws.mine']);
  if (caller) {
    for (const name of [caller.name, caller.arn, caller.userId])
      if (name) names.push([name, 'the caller']);
  }
  // Everybody is root somewhere.
  if (user.uid !== 0 && user.name) names.push([user.name, "this machine's user"]);
  return names;
}

/** Compares names as people write them: whole, or an email's first part with a bare name. */
function samePerson(name: string, value: string): boolean {
  const a = name.trim().toLowerCase();
  const b = value.trim().toLowerCase();
  if (a === b) return true;
  const x = spoken(a);
  const y = spoken(b);
  if (x === y) return true;
  // Two addresses that differ are two people, whatever stands before the @.
  if (x.includes('@') === y.includes('@')) return false;
  return x.split('@')[0] === y.split('@')[0];
}

/** The person in an owner tag: AWS's own is `IAMUser:AIDA…:ada`, others may hold an ARN. */
function spoken(value: string): string {
  if (!/^(arn|IAMUser|AssumedRole|FederatedUser|Root):/i.test(value)) return value;
  return value.split(/[:/]/).at(-1) || value;
}
