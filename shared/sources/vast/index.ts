import { MINUTE, SECOND } from '../../model/time.ts';
import { apiKeyOf, discoverKeys } from '../api_key.ts';
import { lazily } from '../lazily.ts';
import { LEFTOVER_CADENCE } from '../leftovers.ts';
import { defineSource } from '../source.ts';
import { placesOf } from './places.ts';
import { Settings } from './settings.ts';

/** Vast.ai's instances: each has its own price, and one reading tells that and how busy it is. */
export const vast = defineSource<Settings>({
  id: 'vast',
  title: 'Vast.ai',
  capabilities: ['nodes', 'jobs', 'telemetry', 'prices', 'leftovers', 'stop'],
  cadence: {
    nodes: { everyMs: MINUTE, deadlineMs: 30 * SECOND, costMicros: 0 },
    jobs: { everyMs: MINUTE, deadlineMs: 30 * SECOND, costMicros: 0 },
    prices: { everyMs: MINUTE, deadlineMs: 30 * SECOND, costMicros: 0 },
    telemetry: { everyMs: MINUTE, deadlineMs: 30 * SECOND, costMicros: 0 },
    leftovers: LEFTOVER_CADENCE,
  },
  ...apiKeyOf(placesOf({ env: {} })),
  settings: Settings,
  discover: (surroundings, { keyVariables }) =>
    discoverKeys(placesOf(surroundings), surroundings, keyVariables),
  open: (account, surroundings, settings) =>
    lazily(async () => (await import('./connection.ts')).connect(account, surroundings, settings)),
});
