import { join } from 'node:path';
import { fromIni, fromNodeProviderChain } from '@aws-sdk/credential-providers';
import type { Surroundings } from '../source.ts';
import type { Options } from './account.ts';

/** What a signer needs; the shape that the SDK's own providers resolve to. */
export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

/** A provider that the SDK asks at each request, and that can be told to look again. */
export interface Credentials {
  provider: ((properties?: object) => Promise<Keys>) & { memoized: boolean };
  /** The keys were refused: the next request reads them anew, after `aws sso login` perhaps. */
  forget(): void;
}

/** Renewed this long before they expire, as the SDK itself does. */
const RENEW_MS = 5 * 60_000;

/** An account's credentials, by the links of the SDK's default chain. */
export function credentialsOf(options: Options, surroundings: Surroundings): Credentials {
  const origin = originOf(options, surroundings);
  let cached: Promise<Keys> | undefined;
  const provider = async (properties?: object): Promise<Keys> => {
    const keys = await cached?.catch(() => undefined);
    if (keys && (!keys.expiration || keys.expiration.getTime() - Date.now() > RENEW_MS))
      return keys;
    cached = origin(properties);
    return cached;
  };
  return {
    // The SDK keeps credentials without an expiry for good unless told that this is done already.
    provider: Object.assign(provider, { memoized: true }),
    forget: () => {
      cached = undefined;
    },
  };
}

function originOf(
  options: Options,
  surroundings: Surroundings,
): (properties?: object) => Promise<Keys> {
  switch (options.origin) {
    case 'profile':
      return fromIni({
        profile: options.profile ?? 'default',
        ...configFiles(surroundings),
        ignoreCache: true,
      });
    case 'environment':
      return async () => keysIn(surroundings.env);
    case 'role':
      return fromNodeProviderChain();
  }
}

/** Where the shared files are: https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html */
export function configFiles({ env, homedir }: Pick<Surroundings, 'env' | 'homedir'>) {
  return {
    configFilepath: env.AWS_CONFIG_FILE || join(homedir, '.aws', 'config'),
    filepath: env.AWS_SHARED_CREDENTIALS_FILE || join(homedir, '.aws', 'credentials'),
  };
}

function keysIn(env: Surroundings['env']): Keys {
  const accessKeyId = env.AWS_ACCESS_KEY_ID;
  const secretAccessKey = env.AWS_SECRET_ACCESS_KEY;
  const sessionToken = env.AWS_SESSION_TOKEN;
  if (!accessKeyId || !secretAccessKey) {
    const error = new Error('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are no longer set');
    error.name = 'CredentialsProviderError';
    throw error;
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}
