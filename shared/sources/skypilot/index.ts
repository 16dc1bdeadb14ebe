import { MINUTE, SECOND } from '../../model/time.ts';
import { lazily } from '../lazily.ts';
import { defineSource } from '../source.ts';
import { discover } from './discover.ts';
import { Settings } from './settings.ts';

/**
 * SkyPilot's clusters and managed jobs, by its API server or, where none runs, by its own file on
 * this machine; and the way to stop them. A cluster's machines are its cloud's: they are known by
 * their names and addresses, so that they are counted once.
 */
export const skypilot = defineSource<Settings>({
  id: 'skypilot',
  title: 'SkyPilot',
  capabilities: ['nodes', 'jobs', 'prices', 'stop'],
  cadence: {
    nodes: { everyMs: MINUTE, deadlineMs: 25 * SECOND, costMicros: 0 },
    jobs: { everyMs: MINUTE, deadlineMs: 25 * SECOND, costMicros: 0 },
    prices: { everyMs: 5 * MINUTE, deadlineMs: 25 * SECOND, costMicros: 0 },
  },
  settings: Settings,
  discover,
  open: (account, surroundings, settings) =>
    lazily(async () => (await import('./connection.ts')).connect(account, surroundings, settings)),
});
