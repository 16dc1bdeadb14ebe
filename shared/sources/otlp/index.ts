import { SECOND } from '../../model/time.ts';
import { lazilyRead } from '../lazily.ts';
import { defineSource } from '../source.ts';
import { discover } from './discover.ts';
import { Settings } from './settings.ts';

/**
 * What programs send of themselves by OpenTelemetry's protocol: GPUs, and how many steps, tokens
 * and samples a job has done. README.md beside this file shows how a program sends them.
 */
export const otlp = defineSource<Settings>({
  id: 'otlp',
  title: 'OpenTelemetry',
  capabilities: ['telemetry'],
  cadence: {
    telemetry: { everyMs: 5 * SECOND, deadlineMs: 5 * SECOND, costMicros: 0 },
  },
  settings: Settings,
  discover,
  open: (account, surroundings) =>
    lazilyRead(async () => (await import('./connection.ts')).connect(account, surroundings)),
});
