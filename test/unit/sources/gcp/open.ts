import { gcp } from '@burnrate/shared/sources/gcp/index.ts';
import type { Observation } from '@burnrate/shared/sources/source.ts';
import { bareMachine } from '../bare.ts';
import { lookingAt, type OpenAccount, openAccount } from '../open_account.ts';
import type { Handler } from '../service.ts';
import { type Cloud, googleOf, PROJECT } from './cloud.ts';

export const TOKEN = 'ya29.CANARY4711secretaccesstoken';
const TOKEN_FILE = '/nonexistent/home/token';

/** A machine where gcloud's setting names a file with a token, and a project. */
export function withToken(token = TOKEN) {
  return bareMachine({
    env: { CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: TOKEN_FILE, CLOUDSDK_CORE_PROJECT: PROJECT },
    readFile: (path) => Promise.resolve(path === TOKEN_FILE ? `${token}\n` : undefined),
  });
}

/** Every service of Google's at one address. */
export function endpointsAt(url: string) {
  return {
    endpoints: {
      compute: `${url}/compute/v1`,
      aiplatform: url,
      cloudbilling: url,
      monitoring: url,
      oauth2: url,
    },
  };
}

/** A project that is served by a handler, open. */
export function openGcp(
  handler: Handler,
  section: Record<string, unknown> = {},
): Promise<OpenAccount> {
  return openAccount(gcp, handler, {
    key: TOKEN,
    surroundings: withToken(),
    section: (url) => ({ ...endpointsAt(url), ...section }),
  });
}

/** One look at projects that hold these things. */
export const seeing = (
  cloud: Omit<Cloud, 'token'>,
  task: (seen: Observation) => void | Promise<void>,
  section = {},
) => lookingAt(openGcp(googleOf({ token: TOKEN, ...cloud }), section), task);
