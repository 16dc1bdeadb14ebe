import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Account } from '../../model/account.ts';
import { NotFound, RestClient } from '../rest.ts';
import { SourceError, type Surroundings } from '../source.ts';
import { CLOUDS, optionsOf, signIn } from './account.ts';
import type { Settings } from './settings.ts';
import type { Tokens } from './tokens.ts';

/** Azure Resource Manager, asked as an account. */
export interface Manager {
  readonly account: Account;
  get<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T>;
  post<T>(path: string, body: unknown, schema: z.ZodType<T>, signal: AbortSignal): Promise<T>;
  /** Every page of a list, or those until one is the last that is wanted. */
  list<T>(
    path: string,
    item: z.ZodType<T>,
    signal: AbortSignal,
    enough?: (page: readonly T[]) => boolean,
  ): Promise<T[]>;
  /** The path of a link to the next page. Rejects one to elsewhere: the token stays with Azure. */
  within(link: string): string;
  close(): void;
}

/** More pages than any account fills: a service that links in circles would be asked for ever. */
const MOST_PAGES = 200;

export function openManager(
  account: Account,
  tokens: Tokens,
  { clock }: Surroundings,
  settings: Settings,
): Manager {
  const options = optionsOf(account);
  const baseUrl = (settings.url ?? CLOUDS[options.cloud].manager).replace(/\/+$/, '');
  const rest = new RestClient({
    account: account.id,
    service: 'Azure',
    baseUrl,
    clock,
    agent: { maxSockets: 4 },
    key: () => tokens.get(account.id),
    keyName: 'sign-in',
    remedy: (status, words) => {
      if (status === 401) tokens.forget();
      return status === 401 ? signIn(options) : roleFor(words, options.subscription);
    },
    retryAfter: waitIn,
  });

  const manager: Manager = {
    account,
    get: (path, schema, signal) => rest.ask({ path, schema, signal }),
    post: (path, body, schema, signal) => rest.ask({ method: 'POST', path, body, schema, signal }),
    async list(path, item, signal, enough = () => false) {
      const page = z.object({ value: z.array(item), nextLink: z.string().nullish() });
      const items: z.infer<typeof item>[] = [];
      let next: string | undefined = path;
      for (let pages = 0; next !== undefined; pages += 1) {
        if (pages === MOST_PAGES) throw strayed(account, path, 'its pages have no end');
        const answer: z.infer<typeof page> = await manager.get(next, page, signal);
        const { value, nextLink } = answer;
        items.push(...value);
        next = nextLink && !enough(value) ? manager.within(nextLink) : undefined;
      }
      return items;
    },
    within(link) {
      const { origin, pathname, search } = new URL(link, baseUrl);
      if (origin !== new URL(baseUrl).origin)
        throw strayed(account, link, 'its next page is somewhere else');
      return pathname + search;
    },
    close: () => rest.close(),
  };
  return manager;
}

/** Undefined where what was asked for, or to be stopped, is no longer there: it has ended. */
export async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

function strayed(account: Account, path: string, happened: string): SourceError {
  return new SourceError('malformed', {
    account: account.id,
    message: `Azure, GET ${path.replace(/\?.*/, '')}: ${happened}`,
    remedy: 'Something other than Azure may answer: check the proxy, and sources.azure.url.',
  });
}

/**
 * Azure has several ways to say how long to wait. Resource Graph: `x-ms-user-quota-resets-after`
 * is hours, minutes and seconds. Compute and Cost Management: a header of their own each.
 * https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests
 * https://learn.microsoft.com/azure/cost-management-billing/automate/get-small-usage-datasets-on-demand
 */
export function waitIn(headers: IncomingHttpHeaders): string | undefined {
  const own = Object.entries(headers).flatMap(([name, value]) => {
    const isWait = /^x-ms-ratelimit-microsoft\.\w+-([\w-]+-)?retry-after$/.test(name);
    return isWait && Number(value) > 0 ? Number(value) : [];
  });
  const [, hours, minutes, seconds] =
    /^(\d+):(\d+):(\d+)/.exec(String(headers['x-ms-user-quota-resets-after'] ?? '')) ?? [];
  if (seconds !== undefined)
    own.push(Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
  // Several quotas may be used up at once.
  return headers['retry-after'] ?? (own.length > 0 ? String(Math.max(...own)) : undefined);
}

/** What would allow it. */
function roleFor(words: string, subscription: string | undefined): string {
  const action = /action '([^']+)'/.exec(words)?.[1];
  return allowing(action ?? 'it', subscription);
}

/** How an action is allowed: by the roles that come with Burnrate. */
export function allowing(action: string, subscription: string | undefined): string {
  const kind = /\/(deallocate|cancel|stop)\//.test(action) ? 'stop' : 'read';
  const scope = `/subscriptions/${subscription ?? 'SUBSCRIPTION'}`;
  return `Have ${action} allowed to you: burnrate doctor --policy azure/${kind} prints the role for az role definition create; then az role assignment create --assignee YOU --role "Burnrate ${kind}" --scope ${scope}.`;
}
