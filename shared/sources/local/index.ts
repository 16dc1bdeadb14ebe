import { SECOND } from '../../model/time.ts';
import { defineSource } from '../source.ts';
import { connect } from './connection.ts';
import { discover } from './discover.ts';
import { Settings } from './settings.ts';

/** This machine: its GPUs as their maker's own tool shows them, and the processes that use them. */
export const local = defineSource<Settings>({
  id: 'local',
  title: 'This machine',
  capabilities: ['nodes', 'jobs', 'telemetry', 'stop'],
  cadence: {
    nodes: { everyMs: 30 * SECOND, deadlineMs: 20 * SECOND, costMicros: 0 },
    jobs: { everyMs: 30 * SECOND, deadlineMs: 20 * SECOND, costMicros: 0 },
    telemetry: { everyMs: 15 * SECOND, deadlineMs: 12 * SECOND, costMicros: 0 },
  },
  settings: Settings,
  discover,
  open: connect,
});
