import type { Job } from '../../model/job.ts';
import { formatMoney, toMicros } from '../../model/money.ts';
import type { StopPlan } from '../../model/stop.ts';
import type { Stopping } from '../rental_stop.ts';
import type { NodeContext } from '../rented.ts';
import { SourceError } from '../source.ts';
import type { Api, Pod } from './api.ts';
import { nodesOf, ownVolumeOf } from './nodes.ts';
import type { Settings } from './settings.ts';

/** By the gigabyte and month, of a stopped pod's volume. https://docs.runpod.io/pods/pricing */
const STOPPED_VOLUME_DOLLARS = 0.2;

/** A pod is stopped or deleted, whichever keeps most, unless burnrate.yaml says which. */
export function podStopping(
  api: Api,
  context: Omit<NodeContext, 'now'> & Pick<Settings, 'onStop'>,
): Stopping<Pod> {
  return {
    get: api.get,
    nodeOf: (pod) => nodesOf([pod], { ...context, now: 0 })[0],
    planOf: (job, pod) => planOf(job, pod, context.onStop),
    send: (pod, signal) => api[verbFor(pod, context.onStop)](pod.id, signal),
  };
}

function verbFor(pod: Pod, onStop: Settings['onStop']): 'stop' | 'delete' {
  return onStop ?? (ownVolumeOf(pod) > 0 ? 'stop' : 'delete');
}

function planOf(job: Job, pod: Pod, onStop: Settings['onStop']): StopPlan {
  const { id, networkVolume } = pod;
  if (pod.locked)
    throw new SourceError('denied', {
      account: job.account,
      message: `${job.name} is locked, which RunPod does not allow to be stopped`,
      remedy: 'Unlock it at https://www.console.runpod.io/pods first.',
    });
  const verb = verbFor(pod, onStop);
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
