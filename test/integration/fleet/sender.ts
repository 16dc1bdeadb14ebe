import type { ScenarioInput } from '../../fleet/scenario.ts';

/**
 * An account of one machine, which sends a checkpoint of 1.4 TB every twenty minutes to a bucket of
 * its region whose requests S3 counts.
 */
export function senderTo(bucket: string): ScenarioInput {
  return {
    seed: 5,
    account: '482913570064',
    user: 'sam',
    machines: [
      {
        name: 'sends',
        type: 'p4d.24xlarge',
        launched: -600,
        owner: 'sam',
        workload: {
          kind: 'training',
          level: 0.9,
          uploads: { gigabytes: 1400, everyMinutes: 20, bucket },
        },
        exporter: { collectSeconds: 5 },
      },
    ],
  };
}
