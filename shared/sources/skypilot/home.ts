import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Surroundings } from '../source.ts';

/** `~/.sky/config.yaml`; what else it holds is not ours to judge. */
const Config = z.object({
  api_server: z
    .object({ endpoint: z.string().nullish(), service_account_token: z.string().nullish() })
    .nullish(),
});
export type ApiServerConfig = NonNullable<z.infer<typeof Config>['api_server']>;

/** A file of the user's `~/.sky`. */
export function inHome(surroundings: Surroundings, ...path: string[]): string {
  return join(surroundings.homedir, '.sky', ...path);
}

/** A file of the server's state: https://docs.skypilot.co, `SKY_RUNTIME_DIR`. */
export function inRuntime(surroundings: Surroundings, ...path: string[]): string {
  const { env, homedir } = surroundings;
  return join(env.SKY_RUNTIME_DIR || homedir, '.sky', ...path);
}

/** What SkyPilot's configuration says of the API server; empty where there is none, or a broken one. */
export async function readConfig(surroundings: Surroundings): Promise<ApiServerConfig> {
  const path = surroundings.env.SKYPILOT_GLOBAL_CONFIG || inHome(surroundings, 'config.yaml');
  const text = await surroundings.readFile(path);
  if (text === undefined) return {};
  try {
    return Config.parse(parse(text) ?? {}).api_server ?? {};
  } catch {
    // SkyPilot itself complains of it at each command; the default address holds.
    return {};
  }
}

/**
 * The hash by which SkyPilot knows the user of this machine; undefined before its first use.
 * sky/utils/common_utils.py, get_user_hash
 */
export async function readUserHash(surroundings: Surroundings): Promise<string | undefined> {
  const hash =
    surroundings.env.SKYPILOT_USER_ID ||
    (await surroundings.readFile(inHome(surroundings, 'user_hash')));
  return hash && /^[a-z0-9-]+$/i.test(hash.trim()) ? hash.trim() : undefined;
}
