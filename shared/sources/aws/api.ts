import { EC2Client } from '@aws-sdk/client-ec2';
import { PricingClient } from '@aws-sdk/client-pricing';
import { STSClient } from '@aws-sdk/client-sts';
import PQueue from 'p-queue';
import type { Account } from '../../model/account.ts';
import type { Surroundings } from '../source.ts';
import { DEFAULT_REGION, type Options, optionsOf } from './account.ts';
import { type Credentials, credentialsOf } from './credentials.ts';
import { endpointFor } from './endpoint.ts';
import { type Attempt, refusesCredentials, toSourceError } from './errors.ts';

/** An account's clients, and the one way in which calls are made with them. */
export interface Api {
  readonly options: Options;
  readonly account: Account;
  readonly homeRegion: string;
  ec2(region: string): EC2Client;
  /** The client of a further service, whose SDK is loaded by whoever asks for it. */
  client<C extends Client>(service: string, region: string, make: MakeClient<C>): C;
  sts(): STSClient;
  pricing(): PricingClient;
  /** What a failure of this call is about. */
  attempt(action: string, region?: string): Attempt;
  /**
   * Makes a call, a few at a time. Rejects with a SourceError; refused credentials are read anew
   * before the next one.
   */
  ask<T>(attempt: Attempt, signal: AbortSignal, call: () => Promise<T>): Promise<T>;
  close(): void;
}

interface Client {
  destroy(): void;
}
interface ClientConfig {
  region: string;
  credentials: Credentials['provider'];
  maxAttempts: number;
  requestHandler: { connectionTimeout: number };
  endpoint?: string;
  profile?: string;
}
type MakeClient<C extends Client> = new (config: ClientConfig) => C;

/** Every enabled region at once would open some thirty connections in one instant. */
const AT_ONCE = 12;

export function openApi(account: Account, surroundings: Surroundings): Api {
  const options = optionsOf(account);
  const credentials = credentialsOf(options, surroundings);
  const homeRegion = options.region ?? DEFAULT_REGION;
  const queue = new PQueue({ concurrency: AT_ONCE });
  const clients = new Map<string, Client>();

  const config = (service: string, region: string): ClientConfig => {
    const endpoint = endpointFor(service, surroundings.env);
    return {
      region,
      credentials: credentials.provider,
      ...(endpoint && { endpoint }),
      ...(options.profile && { profile: options.profile }),
      // The next tick is the better retry.
      maxAttempts: 2,
      requestHandler: { connectionTimeout: 5000 },
    };
  };
  /** One client a service and region: each keeps its connection open between ticks. */
  function client<C extends Client>(service: string, region: string, Make: MakeClient<C>): C {
    const key = `${service}/${region}`;
    const known = clients.get(key) as C | undefined;
    if (known) return known;
    const made = new Make(config(service, region));
    clients.set(key, made);
    return made;
  }

  return {
    options,
    account,
    homeRegion,
    client,
    ec2: (region) => client('EC2', region, EC2Client),
    sts: () => client('STS', homeRegion, STSClient),
    pricing: () => client('PRICING', pricingRegion(homeRegion), PricingClient),
    attempt: (action, region) => ({
      account: account.id,
      options,
      action,
      ...(region && { region }),
    }),
    async ask(attempt, signal, call) {
      try {
        return await queue.add(() => call(), { signal });
      } catch (error) {
        if (refusesCredentials(error)) credentials.forget();
        throw toSourceError(signal.aborted ? aborted(error) : error, attempt);
      }
    },
    close() {
      for (const client of clients.values()) client.destroy();
      clients.clear();
    },
  };
}

/** The Price List of every commercial region is served from one; China has its own. */
export function pricingRegion(home: string): string {
  return home.startsWith('cn-') ? 'cn-northwest-1' : 'us-east-1';
}

/** Whatever a call fails with once the signal is aborted, the abort is the reason. */
function aborted(error: unknown): Error {
  const reason = new Error('aborted', { cause: error });
  reason.name = 'AbortError';
  return reason;
}
