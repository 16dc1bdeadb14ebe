import type { Job } from '../../model/job.ts';
import type { Node } from '../../model/node.ts';
import { DAY, type Instant } from '../../model/time.ts';
import { MINE_BECAUSE } from './owners.ts';

/** Labels by which several instances are one job, and what such a job's id begins with. */
const GROUP_LABELS = { 'burnrate-job': 'job', 'skypilot-cluster-name': 'skypilot' } as const;

/** A stopped instance is kept for years; as a job it is of interest this long. */
const FORGET_MS = DAY;

/** An instance's node, and when a limit of its own ends it. */
export interface Limited {
  node: Node;
  limitAt: Instant | undefined;
}

/**
 * The jobs that instances are: one each, or one for all that share a group label and an owner. Two
 * people who call their jobs alike must not get to stop each other's.
 */
export function machineJobs(limited: readonly Limited[], account: string, now: Instant): Job[] {
  const groups = Map.groupBy(limited, ({ node }) => groupOf(node));
  return [...groups]
    .map(([nativeId, members]) => toJob(nativeId, members, account))
    .filter(({ state, endedAt }) => state !== 'ended' || (endedAt ?? 0) > now - FORGET_MS);
}

/** The instance's number in a node's id. */
export function numberOf(nodeId: string): string {
  return nodeId.slice(nodeId.lastIndexOf(':') + 1);
}

function groupOf(node: Node): string {
  for (const [label, kind] of Object.entries(GROUP_LABELS)) {
    const name = node.labels[label]?.trim();
    if (name) return `${kind}/${name}${node.owner ? `@${node.owner}` : ''}`;
  }
  return numberOf(node.id);
}

function nameOf(node: Node): string {
  const names = Object.keys(GROUP_LABELS).flatMap((label) => node.labels[label]?.trim() || []);
  return names[0] ?? node.name;
}

function toJob(nativeId: string, limited: readonly Limited[], account: string): Job {
  const members = limited.map(({ node }) => node);
  const [first] = members;
  const limits = limited.flatMap(({ limitAt }) => limitAt ?? []);
  const state = stateOf(members);
  const started = members.flatMap(({ launchedAt }) => launchedAt ?? []);
  const ended = members.flatMap(({ endedAt }) => endedAt ?? []);
  const decisive = members.find(({ mine }) => !mine) ?? first;
  const shared = Object.entries(first?.labels ?? {}).filter(([key, value]) =>
    members.every(({ labels }) => labels[key] === value),
  );
  return {
    id: `${account}:${nativeId}`,
    source: 'gcp',
    account,
    nativeId,
    name: first ? nameOf(first) : nativeId,
    ...(first?.owner && { owner: first.owner }),
    mine: members.every(({ mine }) => mine),
    level: 'machine',
    state,
    ...(started.length > 0 && state !== 'pending' && { startedAt: Math.min(...started) }),
    ...(state === 'ended' && ended.length > 0 && { endedAt: Math.max(...ended) }),
    ...(limits.length > 0 && { limitAt: Math.min(...limits) }),
    shares: members.map(({ id }) => ({ node: id })).sort((a, b) => (a.node < b.node ? -1 : 1)),
    labels: {
      ...Object.fromEntries(shared),
      [MINE_BECAUSE]: decisive?.labels[MINE_BECAUSE] ?? '',
    },
  };
}

/** A job runs while any of its instances does. */
function stateOf(members: readonly Node[]): Job['state'] {
  const has = (state: Node['state']) => members.some((node) => node.state === state);
  if (has('running')) return 'running';
  if (has('starting')) return 'pending';
  return has('stopping') ? 'stopping' : 'ended';
}
