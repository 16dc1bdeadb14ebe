import { MINUTE, SECOND } from '../../model/time.ts';
import { lazily } from '../lazily.ts';
import { LEFTOVER_CADENCE } from '../leftovers.ts';
import { defineSource } from '../source.ts';
import { discover } from './discover.ts';
import { Settings } from './settings.ts';

/**
 * Azure: virtual machines, scale sets and AKS pools, Azure ML's jobs and the machines they run on,
 * at list prices. All of its calls are free of charge. Azure Monitor tells how busy the GPUs of Azure ML's
 * clusters are; those of plain machines it does not see, so they need an exporter.
 */
export const azure = defineSource<Settings>({
  id: 'azure',
  title: 'Microsoft Azure',
  capabilities: ['nodes', 'jobs', 'telemetry', 'prices', 'leftovers', 'stop'],
  cadence: {
    nodes: { everyMs: MINUTE, deadlineMs: 30 * SECOND, costMicros: 0 },
    jobs: { everyMs: MINUTE, deadlineMs: 30 * SECOND, costMicros: 0 },
    // The first million readings of metrics in a month are free.
    telemetry: { everyMs: MINUTE, deadlineMs: 30 * SECOND, costMicros: 0 },
    prices: { everyMs: 15 * MINUTE, deadlineMs: 30 * SECOND, costMicros: 0 },
    leftovers: LEFTOVER_CADENCE,
  },
  settings: Settings,
  discover,
  open: (account, surroundings, settings) =>
    lazily(async () => (await import('./connection.ts')).connect(account, surroundings, settings)),
});
