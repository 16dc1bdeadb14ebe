import type { Charge } from '../model/charge.ts';
import type { Job } from '../model/job.ts';
import { accruedThrough, type Micros } from '../model/money.ts';
import type { Node } from '../model/node.ts';
import { HOUR, type Instant, type Interval } from '../model/time.ts';
import type { RateChange } from '../store/store.ts';
import { edgesOf, heldAt } from './held.ts';
import { type Holding, holdings } from './holdings.ts';
import type { Fleet } from './identity.ts';

export interface AttributeInput {
  node: Node;
  /** All jobs that may have held a part of the node in the interval. */
  jobs: readonly Job[];
  /** The node's rates, by their start. The first also holds for the time before it. */
  rates: readonly RateChange[];
  /** When the node was billed throughout. */
  interval: Interval;
  resolve: Fleet['resolve'];
  uncertain?: boolean;
}

/**
 * Shares out what the node cost over the interval among the jobs that held it, and `idle`.
 *
 * The charges of each instant sum exactly to what the node accrues. Every amount is a difference
 * of two values on the absolute time line, so that any partition of the interval gives the same
 * sums by job. No charge crosses a full hour (UTC). Without a rate there are no charges.
 */
export function attribute(input: AttributeInput): Charge[] {
  const { node, rates, interval, resolve } = input;
  const steps = cut(interval, input.jobs.flatMap(edgesOf));
  const ledger = new Merging();
  for (const step of steps) {
    const active = input.jobs.flatMap((job) => heldAt(job, step.from) ?? []);
    const parts = holdings(node, active, resolve);
    for (const piece of cut(step, [...rates.map(({ from }) => from), ...fullHours(step)])) {
      const rate = rateAt(rates, piece.from)?.rate;
      if (!rate) return [];
      const amounts = shareOut(rate.microsPerHour, piece, parts);
      for (const [index, { jobId, owner, weight }] of parts.entries()) {
        const charge: Charge = {
          jobId,
          nodeId: node.id,
          ...piece,
          micros: amounts[index] ?? 0,
          provenance: rate.provenance,
          ...(owner !== undefined && { owner }),
          kind: 'metered',
          uncertain: input.uncertain === true,
        };
        ledger.add(charge, weight * rate.microsPerHour);
      }
    }
  }
  return ledger.charges;
}

/** The rate in force at an instant; before the first one, the first. */
export function rateAt(rates: readonly RateChange[], at: Instant): RateChange | undefined {
  return rates.findLast(({ from }) => from <= at) ?? rates[0];
}

/**
 * Divides what accrues over the interval by weight. Each part takes its share of what the parts
 * before it have left, as a function of the node's accrual since the epoch: such functions never
 * fall, add up exactly, and do not depend on where the time line is cut.
 */
export function shareOut(
  microsPerHour: Micros,
  interval: Interval,
  parts: readonly Holding[],
): Micros[] {
  const at = (instant: Instant): bigint[] => {
    let left = accruedThrough(microsPerHour, instant);
    let weightLeft = parts.reduce((sum, { weight }) => sum + weight, 0);
    return parts.map(({ weight }) => {
      const taken = (left * BigInt(weight)) / BigInt(weightLeft);
      left -= taken;
      weightLeft -= weight;
      return taken;
    });
  };
  const before = at(interval.from);
  return at(interval.to).map((through, index) => Number(through - (before[index] ?? 0n)));
}

/** The interval in pieces, cut at each of the instants within it. */
export function cut(interval: Interval, instants: readonly Instant[]): Interval[] {
  const edges = [...new Set([interval.from, ...instants, interval.to])]
    .filter((at) => at >= interval.from && at <= interval.to)
    .sort((a, b) => a - b);
  return edges.slice(1).map((to, index) => ({ from: edges[index] ?? to, to }));
}

function fullHours({ from, to }: Interval): Instant[] {
  const hours: Instant[] = [];
  for (let at = (Math.floor(from / HOUR) + 1) * HOUR; at < to; at += HOUR) hours.push(at);
  return hours;
}

/**
 * Joins a charge to the one before it where it only goes on: another job's start or end lies
 * between. Money accrues evenly over each charge, so that a part of it can be told.
 */
class Merging {
  readonly charges: Charge[] = [];
  readonly #last = new Map<string, { charge: Charge; pace: number }>();

  add(charge: Charge, pace: number): void {
    const last = this.#last.get(charge.jobId);
    if (
      last?.charge.to === charge.from &&
      charge.from % HOUR !== 0 &&
      last.pace === pace &&
      last.charge.provenance === charge.provenance &&
      last.charge.owner === charge.owner
    ) {
      last.charge.to = charge.to;
      last.charge.micros += charge.micros;
      return;
    }
    this.#last.set(charge.jobId, { charge, pace });
    this.charges.push(charge);
  }
}
