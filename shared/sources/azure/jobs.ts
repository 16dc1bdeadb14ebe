import type { Job } from '../../model/job.ts';
import type { Node } from '../../model/node.ts';
import { machineJobs } from '../rented.ts';
import { IN_VAIN } from './nodes.ts';

/** Labels by which several machines are one job, and what such a job's id begins with. */
const GROUPS = {
  'burnrate:job': 'job',
  'skypilot-cluster-name': 'skypilot',
  'scale-set': 'scale-set',
} as const;

/**
 * The jobs that the machines are: one each, or one for all that share a group and an owner. Two
 * people who call their jobs alike must not get to stop each other's.
 */
export function jobsOf(nodes: readonly Node[], account: string): Job[] {
  const groups = Map.groupBy(machineJobs(nodes, 0), ({ nativeId, owner, labels }) => {
    for (const [label, kind] of Object.entries(GROUPS)) {
      const name = labels[label]?.trim();
      const where = kind === 'scale-set' ? ` in ${labels.subscription}` : '';
      if (name) return `${kind}/${name}${where}${owner ? `@${owner}` : ''}`;
    }
    return nativeId;
  });
  return [...groups].flatMap(([nativeId, members]) => {
    const [first] = members;
    if (!first) return [];
    if (nativeId === first.nativeId)
      return first.labels[IN_VAIN]
        ? { ...first, name: `${first.name} (stopped, still charged for)` }
        : first;
    const started = members.flatMap(({ startedAt }) => startedAt ?? []);
    const state = STATES.find((one) => members.some((member) => member.state === one)) ?? 'ended';
    const { startedAt: _, ...job } = first;
    return {
      ...job,
      id: `${account}:${nativeId}`,
      nativeId,
      name: nativeId.slice(nativeId.indexOf('/') + 1).replace(/( in [0-9a-f-]+)?(@.*)?$/, ''),
      mine: members.every(({ mine }) => mine),
      state,
      ...(started.length > 0 && state !== 'pending' && { startedAt: Math.min(...started) }),
      shares: members.flatMap(({ shares }) => shares),
    };
  });
}

/** A job runs while any of its machines does. */
const STATES = ['running', 'pending', 'stopping', 'ended'] as const;
