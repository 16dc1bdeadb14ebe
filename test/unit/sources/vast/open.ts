import { vast } from '@burnrate/shared/sources/vast/index.ts';
import { bareMachine } from '../bare.ts';
import { hastyClock } from '../hasty.ts';
import { type OpenAccount, openAccount } from '../open_account.ts';
import type { Handler } from '../service.ts';

export const KEY = '4711c0ffee4711c0ffee4711c0ffee';

/** A Vast.ai account that is served by a handler, open. */
export function openVast(
  handler: Handler,
  section: Record<string, unknown> = {},
): Promise<OpenAccount> {
  return openAccount(vast, handler, {
    key: KEY,
    surroundings: bareMachine({ env: { VAST_API_KEY: KEY }, clock: hastyClock }),
    section: (url) => ({ url, ...section }),
  });
}
