import { CostManagementClient, type QueryDefinition } from '@azure/arm-costmanagement';
import PQueue from 'p-queue';
import { z } from 'zod';
import { type Clock, type Instant, SECOND } from '../../model/time.ts';
import { CLOUDS, optionsOf, signIn } from '../../sources/azure/account.ts';
import { allowing, type Manager, waitIn } from '../../sources/azure/resource_manager.ts';
import type { Tokens } from '../../sources/azure/tokens.ts';
import { retryAfterMs } from '../../sources/retry_after.ts';
import { type Asked, type Clues, clientFailure } from '../client_failure.ts';

/** https://learn.microsoft.com/rest/api/cost-management/query/usage */
const Answer = z.object({
  columns: z.array(z.object({ name: z.string() })),
  rows: z.array(z.array(z.union([z.string(), z.number(), z.null(), z.array(z.unknown())]))),
  nextLink: z.string().nullish(),
});

/** Some rows of a query, and where the next are. */
export interface Page extends Pick<z.infer<typeof Answer>, 'columns' | 'rows'> {
  next?: string | undefined;
}

/** Of the Query API; the client's own is older. */
const API_VERSION = '2023-11-01';
/** What it answers where nothing was used. */
const NO_CONTENT = 204;
/** Queries of a tenant are limited to some sixty a minute. */
const SPACING_MS = 2 * SECOND;
/** As the client calls its own way to sign, which has to give way to ours. */
const SIGNING = 'bearerTokenAuthenticationPolicy';

/** Cost Management, asked as an account. */
export interface Costs {
  /**
   * One page of a query over a scope: the first, or the `next` of another, for which the same query
   * is sent again. Rejects with a SourceError, also once the signal is aborted.
   */
  page(
    scope: string,
    query: QueryDefinition,
    next: string | undefined,
    signal: AbortSignal,
  ): Promise<Page>;
}

/** `url`: where Azure Resource Manager is, where that is not the cloud's own address. */
export function openCosts(
  manager: Manager,
  tokens: Tokens,
  clock: Clock,
  url: string | undefined,
): Costs {
  const { account } = manager;
  const options = optionsOf(account);
  const endpoint = (url ?? CLOUDS[options.cloud].manager).replace(/\/+$/, '');
  let token = '';
  /** Where the request goes that is made now; one is made at a time. */
  let place: string | undefined;
  const sign = async () => {
    token = await tokens.get(account.id);
    return token;
  };
  const client = openClient(endpoint, sign, () => place);
  const interval = SPACING_MS / clock.speed;
  const queue = new PQueue({ concurrency: 1, interval, intervalCap: 1 });
  const asked = (): Asked => ({
    account: account.id,
    service: 'Azure Cost Management',
    what: 'costs',
    token,
    remedy: (status, words) =>
      status === 401
        ? signIn(options)
        : allowing(
            /action '([^']+)'/.exec(words)?.[1] ?? 'Microsoft.CostManagement/query/action',
            options.subscription,
          ),
  });

  async function ask(
    scope: string,
    query: QueryDefinition,
    next: string | undefined,
    abortSignal: AbortSignal,
  ): Promise<Page> {
    place = next;
    let status = 0;
    const onResponse = (answer: { status: number }) => {
      status = answer.status;
    };
    const answer = await client.query.usage(scope, query, { abortSignal, onResponse });
    if (status === NO_CONTENT) return { columns: [], rows: [] };
    const { nextLink, ...page } = Answer.parse(answer);
    return { ...page, next: nextLink ? manager.within(nextLink) : undefined };
  }

  return {
    async page(scope, query, next, signal) {
      try {
        return await queue.add(() => ask(scope, query, next, signal), { signal });
      } catch (error) {
        const clues = cluesIn(error, clock.now());
        if (clues.status === 401) tokens.forget();
        throw clientFailure(error, clues, asked());
      }
    },
  };
}

/**
 * Azure's own client, made to ask once: the collector waits for as long as Azure says.
 *
 * It costs memory: a bundled program of 61 MB held 72 MB after its first reading, where requests of
 * our own made it 65 MB. So this module is loaded with the first reading of a bill.
 */
function openClient(
  endpoint: string,
  token: () => Promise<string>,
  nextPage: () => string | undefined,
): CostManagementClient {
  const credential = { getToken: async () => ({ token: await token(), expiresOnTimestamp: 0 }) };
  const client = new CostManagementClient(credential, {
    endpoint,
    apiVersion: API_VERSION,
    retryOptions: { maxRetries: 0 },
    // Settings have it for an address on this machine only.
    allowInsecureConnection: true,
    userAgentOptions: { userAgentPrefix: 'burnrate' },
  });
  // Its own policy keeps a token that was refused, and signs nothing for an address on this machine.
  client.pipeline.removePolicy({ name: SIGNING });
  client.pipeline.addPolicy({
    name: SIGNING,
    async sendRequest(request, send) {
      request.headers.set('authorization', `Bearer ${await token()}`);
      return send(request);
    },
  });
  // It knows of no second page: that is the same request, sent to where the first one says.
  client.pipeline.addPolicy({
    name: 'nextPage',
    sendRequest(request, send) {
      const path = nextPage();
      if (path) request.url = endpoint + path;
      return send(request);
    },
  });
  return client;
}

/** What a RestError of Azure's client tells. */
function cluesIn(error: unknown, now: Instant): Clues {
  const { statusCode, details, response } = error as {
    statusCode?: number;
    details?: { error?: { message?: string } };
    response?: { headers: { toJSON(): Record<string, string> } };
  };
  return {
    status: statusCode,
    // Not the error's own message: of an answer that is not understood, that is the answer.
    words: details?.error?.message,
    retryAfterMs: retryAfterMs(waitIn(response?.headers.toJSON() ?? {}), now),
  };
}
