import type { Job, Share } from '../../model/job.ts';
import type { Instant } from '../../model/time.ts';
import type { Gpus } from './gpus.ts';
import type { Top } from './owners.ts';
import { MINE_BECAUSE, type Ownership } from './people.ts';
import { type Pod, shareOf } from './pods.ts';

/** What was launched, with its pods and what a queue knows of it. */
export interface Launched {
  top: Top;
  pods: Pod[];
  /** Kueue's word for it. */
  workload?: { name: string; uid: string; apiVersion: string; queue: string | undefined };
  /** It has no pod left, and yet has not ended: it will be tried again, or waits in a queue. */
  waits: boolean;
}

/**
 * The id of a job: `ml/job/train/0a1b2c3d`. The part of its uid tells it from one that had the same
 * name before: a Job is deleted and made anew to run it again.
 */
export function nativeIdOf({ namespace, kind, name, uid }: Top): string {
  return `${namespace}/${kind.toLowerCase()}/${name}/${uid.slice(0, 8)}`;
}

/** The job that this is. */
export function toJob(
  { top, pods, workload, waits }: Launched,
  context: { account: string; ownership: Ownership; machines: ReadonlyMap<string, Gpus> },
): Job {
  const { account, ownership, machines } = context;
  const nativeId = nativeIdOf(top);
  const held = pods.filter(({ phase }) => phase === 'held');
  const state = stateOf(pods, waits);
  const counted = state === 'ended' ? pods.filter(({ phase }) => phase === 'ended') : held;
  const starts = pods.flatMap(({ startedAt }) => startedAt ?? []);
  const startedAt = starts.length > 0 && state !== 'pending' ? Math.min(...starts) : undefined;
  const endedAt = state === 'ended' ? endOf(pods, startedAt) : undefined;
  const reason = pods.find(({ phase }) => phase === 'waiting')?.reason;
  const [only] = pods;
  const own: Record<string, string> = {
    namespace: top.namespace,
    kind: top.kind,
    [MINE_BECAUSE]: ownership.because,
    ...(pods.length === 1 && only && { pod: only.meta.name }),
    ...(workload?.queue !== undefined && { queue: workload.queue }),
    ...(state === 'pending' && reason !== undefined && { reason }),
  };
  const others = Object.fromEntries(
    Object.entries(top.labels).filter(([name]) => !Object.hasOwn(own, name) && name !== 'pod'),
  );
  return {
    id: `${account}:${nativeId}`,
    source: 'kubernetes',
    account,
    nativeId,
    name: top.name,
    ...(ownership.owner !== undefined && { owner: ownership.owner }),
    mine: ownership.mine,
    level: 'scheduler',
    state,
    ...(startedAt !== undefined && { startedAt }),
    ...(endedAt !== undefined && { endedAt }),
    shares: state === 'pending' ? [] : counted.flatMap((pod) => timed(pod, startedAt, machines)),
    labels: { ...own, ...others },
  };
}

/** A job runs while any of its pods holds a part of a node, also while its image is fetched. */
function stateOf(pods: readonly Pod[], waits: boolean): Job['state'] {
  const live = pods.filter(({ phase }) => phase !== 'ended');
  if (live.some(({ phase }) => phase === 'held'))
    return live.every(({ leaving }) => leaving) ? 'stopping' : 'running';
  return live.length > 0 || waits ? 'pending' : 'ended';
}

/** Pods come and go while a job runs: each holds its part in its own time. */
function timed(
  pod: Pod,
  startedAt: Instant | undefined,
  machines: ReadonlyMap<string, Gpus>,
): Share[] {
  const { startedAt: from, endedAt: to } = pod;
  return shareOf(pod, machines).map((share) => ({
    ...share,
    ...(from !== undefined && from !== startedAt && { from }),
    ...(pod.phase === 'ended' && to !== undefined && { to: Math.max(to, from ?? to) }),
  }));
}

/** The last pod's end; unknown where that of any is. */
function endOf(pods: readonly Pod[], startedAt: Instant | undefined): Instant | undefined {
  const ends = pods.filter(({ node }) => node !== undefined).map(({ endedAt }) => endedAt);
  const known = ends.filter((end) => end !== undefined);
  if (known.length === 0 || known.length < ends.length) return undefined;
  return Math.max(...known, startedAt ?? 0);
}
