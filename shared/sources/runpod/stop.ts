import type { Job } from '../../model/job.ts';
import { formatMoney, toMicros } from '../../model/money.ts';
import type { StopPlan } from '../../model/stop.ts';
import { nothingToStop, refuseChanged, refuseForeign } from '../rented.ts';
import { NotFound } from '../rest.ts';
import { SourceError } from '../source.ts';
import type { Api, Pod } from './api.ts';
import { type NodeContext, nodesOf, ownVolumeOf } from './nodes.ts';
import type { Settings } from './settings.ts';

export interface StopContext extends Omit<NodeContext, 'now'> {
  api: Api;
  onStop: Settings['onStop'];
}

/** By the gigabyte and month, of a stopped pod's volume. https://docs.runpod.io/pods/pricing */
const STOPPED_VOLUME_DOLLARS = 0.2;

/** What a stop would do. */
export async function planStop(
  job: Job,
  context: StopContext,
  signal: AbortSignal,
): Promise<StopPlan> {
  const pod = await livePod(job, context, signal);
  return pod ? planOf(job, pod, context) : nothingToStop(job);
}

/** Stops or deletes the job's pod if that is still what the plan says. */
export async function stop(
  job: Job,
  plan: StopPlan,
  context: StopContext,
  signal: AbortSignal,
): Promise<void> {
  const pod = await livePod(job, context, signal);
  if (!pod) return;
  refuseChanged(plan, planOf(job, pod, context), job.account);
  try {
    if (verbFor(pod, context) === 'stop') await context.api.stop(pod.id, signal);
    else await context.api.delete(pod.id, signal);
  } catch (error) {
    // Gone since it was looked at.
    if (!(error instanceof NotFound)) throw error;
  }
}

/** The job's pod where it runs. Refuses what is not the user's. */
async function livePod(
  job: Job,
  { api, account, mine }: StopContext,
  signal: AbortSignal,
): Promise<Pod | undefined> {
  let pod: Pod;
  try {
    pod = await api.get(job.nativeId, signal);
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
  const [node] = nodesOf([pod], { account, mine, now: 0 });
  if (!node || node.state === 'ended' || node.state === 'stopped') return undefined;
  refuseForeign(node, job);
  return pod;
}

function verbFor(pod: Pod, { onStop }: Pick<StopContext, 'onStop'>): 'stop' | 'delete' {
  return onStop ?? (ownVolumeOf(pod) > 0 ? 'stop' : 'delete');
}

function planOf(job: Job, pod: Pod, context: StopContext): StopPlan {
  const { id, networkVolume } = pod;
  if (pod.locked)
    throw new SourceError('denied', {
      account: job.account,
      message: `${job.name} is locked, which RunPod does not allow to be stopped`,
      remedy: 'Unlock it at https://www.console.runpod.io/pods first.',
    });
  const verb = verbFor(pod, context);
  const volume = ownVolumeOf(pod);
  const mount = pod.volumeMountPath || '/workspace';
  const container = `The container disk of ${job.name} (${pod.containerDiskInGb ?? 0} GB): all data outside ${mount}`;
  const monthly = formatMoney(toMicros(volume * STOPPED_VOLUME_DOLLARS));
  const stopping = verb === 'stop';
  return {
    jobId: job.id,
    action: `${stopping ? 'Stop' : 'Delete'} pod ${job.name} (${id}, RunPod)`,
    equivalent: `runpodctl pod ${verb} ${id}`,
    loses: [
      container,
      ...(stopping
        ? ['Its hold on the GPUs: none may be free on that machine when it is started again']
        : []),
      ...(!stopping && volume > 0 ? [`The volume disk with ${mount} (${volume} GB)`] : []),
    ],
    keeps: [
      ...(stopping && volume > 0
        ? [
            `The volume disk with ${mount} (${volume} GB), for ${monthly} a month while stopped, by RunPod's price list`,
          ]
        : []),
      ...(networkVolume
        ? [
            `The network volume ${networkVolume.name || networkVolume.id} (${networkVolume.size ?? '?'} GB), which is charged for as before`,
          ]
        : []),
    ],
    reversible: stopping,
  };
}
