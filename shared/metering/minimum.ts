import { type Charge, IDLE } from '../model/charge.ts';
import type { Job } from '../model/job.ts';
import { accrued, split } from '../model/money.ts';
import type { Node } from '../model/node.ts';
import type { Instant } from '../model/time.ts';
import type { RateChange } from '../store/store.ts';
import { rateAt } from './attribution.ts';
import { edgesOf, heldAt } from './held.ts';
import { type Holding, holdings } from './holdings.ts';
import type { Fleet } from './identity.ts';
import type { Paid } from './uptime.ts';

interface Facts {
  node: Node;
  jobs: readonly Job[];
  rates: readonly RateChange[];
  resolve: Fleet['resolve'];
}

/**
 * What is paid beyond a node's end because of a billing minimum or increment, at the rate of its
 * end. It is owed by those who held the node last, in the parts that they held.
 */
export function minimumCharges(tail: Paid, facts: Facts): Charge[] {
  const rate = rateAt(facts.rates, tail.from)?.rate;
  if (!rate) return [];
  const parts = lastHolders(tail, facts);
  const amounts = split(
    accrued(rate.microsPerHour, tail.from, tail.paidTo),
    parts.map(({ weight }) => weight),
  );
  return parts.map(({ jobId, owner }, index) => ({
    jobId,
    nodeId: facts.node.id,
    from: tail.from,
    to: tail.to,
    micros: amounts[index] ?? 0,
    provenance: rate.provenance,
    ...(owner !== undefined && { owner }),
    kind: 'minimum' as const,
    uncertain: tail.uncertain,
  }));
}

/** Who held the node when last anyone did in this run; `idle` where nobody ever did. */
function lastHolders({ from: end, runFrom }: Paid, { node, jobs, resolve }: Facts): Holding[] {
  const holdersBefore = (at: Instant) =>
    holdings(
      node,
      jobs.flatMap((job) => heldAt(job, at - 1) ?? []),
      resolve,
    );
  const edges = jobs.flatMap(edgesOf).map((at) => Math.min(at, end));
  for (const at of [...new Set(edges)].filter((at) => at > runFrom).sort((a, b) => b - a)) {
    const parts = holdersBefore(at);
    if (parts.some(({ jobId }) => jobId !== IDLE)) return parts;
  }
  return holdersBefore(end);
}
