import { MINUTE, SECOND } from '../../model/time.ts';
import { defineSource } from '../source.ts';
import { connect } from './connection.ts';
import { discover } from './discover.ts';
import { Settings } from './settings.ts';

/**
 * A Slurm cluster, through its own commands: its nodes, the jobs on them and in its queue, and the
 * way to cancel them. Needs nothing but what a user of the cluster may do.
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
  open: connect,
});
