import type { Job } from '../model/job.ts';
import { nodeOfShare } from './holdings.ts';
import type { Fleet } from './identity.ts';

const NONE: readonly Job[] = [];

/**
 * The jobs that hold or have held a part of each node, in their order. Asked for a thousand nodes,
 * each share is looked up once, not once a node.
 */
export function jobsByNode(
  jobs: readonly Job[],
  resolve: Fleet['resolve'],
): (nodeId: string) => readonly Job[] {
  const byNode = new Map<string, Job[]>();
  for (const job of jobs) {
    const ids = new Set(job.shares.flatMap((share) => nodeOfShare(share, job, resolve)?.id ?? []));
    for (const id of ids) {
      const known = byNode.get(id);
      if (known) known.push(job);
      else byNode.set(id, [job]);
    }
  }
  return (nodeId) => byNode.get(nodeId) ?? NONE;
}
