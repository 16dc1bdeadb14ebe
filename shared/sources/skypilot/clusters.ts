import type { Job } from '../../model/job.ts';
import { type Micros, toMicros } from '../../model/money.ts';
import type { Node } from '../../model/node.ts';
import { HOUR, type Instant, SECOND } from '../../model/time.ts';
import type { Launched, Machines } from './launched.ts';
import { parseResources } from './resources.ts';
import type { ClusterRecord, HistoryRecord } from './wire.ts';

/** How long a cluster that was terminated is still told of. */
const FORGET_MS = HOUR;

/**
 * The clusters that there are, and those that have ended within the hour.
 *
 * A record's `launched_at` is when `sky launch` was last called for it, even if its machines had run
 * for days: since when they run is known by the history.
 */
export function clustersOf(
  records: readonly ClusterRecord[],
  history: readonly HistoryRecord[],
  now: Instant,
): Launched[] {
  const past = new Map(history.map((record) => [record.cluster_hash, record]));
  const names = new Set(records.map(({ name }) => name));
  const present = records.map((record) => toCluster(record, past.get(record.cluster_hash ?? '')));
  const ended = history.flatMap((record) => {
    if (record.status || !record.name || names.has(record.name)) return [];
    const cluster = endedCluster(record, record.name);
    return cluster && (cluster.endedAt ?? 0) > now - FORGET_MS ? [cluster] : [];
  });
  // A name may have been used twice within the hour: the later cluster is the job of that name.
  const latest = new Map<string, Launched>();
  for (const cluster of ended.sort((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0)))
    latest.set(cluster.name, cluster);
  return [...present, ...latest.values()];
}

function toCluster(record: ClusterRecord, past: HistoryRecord | undefined): Launched {
  const { name, cluster_hash: hash, launched_at, status_updated_at, region } = record;
  const state = stateOf(record);
  const last = past?.usage_intervals?.at(-1);
  const startedAt = instant(last?.[0] ?? launched_at);
  const ended = state === 'ended' ? instant(last?.[1] ?? status_updated_at) : undefined;
  const endedAt = ended === undefined ? undefined : Math.max(ended, startedAt ?? ended);
  const resources = parseResources(record.resources_str_full);
  const price = priceOf(past);
  const nameOnCloud = record.cluster_name_on_cloud ?? name;
  return {
    kind: 'cluster',
    nativeId: name,
    name,
    state,
    ...(startedAt !== undefined && { startedAt }),
    ...(endedAt !== undefined && { endedAt }),
    user: userOf(record),
    ...(hash && { hash }),
    machines: [
      {
        ...resources,
        id: hash ?? nameOnCloud,
        nameOnCloud,
        count: record.nodes ?? 1,
        ...placeOf(record.cloud, region),
        names: namesIn(record.node_names),
        addresses: [],
        ...(price !== undefined && { microsPerHour: price }),
        state: NODE_STATES[state],
        ...(startedAt !== undefined && { launchedAt: startedAt }),
        ...(endedAt !== undefined && { endedAt }),
      },
    ],
    labels: {
      'skypilot:status': record.status,
      ...(record.workspace && { workspace: record.workspace }),
      ...autostopOf(record),
    },
  };
}

function endedCluster(record: HistoryRecord, name: string): Launched | undefined {
  const [from, to] = record.usage_intervals?.at(-1) ?? [];
  if (from === undefined || to === undefined || to === null) return undefined;
  const startedAt = from * SECOND;
  const endedAt = Math.max(to * SECOND, startedAt);
  const price = priceOf(record);
  return {
    kind: 'cluster',
    nativeId: name,
    name,
    state: 'ended',
    startedAt,
    endedAt,
    user: userOf(record),
    hash: record.cluster_hash,
    machines: [
      {
        ...parseResources(record.resources_str_full),
        id: record.cluster_hash,
        nameOnCloud: name,
        count: record.num_nodes ?? 1,
        ...placeOf(record.cloud, record.region),
        names: namesIn(record.node_names),
        addresses: [],
        ...(price !== undefined && { microsPerHour: price }),
        state: 'ended',
        launchedAt: startedAt,
        endedAt,
      },
    ],
    labels: {
      'skypilot:status': 'terminated',
      ...(record.workspace && { workspace: record.workspace }),
    },
  };
}

/**
 * INIT is a cluster that is being launched, or one that was up and is now in doubt: the machines
 * of the latter are paid for. sky/utils/status_lib.py
 */
function stateOf({ status, cluster_ever_up: wasUp }: ClusterRecord): Job['state'] {
  switch (status) {
    case 'PENDING':
      return 'pending';
    case 'INIT':
      return wasUp ? 'running' : 'pending';
    case 'STOPPED':
      return 'ended';
    case 'AUTOSTOPPING':
      return 'stopping';
    default:
      return 'running';
  }
}

export const NODE_STATES = {
  pending: 'starting',
  running: 'running',
  stopping: 'stopping',
  ended: 'stopped',
} as const satisfies Record<Job['state'], Node['state']>;

/** What one machine costs an hour, by what the report says that all have cost till now. */
function priceOf(record: HistoryRecord | undefined): Micros | undefined {
  const { total_cost: dollars, duration: seconds, num_nodes: count } = record ?? {};
  if (!dollars || !seconds || !count || dollars < 0) return undefined;
  return toMicros((dollars * 3600) / seconds / count);
}

/** Idle time alone decides when it ends, so that no moment can be named. */
function autostopOf({ autostop, to_down }: ClusterRecord): Record<string, string> {
  if (autostop === null || autostop === undefined || autostop < 0) return {};
  const verb = to_down ? 'terminated' : 'stopped';
  return { autostop: `${verb} after ${autostop} min without a job` };
}

export function placeOf(
  cloud: string | null | undefined,
  region: string | null | undefined,
  zone?: string | null,
): Pick<Machines, 'cloud' | 'region' | 'zone'> {
  const said = (text: string | null | undefined) => (text && text !== '-' ? text : undefined);
  const [name, place, part] = [said(cloud)?.toLowerCase(), said(region), said(zone)];
  return {
    ...(name && { cloud: name }),
    ...(place && { region: place }),
    ...(part && { zone: part }),
  };
}

export function userOf(record: {
  user_hash?: string | null | undefined;
  user_name?: string | null | undefined;
}): Launched['user'] {
  const { user_hash: hash, user_name: name } = record;
  return { ...(hash && { hash }), ...(name && { name }) };
}

export function namesIn(list: string | null | undefined): string[] {
  return list ? list.split(',').map((name) => name.trim()) : [];
}

export function instant(seconds: number | null | undefined): Instant | undefined {
  return seconds ? Math.round(seconds * SECOND) : undefined;
}
