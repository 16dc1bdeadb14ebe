import { MINUTE, SECOND } from '../../model/time.ts';
import { lazily } from '../lazily.ts';
import { LEFTOVER_CADENCE } from '../leftovers.ts';
import { defineSource } from '../source.ts';
import { discover } from './discover.ts';
import { Settings } from './settings.ts';

/** Google Cloud: Compute Engine's instances, GKE's nodes among them, and Vertex AI's custom jobs. */
export const gcp = defineSource<Settings>({
  id: 'gcp',
  title: 'Google Cloud',
  capabilities: ['nodes', 'jobs', 'telemetry', 'prices', 'leftovers', 'stop'],
  cadence: {
    nodes: { everyMs: MINUTE, deadlineMs: 20 * SECOND, costMicros: 0 },
    jobs: { everyMs: MINUTE, deadlineMs: 20 * SECOND, costMicros: 0 },
    // A whole catalogue, once a day; in between nothing is asked.
    prices: { everyMs: 5 * MINUTE, deadlineMs: 90 * SECOND, costMicros: 0 },
    // Each series that is returned costs $0.0000005 (a million a month are free): of 8 GPUs, 24.
    // https://cloud.google.com/stackdriver/pricing
    telemetry: { everyMs: 2 * MINUTE, deadlineMs: 20 * SECOND, costMicros: 12 },
    leftovers: { ...LEFTOVER_CADENCE, deadlineMs: 90 * SECOND },
  },
  settings: Settings,
  discover,
  open: (account, surroundings, settings) =>
    lazily(async () => (await import('./connection.ts')).connect(account, surroundings, settings)),
});
