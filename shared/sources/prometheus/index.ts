import { SECOND } from '../../model/time.ts';
import { lazilyRead } from '../lazily.ts';
import { defineSource } from '../source.ts';
import { discover } from './discover.ts';
import { Settings } from './settings.ts';

/**
 * What a Prometheus, Thanos, Mimir or VictoriaMetrics has of GPUs: the series of NVIDIA's and AMD's
 * exporters, of a whole fleet by one query, with no way to the machines themselves. Read as often
 * as exporters are scraped by default in Kubernetes.
 */
export const prometheus = defineSource<Settings>({
  id: 'prometheus',
  title: 'Prometheus',
  capabilities: ['telemetry'],
  cadence: {
    telemetry: { everyMs: 15 * SECOND, deadlineMs: 13 * SECOND, costMicros: 0 },
  },
  settings: Settings,
  discover,
  open: (account, surroundings) =>
    lazilyRead(async () => (await import('./connection.ts')).connect(account, surroundings)),
});
