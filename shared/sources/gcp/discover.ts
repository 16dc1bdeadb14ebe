import { join } from 'node:path';
import type { Account } from '../../model/account.ts';
import type { Discovery, Surroundings } from '../source.ts';
import type { Options } from './account.ts';
import { type Gcloud, readGcloud, readQuietly } from './gcloud.ts';
import { metadataOf, onGoogle } from './metadata.ts';
import type { Settings } from './settings.ts';

/** Credentials that were found, and the project that they themselves name. */
interface Found {
  foundIn: string;
  options: Omit<Options, 'project'>;
  project?: string | undefined;
}

/**
 * Finds credentials where Google's own libraries would (Application Default Credentials), then
 * where gcloud has its own; and the project as gcloud does. An account is a project. The metadata
 * server is asked only on a machine of Google's: elsewhere that only waits for a time-out.
 * https://cloud.google.com/docs/authentication/application-default-credentials
 */
export async function discover(surroundings: Surroundings, settings: Settings): Promise<Discovery> {
  const looked: string[] = [];
  const gcloud = await readGcloud(surroundings, looked);
  const found = await credentialsIn(surroundings, gcloud, looked);
  if (!found) return { accounts: [], looked };
  const projects = settings.projects ?? (await projectsOf(surroundings, gcloud, found, looked));
  const accounts = projects.map(
    (project): Account => ({
      id: `gcp:${project}`,
      source: 'gcp',
      name: project,
      foundIn: found.foundIn,
      options: { project, ...found.options, ...(gcloud.region && { region: gcloud.region }) },
    }),
  );
  return { accounts, looked };
}

async function credentialsIn(
  surroundings: Surroundings,
  gcloud: Gcloud,
  looked: string[],
): Promise<Found | undefined> {
  const { env } = surroundings;
  const tokenFile = env.CLOUDSDK_AUTH_ACCESS_TOKEN_FILE;
  if (tokenFile)
    return {
      foundIn: 'CLOUDSDK_AUTH_ACCESS_TOKEN_FILE in the environment',
      options: { origin: 'token-file', file: tokenFile },
    };
  const named = env.GOOGLE_APPLICATION_CREDENTIALS;
  if (!named) looked.push('GOOGLE_APPLICATION_CREDENTIALS: not set');
  const wellKnown = join(gcloud.folder, 'application_default_credentials.json');
  for (const [file, foundIn] of [
    ...(named ? [[named, `GOOGLE_APPLICATION_CREDENTIALS, ${named}`] as const] : []),
    [wellKnown, wellKnown] as const,
  ]) {
    const text = await readQuietly(file, surroundings, looked);
    const credentials = text === undefined ? undefined : parse(text);
    looked.push(
      `${foundIn}: ${credentials ? 'used' : text === undefined ? 'not there' : 'holds no credentials'}`,
    );
    if (!credentials) continue;
    const { quota_project_id: quotaProject, project_id: project } = credentials;
    return {
      foundIn,
      options: { origin: 'file', file, ...(typeof quotaProject === 'string' && { quotaProject }) },
      project: typeof project === 'string' ? project : undefined,
    };
  }
  if (await onGoogle(surroundings))
    return { foundIn: "this machine's service account", options: { origin: 'metadata' } };
  looked.push('metadata server: this is no machine of Google Cloud');
  if (gcloud.account)
    return { foundIn: `gcloud, signed in as ${gcloud.account}`, options: { origin: 'gcloud' } };
  looked.push('gcloud: no account is active (gcloud auth login)');
  return undefined;
}

async function projectsOf(
  surroundings: Surroundings,
  gcloud: Gcloud,
  { options, project }: Found,
  looked: string[],
): Promise<string[]> {
  const { env } = surroundings;
  const known =
    env.GOOGLE_CLOUD_PROJECT ||
    env.GCLOUD_PROJECT ||
    gcloud.project ||
    project ||
    options.quotaProject ||
    (options.origin === 'metadata'
      ? await metadataOf('project/project-id', surroundings).catch((error: Error) => {
          looked.push(`metadata server: did not tell the project (${error.message})`);
          return undefined;
        })
      : undefined);
  if (known) return [known];
  looked.push(
    'project: none is set (gcloud config set project PROJECT, or sources.gcp.projects in burnrate.yaml)',
  );
  return [];
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const typed = typeof value === 'object' && value !== null && 'type' in value;
    return typed ? (value as Record<string, unknown>) : undefined;
  } catch {
    // The parser's message would quote a secret; that it holds no credentials says enough.
    return undefined;
  }
}
