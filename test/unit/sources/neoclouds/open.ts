import { crusoe } from '@burnrate/shared/sources/crusoe/index.ts';
import { digitalocean } from '@burnrate/shared/sources/digitalocean/index.ts';
import { fluidstack } from '@burnrate/shared/sources/fluidstack/index.ts';
import { hyperstack } from '@burnrate/shared/sources/hyperstack/index.ts';
import type { Source } from '@burnrate/shared/sources/source.ts';
import { together } from '@burnrate/shared/sources/together/index.ts';
import { bareMachine } from '../bare.ts';
import { lookingAt, type OpenAccount, openAccount } from '../open_account.ts';
import type { Handler } from '../service.ts';
import {
  cluster,
  crusoeInstance,
  crusoeOf,
  digitaloceanOf,
  droplet,
  fluidstackInstance,
  fluidstackOf,
  hyperstackOf,
  machine,
  togetherOf,
} from './clouds.ts';

/** Base64url, as Crusoe's secrets are. */
export const KEY = 'c2VjcmV0X2NhbmFyeV80NzEx';

type Shape = Record<string, unknown>;

/** One provider: where its key is found, and a cloud with one machine that trains. */
export interface Neocloud {
  source: Source;
  env: Record<string, string>;
  /** Where its API is, given where the service is. */
  url(service: string): string;
  cloudOf(machines: Shape[]): Handler;
  machine(changes?: Shape): Shape;
  idField: string;
}

export const NEOCLOUDS = {
  digitalocean: {
    source: digitalocean as Source,
    env: { DIGITALOCEAN_ACCESS_TOKEN: KEY },
    url: (service) => service,
    cloudOf: (machines) => digitaloceanOf(KEY, machines),
    machine: droplet,
    idField: 'id',
  },
  hyperstack: {
    source: hyperstack as Source,
    env: { HYPERSTACK_API_KEY: KEY },
    url: (service) => `${service}/v1`,
    cloudOf: (machines) => hyperstackOf(KEY, machines),
    machine,
    idField: 'id',
  },
  fluidstack: {
    source: fluidstack as Source,
    env: { FLUIDSTACK_API_KEY: KEY },
    url: (service) => service,
    cloudOf: (machines) => fluidstackOf(KEY, machines),
    machine: fluidstackInstance,
    idField: 'id',
  },
  crusoe: {
    source: crusoe as Source,
    env: { CRUSOE_SECRET_KEY: KEY, CRUSOE_ACCESS_KEY_ID: 'key-id' },
    url: (service) => `${service}/v1`,
    cloudOf: (machines) => crusoeOf({ id: 'key-id', secret: KEY }, machines),
    machine: crusoeInstance,
    idField: 'id',
  },
  together: {
    source: together as Source,
    env: { TOGETHER_API_KEY: KEY },
    url: (service) => `${service}/v1`,
    cloudOf: (machines) => togetherOf(KEY, machines),
    machine: cluster,
    idField: 'cluster_id',
  },
} satisfies Record<string, Neocloud>;

/** An account of a provider that is served by a handler, open. */
export function openNeocloud(
  { source, env, url }: Neocloud,
  handler: Handler,
  section: Shape = {},
): Promise<OpenAccount> {
  return openAccount(source, handler, {
    key: KEY,
    surroundings: bareMachine({ env }),
    section: (service) => ({ url: url(service), ...section }),
  });
}

/** One look at an account that has these machines. */
export function at(
  name: keyof typeof NEOCLOUDS,
  machines: Shape[],
  task: Parameters<typeof lookingAt>[1],
  section: Shape = {},
): Promise<void> {
  const cloud = NEOCLOUDS[name];
  return lookingAt(openNeocloud(cloud, cloud.cloudOf(machines), section), task);
}
