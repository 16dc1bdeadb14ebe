import type { z } from 'zod';
import type { Account } from '../../model/account.ts';
import { serviceUrl } from '../rented.ts';
import { type RestCall, RestClient } from '../rest.ts';
import { SourceError, type Surroundings } from '../source.ts';
import { loginRemedy, type Options, optionsOf } from './account.ts';
import { credentialsOf } from './credentials.ts';
import { refusalRemedy, throttles } from './errors.ts';
import { SERVICES, type Service, type Settings } from './settings.ts';

/** An account's way to Google's services: REST, since the gRPC libraries take some 100 MB. */
export interface Api {
  readonly account: Account;
  readonly options: Options;
  readonly project: string;
  /** `region`: where Vertex AI is asked, which has an address for each. */
  ask<T>(service: Service, call: RestCall<T>, region?: string): Promise<T>;
  /** Every page of a list. Rejects where any of them could not be read. */
  pages<T extends { nextPageToken?: string | undefined }>(
    service: Service,
    path: string,
    schema: z.ZodType<T>,
    signal: AbortSignal,
    region?: string,
  ): AsyncIterable<T>;
  /** Where a service is. Throws a SourceError for an address that a token may not be sent to. */
  addressOf(service: Service): string;
  /** The access token itself: for the service that is asked about it, and for Google's own clients. */
  token(): Promise<string>;
  /** The token was refused by one of those clients: the next one is made anew. */
  forget(): void;
  close(): void;
}

export function openApi(account: Account, surroundings: Surroundings, settings: Settings): Api {
  const options = optionsOf(account);
  const { clock } = surroundings;
  const addressOf = (service: Service) => endpointOf(service, settings, surroundings);
  const tokenUrl =
    settings.endpoints.oauth2 === undefined && surroundings.env.CLOUDSDK_AUTH_TOKEN_HOST
      ? trusted('CLOUDSDK_AUTH_TOKEN_HOST', surroundings.env.CLOUDSDK_AUTH_TOKEN_HOST, account.id)
      : `${addressOf('oauth2')}/token`;
  const credentials = credentialsOf(options, account.id, tokenUrl, surroundings);
  const clients = new Map<string, RestClient>();

  function clientOf(service: Service, region: string): RestClient {
    const baseUrl = trusted(service, addressOf(service), account.id).replace('REGION', region);
    const known = clients.get(baseUrl + service);
    if (known) return known;
    const client = new RestClient({
      account: account.id,
      service: SERVICES[service].title,
      baseUrl,
      clock,
      key: () => credentials.token(),
      keyName: 'access token',
      authorize: (token) => ({
        authorization: `Bearer ${token}`,
        // The project that these credentials charge their requests to, as Google's libraries say it.
        ...(options.quotaProject && { 'x-goog-user-project': options.quotaProject }),
      }),
      remedy: (status, words) =>
        status === 401 ? loginRemedy(options) : refusalRemedy(service, words, options),
      throttles,
    });
    clients.set(baseUrl + service, client);
    return client;
  }

  async function ask<T>(service: Service, call: RestCall<T>, region = ''): Promise<T> {
    try {
      return await clientOf(service, region).ask(call);
    } catch (error) {
      if (error instanceof SourceError && /status 401\b/.test(error.message)) credentials.forget();
      throw error;
    }
  }

  return {
    account,
    options,
    project: options.project,
    ask,
    async *pages(service, path, schema, signal, region) {
      let next: string | undefined;
      do {
        const token = next ? `&pageToken=${encodeURIComponent(next)}` : '';
        const page = await ask(service, { path: `${path}${token}`, schema, signal }, region);
        yield page;
        next = page.nextPageToken;
      } while (next);
    },
    addressOf: (service) => trusted(service, addressOf(service), account.id),
    token: () => credentials.token(),
    forget: () => credentials.forget(),
    close() {
      credentials.close();
      for (const client of clients.values()) client.close();
      clients.clear();
    },
  };
}

/**
 * Where a service is: by burnrate.yaml, by gcloud's own override, or Google's own address.
 * https://cloud.google.com/sdk/gcloud/reference/config/set, api_endpoint_overrides
 */
function endpointOf(service: Service, settings: Settings, { env }: Surroundings): string {
  const told =
    settings.endpoints[service] ?? env[`CLOUDSDK_API_ENDPOINT_OVERRIDES_${service.toUpperCase()}`];
  return (told || SERVICES[service].url).replace(/\/+$/, '');
}

/** An address that a token may be sent to. Throws a SourceError for any other. */
function trusted(name: string, url: string, account: string): string {
  if (serviceUrl.safeParse(url.replace('REGION', 'region')).success) return url;
  throw new SourceError('not-configured', {
    account,
    message: `The endpoint of ${name} is ${url}, where a token may not be sent: it is not https`,
    remedy:
      'Correct it: sources.gcp.endpoints in burnrate.yaml, or CLOUDSDK_API_ENDPOINT_OVERRIDES_* and CLOUDSDK_AUTH_TOKEN_HOST in the environment.',
  });
}
