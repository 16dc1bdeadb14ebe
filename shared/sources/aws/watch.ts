import type { Job } from '../../model/job.ts';
import type { Micros } from '../../model/money.ts';
import type { Node } from '../../model/node.ts';
import type { Sample } from '../../model/sample.ts';
import type { SourceError } from '../source.ts';

/** Tells how busy machines are that nothing else tells of. */
export interface Watch {
  /** `told`: names of machines that another account tells of. Rejects where nothing could be read. */
  read(
    nodes: readonly Node[],
    told: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<{ samples: Sample[]; costMicros: Micros; failures: SourceError[] }>;
}

/** The machines with GPUs that are mine, or that a job of mine runs on. */
export function worthWatching(nodes: readonly Node[], jobs: readonly Job[]): Node[] {
  const held = new Set(
    jobs
      .filter(({ mine, state }) => mine && state === 'running')
      .flatMap(({ shares }) => shares.map(({ node }) => node)),
  );
  return nodes.filter(
    (node) =>
      node.state === 'running' &&
      node.gpus.count > 0 &&
      (node.mine || [node.id, ...node.aliases].some((name) => held.has(name))),
  );
}
