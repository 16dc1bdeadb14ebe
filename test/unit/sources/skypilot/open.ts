import { skypilot } from '@burnrate/shared/sources/skypilot/index.ts';
import type { Observable, Observation, Surroundings } from '@burnrate/shared/sources/source.ts';
import { bareMachine } from '../bare.ts';
import { type OpenAccount, openAccount } from '../open_account.ts';
import type { Handler } from '../service.ts';
import { apiServer, HASH, type World } from './server.ts';

export const KEY = 'sky_canary-4711-token';
export const ALL: ReadonlySet<Observable> = new Set(['nodes', 'jobs', 'prices']);

/** A machine whose user SkyPilot knows, with these files in its `~/.sky`. */
export function machineWith(
  files: Record<string, string> = {},
  present: Partial<Surroundings> = {},
): Surroundings {
  const all: Record<string, string> = { user_hash: HASH, ...files };
  return bareMachine({
    readFile: (path) =>
      Promise.resolve(all[path.replace(/^.*[\\/]\.sky[\\/]/, '').replaceAll('\\', '/')]),
    ...present,
  });
}

export interface Place extends OpenAccount {
  look(): Promise<Observation>;
}

/** An account whose API server is this world, or answers by a handler. */
export async function openSkypilot(
  server: World | Handler,
  section: Record<string, unknown> = {},
  files: Record<string, string> = {},
): Promise<Place> {
  const handler = typeof server === 'function' ? server : apiServer(server);
  const place = await openAccount(skypilot, handler, {
    key: KEY,
    surroundings: machineWith(files, { env: { SKYPILOT_SERVICE_ACCOUNT_TOKEN: KEY } }),
    section: (endpoint) => ({ endpoint, ...section }),
  });
  const look = () =>
    place.connection.observe({ what: ALL, wanted: [], signal: AbortSignal.timeout(20_000) });
  return { ...place, look };
}

/** Opens a world, looks at it once, and closes it after the task. */
export async function withWorld(
  world: World,
  task: (place: Place, seen: Observation) => Promise<void> | void,
  section?: Record<string, unknown>,
  files?: Record<string, string>,
): Promise<void> {
  const place = await openSkypilot(world, section, files);
  try {
    await task(place, await place.look());
  } finally {
    await place.close();
  }
}
