import type { Share } from '../../model/job.ts';
import type { Instant } from '../../model/time.ts';
import { needsOf } from './amounts.ts';
import { type Gpus, gpusOf, isGpu } from './gpus.ts';
import type { Meta, PodObject } from './objects.ts';

/** What is kept of a pod. */
export interface Pod {
  meta: Meta;
  /** The node that it holds a part of; absent while it waits for one. */
  node: string | undefined;
  phase: 'waiting' | 'held' | 'ended';
  /** Since when it holds that part. */
  startedAt: Instant | undefined;
  endedAt: Instant | undefined;
  /** It was told to end. */
  leaving: boolean;
  /** GPU resources by their names, as the scheduler counts them. */
  gpus: Readonly<Record<string, number>>;
  cores: number;
  /** Why it waits, in the scheduler's word. */
  reason: string | undefined;
  /** What is lost with it: volumes on its node. */
  localVolumes: string[];
  claims: string[];
  graceSeconds: number;
}

/** The pod, or undefined where it asks for no GPU and only such are wanted. */
export function podOf({ metadata, spec, status }: PodObject, all: boolean): Pod | undefined {
  const needs = needsOf(spec);
  const gpus = Object.fromEntries(
    Object.entries(needs).filter(([name, amount]) => isGpu(name) && amount > 0),
  );
  if (!all && Object.keys(gpus).length === 0) return undefined;
  const ended = status.phase === 'Succeeded' || status.phase === 'Failed';
  const scheduled = status.conditions.find(({ type }) => type === 'PodScheduled');
  const since = scheduled?.status === 'True' ? scheduled.lastTransitionTime : undefined;
  return {
    meta: metadata,
    node: spec.nodeName,
    phase: ended ? 'ended' : spec.nodeName === undefined ? 'waiting' : 'held',
    startedAt:
      spec.nodeName === undefined
        ? undefined
        : (since ?? status.startTime ?? metadata.creationTimestamp),
    endedAt: ended ? endOf({ metadata, spec, status }) : undefined,
    leaving: metadata.deletionTimestamp !== undefined,
    gpus,
    cores: needs.cpu ?? 0,
    reason: scheduled?.status === 'False' ? scheduled.reason : undefined,
    localVolumes: spec.volumes.flatMap(({ name, emptyDir, ephemeral }) =>
      emptyDir || ephemeral ? [name] : [],
    ),
    claims: spec.volumes.flatMap(
      ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
    ),
    graceSeconds: spec.terminationGracePeriodSeconds ?? 30,
  };
}

/** When its last container ended, or when it was taken from its node. */
function endOf({ metadata, status }: PodObject): Instant | undefined {
  const ends = status.containerStatuses.flatMap(({ state }) => state?.terminated?.finishedAt ?? []);
  if (ends.length > 0) return Math.max(...ends);
  const taken = status.conditions.find(
    ({ type, status: is }) =>
      (type === 'DisruptionTarget' && is === 'True') || (type === 'Ready' && is === 'False'),
  );
  return taken?.lastTransitionTime ?? metadata.deletionTimestamp;
}

/** Where a node's own word is missing, a resource is what its name says. */
const BY_NAME = gpusOf({}, {});

/**
 * What a pod holds of its node. One that asks for no GPU holds none of the node's, however many of
 * its cores it uses. Nodes are named as the cluster names them: they are those of this account first.
 */
export function shareOf(pod: Pod, machines: ReadonlyMap<string, Gpus>): Share[] {
  if (pod.node === undefined) return [];
  const machine = machines.get(pod.node);
  const { part } = machine ?? BY_NAME;
  const gpus = Object.entries(pod.gpus).reduce(
    (sum, [resource, amount]) => sum + amount * part(resource),
    0,
  );
  return [
    {
      node: pod.node,
      pod: pod.meta.name,
      ...(gpus > 0 || (machine && machine.count > 0) ? { gpus } : {}),
      ...(gpus === 0 && { cores: pod.cores }),
    },
  ];
}
