import { IDLE } from '../model/charge.ts';
import type { Job } from '../model/job.ts';
import { split } from '../model/money.ts';
import { isBilled, type Node } from '../model/node.ts';
import { addFigures, type Figure, type Rate } from '../model/rate.ts';
import { scaleSpread } from '../model/spread.ts';
import { heldNow } from './held.ts';
import { holdings } from './holdings.ts';
import type { Fleet } from './identity.ts';
import { jobsByNode } from './jobs_by_node.ts';

/** What everything costs per hour, now. */
export interface LiveRates {
  byJob: Map<string, Figure>;
  /** The part of each billed node that no job holds. */
  idleByNode: Map<string, Figure>;
  /** My jobs, and what is idle of my nodes; a node without a price counts once. */
  total: Figure;
}

/**
 * The rates of this moment, by the same holdings that the ledger is written with. `isStale` says
 * whether a node's source fails, so that its part is uncertain.
 */
export function liveRates(
  fleet: Fleet,
  jobs: readonly Job[],
  priceOf: (node: Node) => Rate | undefined,
  isStale: (node: Node) => boolean = () => false,
): LiveRates {
  const running = jobs.flatMap((job) => heldNow(job) ?? []);
  const runningOn = jobsByNode(running, fleet.resolve);
  const mine = new Set(running.filter((job) => job.mine).map((job) => job.id));
  const byJob = new Map<string, Figure[]>(running.map((job) => [job.id, []]));
  const idleByNode = new Map<string, Figure>();
  const ofMine: Figure[] = [];
  for (const node of fleet.nodes.filter(isBilled)) {
    const rate = priceOf(node);
    const parts = holdings(node, runningOn(node.id), fleet.resolve);
    const amounts = split(
      rate?.microsPerHour ?? 0,
      parts.map(({ weight }) => weight),
    );
    const ofNode: Figure[] = [];
    for (const [index, { jobId }] of parts.entries()) {
      const micros = amounts[index] ?? 0;
      const figure: Figure = {
        micros,
        ...(rate && { provenance: rate.provenance }),
        uncertain: isStale(node),
        unpriced: rate ? 0 : 1,
        ...(rate?.spread && {
          spread: scaleSpread(rate.spread, micros / Math.max(1, rate.microsPerHour)),
        }),
      };
      if (jobId === IDLE) idleByNode.set(node.id, figure);
      else byJob.get(jobId)?.push(figure);
      if (jobId === IDLE ? node.mine : mine.has(jobId)) ofNode.push(figure);
    }
    if (ofNode.length > 0) {
      const sum = addFigures(ofNode);
      ofMine.push({ ...sum, unpriced: Math.min(1, sum.unpriced) });
    }
  }
  return {
    byJob: new Map([...byJob].map(([id, figures]) => [id, addFigures(figures)])),
    idleByNode,
    total: addFigures(ofMine),
  };
}
