import { runpod } from '@burnrate/shared/sources/runpod/index.ts';
import { bareMachine } from '../bare.ts';
import { type OpenAccount, openAccount } from '../open_account.ts';
import type { Handler } from '../service.ts';

export const KEY = 'rpa_4711SECRETCANARY';

/** A RunPod account that is served by a handler, open. */
export function openRunPod(
  handler: Handler,
  section: Record<string, unknown> = {},
): Promise<OpenAccount> {
  return openAccount(runpod, handler, {
    key: KEY,
    surroundings: bareMachine({ env: { RUNPOD_API_KEY: KEY } }),
    section: (url) => ({ url: `${url}/v1`, telemetryUrl: url, ...section }),
  });
}
