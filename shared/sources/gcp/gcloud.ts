import { join } from 'node:path';
import type { Surroundings } from '../source.ts';

/** What gcloud is set to. */
export interface Gcloud {
  /** The folder of its files. */
  folder: string;
  account: string | undefined;
  project: string | undefined;
  region: string | undefined;
}

/**
 * gcloud's folder.
 * https://cloud.google.com/sdk/docs/configurations#what_is_a_configuration
 */
export function gcloudFolder({ env, homedir, platform }: Surroundings): string {
  if (env.CLOUDSDK_CONFIG) return env.CLOUDSDK_CONFIG;
  return platform === 'win32'
    ? join(env.APPDATA ?? join(homedir, 'AppData', 'Roaming'), 'gcloud')
    : join(homedir, '.config', 'gcloud');
}

/**
 * Reads gcloud's active configuration; a variable `CLOUDSDK_SECTION_PROPERTY` goes before the file.
 * https://cloud.google.com/sdk/docs/properties#setting_properties_using_environment_variables
 */
export async function readGcloud(surroundings: Surroundings, looked: string[]): Promise<Gcloud> {
  const { env } = surroundings;
  const folder = gcloudFolder(surroundings);
  const name =
    env.CLOUDSDK_ACTIVE_CONFIG_NAME ||
    (await readQuietly(join(folder, 'active_config'), surroundings, looked))?.trim() ||
    'default';
  const path = join(folder, 'configurations', `config_${name}`);
  const text = await readQuietly(path, surroundings, looked);
  looked.push(`${path}: ${text === undefined ? 'not there' : 'read'}`);
  const properties = parseProperties(text ?? '');
  const property = (section: string, key: string) =>
    env[`CLOUDSDK_${section}_${key}`.toUpperCase()] || properties.get(`${section}/${key}`);
  const zone = property('compute', 'zone');
  return {
    folder,
    account: property('core', 'account'),
    project: property('core', 'project'),
    region:
      property('ai', 'region') ?? property('compute', 'region') ?? zone?.replace(/-[a-z]$/, ''),
  };
}

/** The file's text; undefined where there is none, or where it cannot be read, which is told. */
export async function readQuietly(
  path: string,
  surroundings: Surroundings,
  looked: string[],
): Promise<string | undefined> {
  try {
    return await surroundings.readFile(path);
  } catch (error) {
    looked.push(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
    return undefined;
  }
}

/** The `key = value` lines of an INI file, as `section/key`. */
function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  let section = '';
  for (const line of text.split('\n')) {
    const heading = /^\s*\[([^\]]+)\]/.exec(line)?.[1];
    if (heading !== undefined) section = heading.trim();
    const [, key, value] = /^\s*([\w.]+)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (key && value) properties.set(`${section}/${key}`, value);
  }
  return properties;
}
