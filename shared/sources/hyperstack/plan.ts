import type { Job } from '../../model/job.ts';
import type { StopPlan } from '../../model/stop.ts';
import type { Machine } from './api.ts';
import type { Settings } from './index.ts';

/**
 * Hyperstack goes on charging for a machine that is merely stopped, so that it is hibernated, or
 * deleted where burnrate.yaml says so.
 * https://docs.hyperstack.cloud/docs/billing/states-and-billing
 */
export function planOf(job: Job, machine: Machine, onStop: Settings['onStop']): StopPlan {
  const { id, flavor, volume_attachments: volumes, floating_ip } = machine;
  const hibernates = onStop === 'hibernate';
  const verb = hibernates ? 'Hibernate' : 'Delete';
  const address = '"https://infrahub-api.nexgencloud.com/v1/core/virtual-machines';
  const names = (volumes ?? []).map(({ volume }) => volume?.name ?? 'without a name');
  return {
    jobId: job.id,
    action: `${verb} machine ${job.name} (${id}, ${flavor.name}, Hyperstack)`,
    equivalent: hibernates
      ? `curl -H "api_key: $HYPERSTACK_API_KEY" ${address}/${id}/hibernate"`
      : `curl -X DELETE -H "api_key: $HYPERSTACK_API_KEY" ${address}/${id}"`,
    loses: [
      ...((flavor.ephemeral ?? 0) > 0 ? [`Its ephemeral disk (${flavor.ephemeral} GB)`] : []),
      ...(hibernates
        ? ['Its hold on the GPUs: none may be free when it is restored']
        : [`Its root disk with all data (${flavor.disk ?? 0} GB)`]),
    ],
    keeps: [
      ...(hibernates
        ? [`Its root disk (${flavor.disk ?? 0} GB), which goes on costing as storage`]
        : []),
      ...(hibernates && floating_ip ? [`Its address ${floating_ip}, charged for as before`] : []),
      ...names.map((name) => `Volume ${name}, charged for as before`),
    ],
    reversible: hibernates,
  };
}
