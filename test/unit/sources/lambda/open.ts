import { lambda } from '@burnrate/shared/sources/lambda/index.ts';
import { bareMachine } from '../bare.ts';
import { hastyClock } from '../hasty.ts';
import { type OpenAccount, openAccount } from '../open_account.ts';
import type { Handler } from '../service.ts';

export const KEY = 'secret_4711.lambda-key';

/** A Lambda account that is served by a handler, open. */
export function openLambda(
  handler: Handler,
  section: Record<string, unknown> = {},
): Promise<OpenAccount> {
  return openAccount(lambda, handler, {
    key: KEY,
    surroundings: bareMachine({ env: { LAMBDA_API_KEY: KEY }, clock: hastyClock }),
    section: (url) => ({ url: `${url}/api/v1`, ...section }),
  });
}
