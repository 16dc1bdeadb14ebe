import type { Job } from '../../model/job.ts';
import type { StopPlan } from '../../model/stop.ts';
import { nothingToStop, refuseChanged, refuseForeign } from '../rented.ts';
import { NotFound } from '../rest.ts';
import { SourceError } from '../source.ts';
import type { Api, Instance } from './api.ts';
import { type NodeContext, nodesOf } from './nodes.ts';

export interface StopContext extends Omit<NodeContext, 'now'> {
  api: Api;
  url: string;
}

/** What a stop would do. Lambda's instances cannot be stopped for a while, only terminated. */
export async function planStop(
  job: Job,
  context: StopContext,
  signal: AbortSignal,
): Promise<StopPlan> {
  const instance = await liveInstance(job, context, signal);
  return instance ? planOf(job, instance, context) : nothingToStop(job);
}

/**
 * Terminates the job's instance if that is still what the plan says. Lambda accepts it at once;
 * the instance is then listed as terminating, and later no more.
 */
export async function stop(
  job: Job,
  plan: StopPlan,
  context: StopContext,
  signal: AbortSignal,
): Promise<void> {
  const instance = await liveInstance(job, context, signal);
  if (!instance) return;
  refuseChanged(plan, planOf(job, instance, context), job.account);
  try {
    await context.api.terminate(instance.id, signal);
  } catch (error) {
    // Gone since it was looked at.
    if (!(error instanceof NotFound)) throw error;
  }
}

/** The job's instance where it is yet to be terminated. Refuses what is not the user's. */
async function liveInstance(
  job: Job,
  { api, account, mine }: StopContext,
  signal: AbortSignal,
): Promise<Instance | undefined> {
  let instance: Instance;
  try {
    instance = await api.get(job.nativeId, signal);
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
  const [node] = nodesOf([instance], { account, mine, now: 0 });
  if (!node || node.state === 'ended' || node.state === 'stopping') return undefined;
  refuseForeign(node, job);
  return instance;
}

function planOf(job: Job, instance: Instance, { account, url }: StopContext): StopPlan {
  const { id, instance_type: type, region, file_system_names: filesystems, actions } = instance;
  const { available = true, reason_description: reason } = actions?.terminate ?? {};
  if (!available)
    throw new SourceError('denied', {
      account,
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
