import type { Job } from '../../model/job.ts';
import type { StopPlan } from '../../model/stop.ts';
import type { Stopping } from '../rental_stop.ts';
import type { NodeContext } from '../rented.ts';
import type { Api, Instance } from './api.ts';
import { diskOf, nodesOf } from './nodes.ts';
import type { Settings } from './settings.ts';

/** An instance is stopped, or destroyed where burnrate.yaml says so. */
export function instanceStopping(
  api: Api,
  context: Omit<NodeContext, 'now'> & Pick<Settings, 'onStop'>,
): Stopping<Instance> {
  return {
    get: api.get,
    nodeOf: (instance) => nodesOf([instance], { ...context, now: 0 })[0],
    planOf: (job, instance) => planOf(job, instance, context.onStop),
    send: ({ id }, signal) => api[context.onStop](id, signal),
  };
}

function planOf(job: Job, instance: Instance, onStop: Settings['onStop']): StopPlan {
  const { id, disk_space, volume_info: volumes } = instance;
  const stopping = onStop === 'stop';
  return {
    jobId: job.id,
    action: `${stopping ? 'Stop' : 'Destroy'} instance ${job.name} (${id}, Vast.ai)`,
    equivalent: `vastai ${onStop} instance ${id}`,
    loses: stopping
      ? [
          'Its hold on the GPUs: while another renter has them, it cannot be started again',
          'What it has in memory: its processes end',
        ]
      : [`Its disk with all data (${Math.round(disk_space ?? 0)} GB)`],
    keeps: [
      ...(stopping
        ? [
            `Its disk with all data (${diskOf(instance)}), which goes on costing at least that until the instance is destroyed`,
          ]
        : []),
      ...(volumes && volumes.length > 0
        ? [
            `${volumes.length === 1 ? 'Its volume' : `Its ${volumes.length} volumes`}, charged for as before`,
          ]
        : []),
    ],
    reversible: stopping,
  };
}
