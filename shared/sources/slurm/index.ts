import { MINUTE, SECOND } from '../../model/time.ts';
import { lazily } from '../lazily.ts';
import { defineSource } from '../source.ts';
import { discover } from './discover.ts';
import { Settings } from './settings.ts';

/**
 * A Slurm cluster: its nodes, the jobs on them and in its queue, and the way to cancel them. By its
 * own commands, on this machine or over ssh, or by its slurmrestd. Needs nothing but what a user of
 * the cluster may do.
 */
export const slurm = defineSource<Settings>({
  id: 'slurm',
  title: 'Slurm',
  capabilities: ['nodes', 'jobs', 'stop'],
  cadence: {
    nodes: { everyMs: MINUTE, deadlineMs: 20 * SECOND, costMicros: 0 },
    jobs: { everyMs: MINUTE, deadlineMs: 20 * SECOND, costMicros: 0 },
  },
  settings: Settings,
  discover,
  open: (account, surroundings, settings) =>
    lazily(async () => (await import('./connection.ts')).connect(account, surroundings, settings)),
});
