import { MINUTE, SECOND } from '../../model/time.ts';
import { apiKeyOf, discoverKeys } from '../api_key.ts';
import { lazily } from '../lazily.ts';
import { LEFTOVER_CADENCE } from '../leftovers.ts';
import { defineSource } from '../source.ts';
import { PLACES } from './places.ts';
import { Settings } from './settings.ts';

/** RunPod's pods, each with the price that the API names for it, and how busy its GPUs are. */
export const runpod = defineSource<Settings>({
  id: 'runpod',
  title: 'RunPod',
  capabilities: ['nodes', 'jobs', 'telemetry', 'prices', 'leftovers', 'stop'],
  cadence: {
    nodes: { everyMs: MINUTE, deadlineMs: 20 * SECOND, costMicros: 0 },
    jobs: { everyMs: MINUTE, deadlineMs: 20 * SECOND, costMicros: 0 },
    prices: { everyMs: MINUTE, deadlineMs: 20 * SECOND, costMicros: 0 },
    // Asked apart from the others: a key without access to it must not leave pods unread.
    telemetry: { everyMs: 30 * SECOND, deadlineMs: 15 * SECOND, costMicros: 0 },
    leftovers: LEFTOVER_CADENCE,
  },
  ...apiKeyOf(PLACES),
  settings: Settings,
  discover: (surroundings, { keyVariables }) => discoverKeys(PLACES, surroundings, keyVariables),
  open: (account, surroundings, settings) =>
    lazily(async () => (await import('./connection.ts')).connect(account, surroundings, settings)),
});
