import type { Job } from '../../model/job.ts';
import type { Node } from '../../model/node.ts';
import { DAY, type Instant } from '../../model/time.ts';
import { MINE_BECAUSE } from './owners.ts';

/** Tags by which several instances are one job, and what such a job's id begins with. */
const GROUP_TAGS = { 'burnrate:job': 'job', 'skypilot-cluster-name': 'skypilot' } as const;

/** A stopped instance is kept for years; as a job it is of interest this long. */
const FORGET_MS = DAY;

/**
 * The jobs that the nodes are: one an instance, or one for all instances that share a group tag
 * and an owner. Two people who call their jobs alike must not get to stop each other's.
 */
export function jobsOf(nodes: readonly Node[], account: string, now: Instant): Job[] {
  const groups = new Map<string, { name: string; members: Node[] }>();
  for (const node of nodes) {
    const group = groupOf(node);
    const known = groups.get(group.id);
    if (known) known.members.push(node);
    else groups.set(group.id, { name: group.name, members: [node] });
  }
  return [...groups]
    .map(([nativeId, { name, members }]) => toJob(nativeId, name, members, account))
    .filter(({ state, endedAt }) => state !== 'ended' || (endedAt ?? now) > now - FORGET_MS);
}

/** The instance id in a node's id. */
export function instanceIdOf(nodeId: string): string {
  return nodeId.slice(nodeId.lastIndexOf(':') + 1);
}

function groupOf(node: Node): { id: string; name: string } {
  for (const [tag, kind] of Object.entries(GROUP_TAGS)) {
    const name = node.labels[tag]?.trim();
    if (name) return { id: `${kind}/${name}${node.owner ? `@${node.owner}` : ''}`, name };
  }
  return { id: instanceIdOf(node.id), name: node.name };
}

function toJob(nativeId: string, name: string, members: readonly Node[], account: string): Job {
  const state = stateOf(members);
  const [first] = members;
  const started = members.flatMap(({ launchedAt }) => launchedAt ?? []);
  const ended = members.flatMap(({ endedAt }) => endedAt ?? []);
  return {
    id: `${account}:${nativeId}`,
    source: 'aws',
    account,
    nativeId,
    name,
    ...(first?.owner && { owner: first.owner }),
    mine: members.every(({ mine }) => mine),
    level: 'machine',
    state,
    ...(started.length > 0 && state !== 'pending' && { startedAt: Math.min(...started) }),
    ...(state === 'ended' && ended.length > 0 && { endedAt: Math.max(...ended) }),
    shares: members.map(({ id }) => ({ node: id })).sort((a, b) => (a.node < b.node ? -1 : 1)),
    labels: sharedLabels(members),
  };
}

/** A job runs while any of its instances does. */
function stateOf(members: readonly Node[]): Job['state'] {
  const has = (state: Node['state']) => members.some((node) => node.state === state);
  if (has('running')) return 'running';
  if (has('starting')) return 'pending';
  return has('stopping') ? 'stopping' : 'ended';
}

/** What is true of every instance; who owns the job is said even where the reasons differ. */
function sharedLabels(members: readonly Node[]): Record<string, string> {
  const [first, ...rest] = members;
  if (!first) return {};
  const shared = Object.entries(first.labels).filter(([key, value]) =>
    rest.every(({ labels }) => labels[key] === value),
  );
  const decisive = members.find(({ mine }) => !mine) ?? first;
  return {
    ...Object.fromEntries(shared),
    [MINE_BECAUSE]: decisive.labels[MINE_BECAUSE] ?? '',
  };
}
