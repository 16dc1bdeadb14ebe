import { SECOND } from '../../model/time.ts';
import { lazilyRead } from '../lazily.ts';
import { defineSource } from '../source.ts';
import { discover } from './discover.ts';
import { Settings } from './settings.ts';

/**
 * What NVIDIA's dcgm-exporter tells of GPUs, on any number of machines, over HTTP. Often enough to
 * see the burst to the host with which a checkpoint begins: only that tells it from a stall.
 */
export const dcgm = defineSource<Settings>({
  id: 'dcgm',
  title: 'NVIDIA DCGM',
  capabilities: ['telemetry'],
  cadence: {
    telemetry: { everyMs: 5 * SECOND, deadlineMs: 13 * SECOND, costMicros: 0 },
  },
  settings: Settings,
  discover,
  open: (account, surroundings, settings) =>
    lazilyRead(async () =>
      (await import('./connection.ts')).connect(account, surroundings, settings),
    ),
});
