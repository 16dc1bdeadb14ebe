import { z } from 'zod';
import type { Account } from '../model/account.ts';
import { MINUTE, SECOND } from '../model/time.ts';
import { apiKeyOf, discoverKeys, type KeyPlaces, keyRemedy, readKey } from './api_key.ts';
import { lazily } from './lazily.ts';
import { LEFTOVER_CADENCE } from './leftovers.ts';
import { rentedSettings, serviceUrl } from './rented.ts';
import { RestClient, type RestOptions } from './rest.ts';
import { type Connection, defineSource, type Source, type Surroundings } from './source.ts';

/** The section of burnrate.yaml of a provider whose API is at `url` unless told otherwise. */
export function rentalSettings<Shape extends z.ZodRawShape>(url: string, shape: Shape) {
  return z
    .strictObject({
      ...rentedSettings,
      url: serviceUrl.default(url).describe('Where the API is; for a gateway in front of it.'),
      ...shape,
    })
    .prefault({} as never)
    .describe('Machines rented from this provider, by API key.');
}

/** US dollars per hour by machine type: what an API that names no price leaves to be told. */
export const pricesByType = z
  .record(z.string().min(1), z.number().nonnegative().describe('US dollars per hour.'))
  .default({});

/** How a provider's accounts are opened; loaded when the first one is used. */
type Connect<Settings> = (
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
) => Required<Connection>;

const CADENCE = { everyMs: MINUTE, deadlineMs: 30 * SECOND, costMicros: 0 };

/** The source of a provider of machines with an API key, read once a minute, free of charge. */
export function rentalSource<Settings extends { keyVariables?: string[] | undefined }>(rental: {
  title: string;
  places: KeyPlaces;
  settings: z.ZodType<Settings>;
  /** Whether its API lists what is left behind. */
  leftovers?: boolean;
  load(): Promise<{ connect: Connect<Settings> }>;
}): Source<Settings> {
  const { title, places, settings, leftovers, load } = rental;
  return defineSource<Settings>({
    id: places.source,
    title,
    capabilities: [
      'nodes',
      'jobs',
      'prices',
      ...(leftovers ? (['leftovers'] as const) : []),
      'stop',
    ],
    cadence: {
      nodes: CADENCE,
      jobs: CADENCE,
      prices: CADENCE,
      ...(leftovers && { leftovers: LEFTOVER_CADENCE }),
    },
    ...apiKeyOf(places),
    settings,
    discover: (surroundings, { keyVariables }) => discoverKeys(places, surroundings, keyVariables),
    open: (account, surroundings, settings) =>
      lazily(async () => (await load()).connect(account, surroundings, settings)),
  });
}

/** A provider's API, asked with the account's key. */
export function openRest(
  account: Account,
  surroundings: Surroundings,
  {
    places,
    ...options
  }: { places: KeyPlaces } & Pick<RestOptions, 'service' | 'baseUrl' | 'spacingMs' | 'authorize'>,
): RestClient {
  return new RestClient({
    ...options,
    account: account.id,
    clock: surroundings.clock,
    key: () => readKey(account, places, surroundings),
    remedy: keyRemedy(account, places),
  });
}
