import { MINUTE, SECOND } from '../../model/time.ts';
import { lazily } from '../lazily.ts';
import { defineSource } from '../source.ts';
import { discover } from './discover.ts';
import { Settings } from './settings.ts';

/**
 * A Kubernetes cluster: its nodes with GPUs, the jobs that its pods are, how busy their GPUs are
 * where an exporter runs beside them, and the way to suspend them. All of its calls are free of charge.
 *
 * It speaks to the API server itself. The official client (2.0) takes some 90 MB of memory when it
 * is loaded, and holds up the whole process while a credential plugin runs.
 */
export const kubernetes = defineSource<Settings>({
  id: 'kubernetes',
  title: 'Kubernetes',
  capabilities: ['nodes', 'jobs', 'telemetry', 'stop'],
  cadence: {
    nodes: { everyMs: MINUTE, deadlineMs: 20 * SECOND, costMicros: 0 },
    jobs: { everyMs: MINUTE, deadlineMs: 20 * SECOND, costMicros: 0 },
    telemetry: { everyMs: 15 * SECOND, deadlineMs: 13 * SECOND, costMicros: 0 },
  },
  settings: Settings,
  discover,
  open: (account, surroundings, settings) =>
    lazily(async () => {
      const { connect } = await import('./connection.ts');
      return connect(account, surroundings, settings);
    }),
});
