import { DescribeSpotInstanceRequestsCommand, type Instance } from '@aws-sdk/client-ec2';
import type { Job } from '../../model/job.ts';
import type { StopPlan } from '../../model/stop.ts';
import { SourceError } from '../source.ts';
import { profileFlag } from './account.ts';
import type { Api } from './api.ts';
import type { InstanceTypes } from './gpus.ts';
import type { Located } from './inventory.ts';
import { managerOf } from './managed_by.ts';

/** What is to be done to one instance. */
export interface Step {
  verb: 'stop' | 'terminate';
  id: string;
  region: string;
  /** A spot request that would launch the instance again, and is to be cancelled first. */
  cancel: string | undefined;
}

/** Whether anything is left to stop: an instance that is going away needs no second order. */
export function isLive({ instance }: Located): boolean {
  const state = instance.State?.Name;
  return state === 'running' || state === 'pending';
}

/**
 * What a stop of these instances would do, and the steps of it.
 *
 * An instance is stopped, which can be undone, unless it cannot be (its root is on instance store,
 * it is spot) or would not stay stopped (its Auto Scaling group replaces what does not run).
 */
export async function planOf(
  job: Pick<Job, 'id'>,
  located: readonly Located[],
  api: Api,
  types: InstanceTypes,
  signal: AbortSignal,
): Promise<{ plan: StopPlan; steps: Step[] }> {
  const live = located.filter(isLive).sort((a, b) => (a.id < b.id ? -1 : 1));
  const persistent = await persistentRequests(live, api, signal);
  const steps = live.map(({ id, region, instance }): Step => {
    const requestId = instance.SpotInstanceRequestId;
    return {
      verb: verbFor(instance),
      id,
      region,
      cancel: requestId && persistent.has(requestId) ? requestId : undefined,
    };
  });
  const plan: StopPlan = {
    jobId: job.id,
    action: actionOf(steps) || 'Nothing: every instance of this job has ended',
    equivalent: commandsOf(steps, profileFlag(api.options)).join(' && ') || 'true',
    loses: live.flatMap((one) => lossesOf(one, types)),
    keeps: live.flatMap(keptBy),
    reversible: steps.every(({ verb }) => verb === 'stop'),
  };
  return { plan, steps };
}

function verbFor(instance: Instance): Step['verb'] {
  const stoppable =
    instance.RootDeviceType !== 'instance-store' &&
    instance.InstanceLifecycle !== 'spot' &&
    managerOf(instance) === undefined;
  return stoppable ? 'stop' : 'terminate';
}

/** A persistent request launches a new instance for one that is terminated. */
async function persistentRequests(
  live: readonly Located[],
  api: Api,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const spot = live.filter(({ instance }) => instance.SpotInstanceRequestId);
  const regions = [...Map.groupBy(spot, ({ region }) => region)];
  const found = await Promise.all(
    regions.map(async ([region, there]) => {
      const attempt = api.attempt('ec2:DescribeSpotInstanceRequests', region);
      const ids = there.flatMap(({ instance }) => instance.SpotInstanceRequestId ?? []);
      const answer = await api.ask(attempt, signal, () =>
        api.ec2(region).send(
          new DescribeSpotInstanceRequestsCommand({
            Filters: [{ Name: 'spot-instance-request-id', Values: ids }],
          }),
          { abortSignal: signal },
        ),
      );
      return (answer.SpotInstanceRequests ?? []).flatMap((request) =>
        request.Type === 'persistent' && request.State !== 'cancelled'
          ? (request.SpotInstanceRequestId ?? [])
          : [],
      );
    }),
  );
  return new Set(found.flat());
}

