import type { Job } from '../../model/job.ts';
import type { StopPlan } from '../../model/stop.ts';
import type { Stopping } from '../rental_stop.ts';
import type { NodeContext } from '../rented.ts';
import { SourceError } from '../source.ts';
import type { Api, Instance } from './api.ts';
import { nodesOf } from './nodes.ts';

/**
 * Lambda's instances cannot be stopped for a while, only terminated. It accepts that at once; the
 * instance is then listed as terminating, and later no more.
 */
export function instanceStopping(
  api: Api,
  context: Omit<NodeContext, 'now'> & { url: string },
): Stopping<Instance> {
  return {
    get: api.get,
    nodeOf: (instance) => nodesOf([instance], { ...context, now: 0 })[0],
    planOf: (job, instance) => planOf(job, instance, context.url),
    send: ({ id }, signal) => api.terminate(id, signal),
  };
}

function planOf(job: Job, instance: Instance, url: string): StopPlan {
  const { id, instance_type: type, region, file_system_names: filesystems, actions } = instance;
  const { available = true, reason_description: reason } = actions?.terminate ?? {};
  if (!available)
    throw new SourceError('denied', {
      account: job.account,
      message: `Lambda does not allow ${job.name} to be terminated now${reason ? `: ${reason}` : ''}`,
      remedy: 'Try again later; if it stays, ask support at https://support.lambda.ai.',
    });
  return {
    jobId: job.id,
    action: `Terminate instance ${job.name} (${id}, ${type.name} in ${region.name}, Lambda Cloud)`,
    equivalent: `curl -X POST ${url}/instance-operations/terminate -H "Authorization: Bearer $LAMBDA_API_KEY" -H "Content-Type: application/json" -d '{"instance_ids":["${id}"]}'`,
    loses: [
      `All data on the local disk of ${job.name} (${type.specs.storage_gib.toLocaleString('en-US')} GiB): a terminated instance cannot be recovered`,
    ],
    keeps: filesystems.map(
      (name) => `Filesystem ${name}, which is charged for by the GiB and month as before`,
    ),
    reversible: false,
  };
}
