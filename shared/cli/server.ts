import { existsSync, readFileSync } from 'node:fs';
import { pathsFor } from '../config/paths.ts';
import type { ServerSettings } from '../config/serve.ts';
import type { Server } from '../protocol/remote.ts';
import { EXIT, PlainFailure } from './exit_codes.ts';

/** The options by which a command watches a team's collector instead of one on this machine. */
export interface ServerFlags {
  server?: string;
  tokenFile?: string;
  ca?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

let flags: ServerFlags = {};

/** Keeps what the command line says, for whatever connects. */
export function rememberServer(given: ServerFlags): void {
  flags = given;
}

/**
 * The team's collector to watch: by the options, else by BURNRATE_SERVER, else by the `server`
 * section of burnrate.yaml. Undefined where none is named, or BURNRATE_SERVER is empty: this
 * machine's own. Throws PlainFailure, or CollectorUnavailable where the token cannot be read.
 */
export async function serverToWatch(
  env: Environment = process.env,
  given: ServerFlags = flags,
): Promise<Server | undefined> {
  const named = given.server ?? env.BURNRATE_SERVER;
  if (named === '') return undefined;
  const settings = named === undefined ? await settingsIn(pathsFor(env).config) : undefined;
  const url = named ?? settings?.url;
  if (url === undefined) return undefined;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new PlainFailure(
      `${url} is no address of a server. Give one as in https://host:8443.`,
      EXIT.usage,
    );
  }
  const tokenFile = given.tokenFile ?? env.BURNRATE_TOKEN_FILE ?? settings?.tokenFile;
  const ca = given.ca ?? env.BURNRATE_CA ?? settings?.ca;
  const { tokenFrom } = await import('../protocol/remote.ts');
  const token = tokenFile === undefined ? env.BURNRATE_TOKEN : tokenFrom(tokenFile);
  if (!token) {
    throw new PlainFailure(
      `${url} asks for a token: give its file with --token-file, or set BURNRATE_TOKEN.`,
      EXIT.usage,
    );
  }
  return { url, token, ...(ca !== undefined && { ca: pemIn(ca) }) };
}

function pemIn(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new PlainFailure(
      `The certificate authority cannot be read: ${(error as Error).message}`,
      EXIT.usage,
    );
  }
}

/** The section. Most have none: then nothing is loaded. */
async function settingsIn(file: string): Promise<ServerSettings | undefined> {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (!/^["']?server["']?\s*:/m.test(text)) return undefined;
  return (await import('./server_settings.ts')).serverSettings(file, text);
}