function actionOf(steps: readonly Step[]): string {
  const groups = [...Map.groupBy(steps, ({ verb, region }) => `${verb} ${region}`).values()];
  const phrases = groups.flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const ids = group.map(({ id }) => id);
    const requests = group.flatMap(({ cancel }) => cancel ?? []);
    const cancelled = requests.length > 0 ? `cancel spot request ${requests.join(', ')} and ` : '';
    const what = ids.length === 1 ? 'instance' : `${ids.length} instances`;
    return `${cancelled}${first.verb} ${what} ${ids.join(', ')} (AWS ${first.region})`;
  });
  const text = phrases.join('; ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The same by the AWS command line, one command a verb and region. */
function commandsOf(steps: readonly Step[], profile: string): string[] {
  const command = (name: string, flag: string, region: string, ids: readonly string[]) =>
    `aws ec2 ${name} --region ${region}${profile} --${flag} ${ids.join(' ')}`;
  const cancels = steps.filter(({ cancel }) => cancel);
  return [
    ...[...Map.groupBy(cancels, ({ region }) => region)].map(([region, group]) =>
      command(
        'cancel-spot-instance-requests',
        'spot-instance-request-ids',
        region,
        group.flatMap(({ cancel }) => cancel ?? []),
      ),
    ),
    ...(['stop', 'terminate'] as const).flatMap((verb) =>
      [
        ...Map.groupBy(
          steps.filter((step) => step.verb === verb),
          ({ region }) => region,
        ),
      ].map(([region, group]) =>
        command(
          `${verb}-instances`,
          'instance-ids',
          region,
          group.map(({ id }) => id),
        ),
      ),
    ),
  ];
}

/** What is gone for good, a line each. */
function lossesOf({ id, instance }: Located, types: InstanceTypes): string[] {
  const verb = verbFor(instance);
  const lines = [`${id}: what runs on it, and what is in its memory`];
  const store = types.get(instance.InstanceType ?? '')?.instanceStoreGB ?? 0;
  if (store > 0) lines.push(`${id}: all data on its instance store (${store} GB of local disks)`);
  else if (instance.RootDeviceType === 'instance-store')
    lines.push(`${id}: its root disk, which is on instance store`);
  if (verb === 'terminate') {
    for (const { volume, device, deleted } of volumesOf(instance))
      if (deleted) lines.push(`${id}: EBS volume ${volume} (${device}), which is deleted with it`);
  }
  const address = passingAddress(instance);
  if (address) lines.push(`${id}: its public address ${address}`);
  return lines;
}

/** What stays, and mostly goes on costing. */
function keptBy({ id, instance }: Located): string[] {
  const verb = verbFor(instance);
  const lines = volumesOf(instance)
    .filter(({ deleted }) => verb === 'stop' || !deleted)
    .map(
      ({ volume, device }) =>
        `${id}: EBS volume ${volume} (${device}), which goes on costing money`,
    );
  for (const address of elasticAddresses(instance))
    lines.push(`${id}: Elastic IP ${address}, which goes on costing money`);
  const manager = managerOf(instance);
  if (manager)
    lines.push(
      `${manager.name}, which will start another instance in place of ${id}; to end it for good: ${manager.instead}`,
    );
  if (instance.InstanceLifecycle === 'capacity-block')
    lines.push(`${id}: its capacity block, which is paid until it ends`);
  return lines;
}

function volumesOf(instance: Instance) {
  return (instance.BlockDeviceMappings ?? []).flatMap(({ DeviceName, Ebs }) =>
    Ebs?.VolumeId
      ? {
          volume: Ebs.VolumeId,
          device: DeviceName ?? '?',
          deleted: Ebs.DeleteOnTermination === true,
        }
      : [],
  );
}

/** Addresses of the account; the ones that Amazon lends belong to `amazon`. */
function elasticAddresses(instance: Instance): string[] {
  return (instance.NetworkInterfaces ?? []).flatMap(({ Association }) =>
    Association?.PublicIp && Association.IpOwnerId && Association.IpOwnerId !== 'amazon'
      ? Association.PublicIp
      : [],
  );
}

function passingAddress(instance: Instance): string | undefined {
  const address = instance.PublicIpAddress;
  return address && !elasticAddresses(instance).includes(address) ? address : undefined;
}

/**
 * Refuses where the steps go beyond what a plan has promised: another verb for an instance, an
 * instance that it did not name, or a loss that it did not mention.
 */
export function checkPromise(
  promised: StopPlan,
  now: { plan: StopPlan; steps: readonly Step[] },
  account: string,
): void {
  const commands = promised.equivalent.split(' && ').map((command) => command.split(' '));
  const says = (name: string, id: string) =>
    commands.some((words) => words.includes(name) && words.includes(id));
  const beyond = [
    ...now.steps
      .filter(({ verb, id }) => !says(`${verb}-instances`, id))
      .map(({ verb, id }) => `it would now ${verb} ${id}`),
    ...now.steps.flatMap(({ cancel }) =>
      cancel && !says('cancel-spot-instance-requests', cancel)
        ? `it would now cancel ${cancel}`
        : [],
    ),
    ...now.plan.loses
      .filter((loss) => !promised.loses.includes(loss))
      .map((loss) => `it would now lose ${loss}`),
  ];
  if (beyond.length === 0) return;
  throw new SourceError('denied', {
    account,
    message: `Nothing was stopped, since things have changed since you were asked: ${beyond.join('; ')}`,
    remedy: 'Stop the job again: you are asked anew, with what is true now.',
  });
}
