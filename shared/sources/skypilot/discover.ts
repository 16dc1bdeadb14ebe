import { existsSync } from 'node:fs';
import type { Discovery, Surroundings } from '../source.ts';
import { findEndpoint } from './endpoint.ts';
import { inRuntime } from './home.ts';
import type { Settings } from './settings.ts';

/**
 * Finds the API server that SkyPilot's commands are set up for, or the state that they keep on this
 * machine. An address that is none gives an account all the same: it says so when it is opened.
 */
export async function discover(surroundings: Surroundings, settings: Settings): Promise<Discovery> {
  const looked: string[] = [];
  const found = (name: string, foundIn: string, options: Record<string, unknown>): Discovery => ({
    accounts: [{ id: `skypilot:${name}`, source: 'skypilot', name, foundIn, options }],
    looked,
  });
  try {
    const { url, host, local, namedIn } = await findEndpoint(surroundings, settings);
    if (namedIn) return found(local ? 'local' : host, `${namedIn}: ${url}`, { endpoint: url });
  } catch (error) {
    return found('local', `an address that is none: ${(error as Error).message}`, {});
  }
  looked.push('SKYPILOT_API_SERVER_ENDPOINT in the environment: not set');
  looked.push('~/.sky/config.yaml: names no API server');
  const state = inRuntime(surroundings, 'state.db');
  if (existsSync(state)) return found('local', state, {});
  looked.push(`${state}: not there`);
  return { accounts: [], looked };
}
