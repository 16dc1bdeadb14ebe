import { MINUTE, SECOND } from '../../model/time.ts';
import { lazily } from '../lazily.ts';
import { LEFTOVER_CADENCE } from '../leftovers.ts';
import { defineSource } from '../source.ts';
import { discover } from './discover.ts';
import { Settings } from './settings.ts';

/**
 * Instances of EC2, training jobs of SageMaker and jobs of AWS Batch in every enabled region, what
 * they cost, and the way to stop them. All of its calls are free of charge but those to CloudWatch,
 * which is asked only for machines whose GPUs nothing else tells of, and what buckets are asked for
 * in the regions of machines of mine.
 */
export const aws = defineSource<Settings>({
  id: 'aws',
  title: 'Amazon Web Services',
  capabilities: ['nodes', 'jobs', 'telemetry', 'prices', 'leftovers', 'stop'],
  cadence: {
    nodes: { everyMs: MINUTE, deadlineMs: 20 * SECOND, costMicros: 0 },
    jobs: { everyMs: MINUTE, deadlineMs: 20 * SECOND, costMicros: 0 },
    // What 25 metrics cost: those of 8 GPUs. Each reading says what it did cost.
    telemetry: { everyMs: MINUTE, deadlineMs: 20 * SECOND, costMicros: 250 },
    prices: { everyMs: 5 * MINUTE, deadlineMs: 20 * SECOND, costMicros: 0 },
    leftovers: LEFTOVER_CADENCE,
  },
  settings: Settings,
  discover,
  open: (account, surroundings, settings) =>
    lazily(async () => (await import('./connection.ts')).connect(account, surroundings, settings)),
});
