import { loadSharedConfigFiles } from '@smithy/shared-ini-file-loader';
import type { Surroundings } from '../source.ts';
import { configFiles } from './credentials.ts';

/** A profile of the shared files that can yield credentials. */
export interface Profile {
  name: string;
  foundIn: string;
  region: string | undefined;
  sso: boolean;
  /** The AWS account, where the files say it. */
  accountNumber: string | undefined;
  /** The same for profiles that hold the same credentials; never shown. */
  identity: string;
  keys: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined;
}

type Section = Record<string, string | undefined>;

/**
 * Reads `~/.aws/config` and `~/.aws/credentials`, where `AWS_CONFIG_FILE` and
 * `AWS_SHARED_CREDENTIALS_FILE` do not say otherwise. `looked` gets a line for each file, and one
 * for each profile that cannot be used.
 */
export async function readProfiles(
  surroundings: Surroundings,
  looked: string[],
): Promise<Profile[]> {
  const files = configFiles(surroundings);
  const present = await Promise.all(
    [files.configFilepath, files.filepath].map((path) => look(path, surroundings, looked)),
  );
  if (!present.some(Boolean)) return [];
  const { configFile, credentialsFile } = await loadSharedConfigFiles({
    ...files,
    ignoreCache: true,
  });
  const profiles: Profile[] = [];
  for (const name of new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)])) {
    if (/^(sso-session|services)\./.test(name)) continue;
    const section: Section = { ...configFile[name], ...credentialsFile[name] };
    const identity = identityIn(section, configFile);
    if (!identity) {
      looked.push(`profile ${name}: has no credentials`);
      continue;
    }
    const path = credentialsFile[name] && !configFile[name] ? files.filepath : files.configFilepath;
    profiles.push({
      name,
      foundIn: `${shortPath(path, surroundings.homedir)}, profile ${name}`,
      region: section.region,
      sso: section.sso_session !== undefined || section.sso_start_url !== undefined,
      accountNumber: accountNumberIn(section),
      identity,
      keys: keysIn(section),
    });
  }
  return profiles;
}

async function look(path: string, surroundings: Surroundings, looked: string[]): Promise<boolean> {
  const shown = shortPath(path, surroundings.homedir);
  try {
    const there = (await surroundings.readFile(path)) !== undefined;
    looked.push(`${shown}: ${there ? 'read' : 'not there'}`);
    return there;
  } catch (error) {
    looked.push(`${shown}: cannot be read (${(error as Error).message})`);
    return false;
  }
}

/**
 * What the credentials are, by the words of the files; undefined where there are none.
 * https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */
function identityIn(section: Section, configFile: Record<string, Section>): string | undefined {
  const role = section.role_arn;
  if (role) return `role ${role} ${section.role_session_name ?? ''}`;
  if (section.aws_access_key_id && section.aws_secret_access_key)
    return `key ${section.aws_access_key_id}`;
  if (section.credential_process) return `process ${section.credential_process}`;
  const session = section.sso_session;
  const start = session
    ? configFile[`sso-session.${session}`]?.sso_start_url
    : section.sso_start_url;
  if (start ?? session)
    return `sso ${start ?? session} ${section.sso_account_id} ${section.sso_role_name}`;
  const login = section.login_session;
  return login && `login ${login}`;
}

function accountNumberIn(section: Section): string | undefined {
  return (
    section.aws_account_id ??
    numberIn(section.role_arn) ??
    section.sso_account_id ??
    numberIn(section.login_session)
  );
}

function numberIn(arn: string | undefined): string | undefined {
  return arn && /^arn:[a-z-]+:(?:iam|sts)::(\d{12}):/.exec(arn)?.[1];
}

function keysIn(section: Section): Profile['keys'] {
  const accessKeyId = section.aws_access_key_id;
  const secretAccessKey = section.aws_secret_access_key;
  const sessionToken = section.aws_session_token;
  if (section.role_arn || !accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}

function shortPath(path: string, homedir: string): string {
  return path.startsWith(`${homedir}/`) || path.startsWith(`${homedir}\\`)
    ? `~${path.slice(homedir.length)}`
    : path;
}
