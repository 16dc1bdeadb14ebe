import { lambda } from '@burnrate/shared/sources/lambda/index.ts';
import { bareMachine } from '../bare.ts';
import { hastyClock } from '../hasty.ts';
import type { OpenAccount } from '../refusals.ts';
import { type Handler, startService } from '../service.ts';

export const KEY = 'secret_4711.lambda-key';

/** A Lambda account that is served by a handler, open. */
export async function openLambda(
  handler: Handler,
  section: Record<string, unknown> = {},
): Promise<OpenAccount> {
  const service = await startService(handler);
  const settings = lambda.settings.parse({ url: `${service.url}/api/v1`, ...section });
  const surroundings = bareMachine({ env: { LAMBDA_API_KEY: KEY }, clock: hastyClock });
  const [account] = (await lambda.discover(surroundings, settings)).accounts;
  if (!account) throw new Error('no account was found');
  const connection = lambda.open(account, surroundings, settings);
  return {
    account,
    connection,
    service,
    key: KEY,
    close: async () => {
      await connection.close?.();
      await service.close();
    },
  };
}
