import type { Clock } from '@burnrate/shared/model/time.ts';
import { systemClock } from '@burnrate/shared/model/time.ts';
import { azure } from '@burnrate/shared/sources/azure/index.ts';
import type { Surroundings } from '@burnrate/shared/sources/source.ts';
import { bareMachine } from '../bare.ts';
import { lookingAt, type OpenAccount, openAccount } from '../open_account.ts';
import type { Handler } from '../service.ts';
import { azureOf, type Cloud } from './cloud.ts';
import { SUBSCRIPTION, TENANT } from './resources.ts';

export const NOW = Date.parse('2026-11-25T12:00:00Z');
/** A clock that stands still at the time of the recorded resources. */
export const noon: Clock = { ...systemClock, now: () => NOW };

/** A token as Entra makes them: https://learn.microsoft.com/entra/identity-platform/access-tokens */
export function tokenOf(claims: Record<string, unknown>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ typ: 'JWT', alg: 'RS256' })}.${part(claims)}.c2lnbmF0dXJl`;
}
export const TOKEN = tokenOf({ upn: 'ada@example.com', oid: 'ada-object-id', appid: 'az-cli' });

/** What `az login` leaves behind, with its byte order mark. */
export function profileOf(...subscriptions: Record<string, unknown>[]): string {
  return `\ufeff${JSON.stringify({
    installationId: '5f2dc1ee',
    subscriptions: subscriptions.map((one) => ({
      id: SUBSCRIPTION,
      name: 'Research',
      state: 'Enabled',
      isDefault: true,
      tenantId: TENANT,
      user: { name: 'ada@example.com', type: 'user' },
      environmentName: 'AzureCloud',
      ...one,
    })),
  })}`;
}

/** A machine on which somebody has signed in by `az login`. */
export function signedIn(token = TOKEN, changes: Partial<Surroundings> = {}): Surroundings {
  const profile = profileOf({});
  return bareMachine({
    clock: noon,
    readFile: async (path) => (path.endsWith('azureProfile.json') ? profile : undefined),
    run: async (command, args) => {
      if (command !== 'az' || args[1] !== 'get-access-token')
        throw Object.assign(new Error('spawn ENOENT'), { code: 'ENOENT' });
      const answer = { accessToken: token, expires_on: Math.floor(Date.now() / 1000) + 3600 };
      return { code: 0, stdout: JSON.stringify(answer), stderr: '' };
    },
    ...changes,
  });
}

/** A subscription that is served by a handler, open. */
export function openAzure(
  handler: Handler,
  section: Record<string, unknown> = {},
): Promise<OpenAccount> {
  return openAccount(azure, handler, {
    key: TOKEN,
    surroundings: signedIn(),
    section: (url) => ({ url, pricesUrl: url, ...section }),
  });
}

/** One look at a subscription that holds these things. */
export function withCloud(
  cloud: Cloud,
  task: Parameters<typeof lookingAt>[1],
  section: Record<string, unknown> = {},
): Promise<void> {
  return lookingAt(openAzure(azureOf(TOKEN, cloud), section), task);
}
