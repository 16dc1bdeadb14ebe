import { MINUTE, SECOND } from '../../model/time.ts';
import { lazily } from '../lazily.ts';
import { defineSource } from '../source.ts';
import { discover } from './discover.ts';
import { Settings } from './settings.ts';

/**
 * Amazon EC2: instances in every enabled region, what they cost, and the way to stop them. All of
 * its calls are free of charge.
 */
export const aws = defineSource<Settings>({
  id: 'aws',
  title: 'Amazon Web Services',
  capabilities: ['nodes', 'jobs', 'prices', 'stop'],
  cadence: {
    nodes: { everyMs: MINUTE, deadlineMs: 20 * SECOND, costMicros: 0 },
    jobs: { everyMs: MINUTE, deadlineMs: 20 * SECOND, costMicros: 0 },
    prices: { everyMs: 5 * MINUTE, deadlineMs: 20 * SECOND, costMicros: 0 },
  },
  settings: Settings,
  discover,
  open: (account, surroundings, settings) =>
    lazily(async () => (await import('./connection.ts')).connect(account, surroundings, settings)),
});
