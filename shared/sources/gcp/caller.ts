import { z } from 'zod';
import type { Api } from './api.ts';
import type { Caller } from './owners.ts';

const TokenInfo = z.object({ email: z.string().optional() });

/**
 * Who the token belongs to; undefined where it was not made to tell. Needs no permission.
 * https://developers.google.com/identity/protocols/oauth2
 */
export async function whoAmI(api: Api, signal: AbortSignal): Promise<Caller | undefined> {
  // Errors name the path without its query, where the token is.
  const path = `/tokeninfo?access_token=${encodeURIComponent(await api.token())}`;
  const { email } = await api.ask('oauth2', { path, schema: TokenInfo, signal });
  return email ? { email } : undefined;
}
