import {
  CancelSpotInstanceRequestsCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { Job } from '../../model/job.ts';
import type { StopPlan } from '../../model/stop.ts';
import { SourceError } from '../source.ts';
import type { Api } from './api.ts';
import type { Inventory, Located } from './inventory.ts';
import { instanceIdOf } from './jobs.ts';
import { managerOf } from './managed_by.ts';
import { mergeFailures } from './merge.ts';
import { checkPromise, isLive, planOf, type Step } from './plan.ts';

/** What a stop of this job would do, by the state its instances are in now. Changes nothing. */
export async function planStop(
  job: Job,
  api: Api,
  inventory: Inventory,
  signal: AbortSignal,
): Promise<StopPlan> {
  const located = await present(job, inventory, signal);
  return (await planOf(job, located, api, inventory.types, signal)).plan;
}

/**
 * Does what the plan says, and nothing that it does not say. Resolves when AWS has accepted it;
 * instances that have ended meanwhile are left alone.
 */
export async function stop(
  job: Job,
  plan: StopPlan,
  api: Api,
  inventory: Inventory,
  signal: AbortSignal,
): Promise<void> {
  const located = await present(job, inventory, signal);
  const now = await planOf(job, located, api, inventory.types, signal);
  checkPromise(plan, now, api.account.id);
  const groups = [...Map.groupBy(now.steps, ({ verb, region }) => `${verb} ${region}`).values()];
  const outcomes = await Promise.allSettled(groups.map((group) => carryOut(group, api, signal)));
  const failures = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as SourceError] : [],
  );
  const [first] = mergeFailures(failures);
  if (first) throw first;
}

/** The job's instances as they are now. Refuses a job that is someone else's, and one that a stop would not end. */
async function present(job: Job, inventory: Inventory, signal: AbortSignal): Promise<Located[]> {
  const ids = job.shares.map(({ node }) => instanceIdOf(node));
  const located = ids.length > 0 ? await inventory.find(ids, signal) : [];
  const foreign = located
    .filter(isLive)
    .map(inventory.toNode)
    .find(({ mine }) => !mine);
  if (!job.mine || foreign)
    throw new SourceError('denied', {
      account: job.account,
      message: `${foreign?.name ?? job.name} is not yours${foreign?.owner ? `: its owner is ${foreign.owner}` : ''}`,
      remedy: 'If it is, add the name in its owner tag under sources.aws.mine in burnrate.yaml.',
    });
  for (const { id, instance } of located.filter(isLive)) {
    const manager = managerOf(instance);
    if (!manager?.refuses) continue;
    throw new SourceError('denied', {
      account: job.account,
      message: `${id} is not stopped: it belongs to ${manager.name}, which would start another in its place`,
      remedy: manager.instead,
    });
  }
  return located;
}

/** One verb in one region. The spot requests go first: they would launch the instances again. */
async function carryOut(steps: readonly Step[], api: Api, signal: AbortSignal): Promise<void> {
  const [first] = steps;
  if (!first) return;
  const { region, verb } = first;
  const client = api.ec2(region);
  const options = { abortSignal: signal };
  const requests = steps.flatMap(({ cancel }) => cancel ?? []);
  if (requests.length > 0) {
    await api.ask(api.attempt('ec2:CancelSpotInstanceRequests', region), signal, () =>
      client.send(
        new CancelSpotInstanceRequestsCommand({ SpotInstanceRequestIds: requests }),
        options,
      ),
    );
  }
  const order = { InstanceIds: steps.map(({ id }) => id) };
  if (verb === 'stop')
    await api.ask(api.attempt('ec2:StopInstances', region), signal, () =>
      client.send(new StopInstancesCommand(order), options),
    );
  else
    await api.ask(api.attempt('ec2:TerminateInstances', region), signal, () =>
      client.send(new TerminateInstancesCommand(order), options),
    );
}
