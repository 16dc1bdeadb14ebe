import { heldNow, latestShares } from '../metering/held.ts';
import type { Fleet } from '../metering/identity.ts';
import type { LiveRates } from '../metering/live.ts';
import type { Job } from '../model/job.ts';
import type { JobBudget } from '../model/job_budget.ts';
import { isBilled, type Node } from '../model/node.ts';
import type { PriceReason } from '../model/price_reason.ts';
import { NOTHING, type Rate } from '../model/rate.ts';
import type { JobView, NodeView } from '../model/snapshot.ts';
import type { Instant } from '../model/time.ts';
import type { Economics } from './economics.ts';
import type { Readings } from './readings.ts';
import type { Sums } from './sums.ts';
import type { TrafficMeter } from './traffic.ts';

/** Of others' jobs and nodes a face is shown this many: a cluster may have thousands. */
const MAX_OTHERS = 300;

export interface ViewSource {
  now: Instant;
  fleet: Fleet;
  rates: LiveRates;
  sums: Pick<Sums, 'today' | 'total'>;
  readings: Pick<Readings, 'current' | 'recent'>;
  economics: Pick<Economics, 'viewOf'>;
  traffic: Pick<TrafficMeter, 'viewOf'>;
  priceOf: (node: Node) => Rate | undefined;
  /** Why a node has that price. */
  reasonOf: (node: Node) => Omit<PriceReason, 'machines'> | undefined;
  /** Why a job cannot be stopped; undefined where it can. */
  refusal: (jobId: string) => string | undefined;
  /** The budget that was set for this launch. */
  budgetOf: (job: Job) => JobBudget | undefined;
}

/** The jobs as faces and rules see them: mine first, the dearest first among each. */
export function jobViews(jobs: Iterable<Job>, source: ViewSource): JobView[] {
  const views = Array.from(jobs, (job) => jobView(job, source));
  views.sort(
    (a, b) =>
      Number(b.mine) - Number(a.mine) ||
      b.rate.micros - a.rate.micros ||
      (b.startedAt ?? 0) - (a.startedAt ?? 0) ||
      (a.id < b.id ? -1 : 1),
  );
  let others = 0;
  return views.filter((view) => view.mine || others++ < MAX_OTHERS);
}

function jobView(job: Job, source: ViewSource): JobView {
  const { now, rates, sums, readings } = source;
  const current = readings.current(job.id, now);
  const because = source.refusal(job.id);
  const why = reasonsOf(job, source);
  const { ceiling, ceilingPerHour, action } = source.budgetOf(job) ?? {};
  return {
    ...job,
    // What it held before it grew or moved is the ledger's concern, not a face's.
    shares: latestShares(job),
    rate: rates.byJob.get(job.id) ?? NOTHING,
    today: sums.today(job.id),
    total: sums.total(job.id),
    gpus: gpusOf(job, source.fleet),
    ...(why.length > 0 && { why }),
    ...(current && { activity: Math.min(1, current.activity), activityAt: current.at }),
    recentActivity: readings.recent(job.id, now),
    ...source.economics.viewOf(job.id, now),
    ...source.traffic.viewOf(job.id),
    ...(action && {
      budget: {
        ...(ceiling !== undefined && { ceiling }),
        ...(ceilingPerHour !== undefined && { ceilingPerHour }),
        action,
      },
    }),
    stoppable: because === undefined,
    ...(because !== undefined && { unstoppableBecause: because }),
  };
}

/** Why the machines that a job holds now cost what they do, each reason once. */
function reasonsOf(job: Job, { fleet, reasonOf }: ViewSource): PriceReason[] {
  const held = heldNow(job)?.shares ?? [];
  const nodes = new Map(
    held.flatMap(({ node: name }) => {
      const node = fleet.resolve(name);
      return node && isBilled(node) ? [[node.id, node]] : [];
    }),
  );
  const reasons = new Map<string, PriceReason>();
  for (const node of nodes.values()) {
    const reason = reasonOf(node);
    if (!reason) continue;
    const same = JSON.stringify(reason);
    reasons.set(same, { machines: (reasons.get(same)?.machines ?? 0) + 1, ...reason });
  }
  return [...reasons.values()].sort((a, b) => b.machines - a.machines);
}

/** How many GPUs a job holds; a whole node's are all its own. */
function gpusOf(job: Job, fleet: Fleet): number {
  return latestShares(job).reduce((sum, share) => {
    if (share.gpus !== undefined) return sum + share.gpus;
    if (share.cores !== undefined) return sum;
    return sum + (fleet.resolve(share.node)?.gpus.count ?? 0);
  }, 0);
}

/** The machines as faces and rules see them: mine, those of the jobs shown, then others. */
export function nodeViews(jobs: readonly JobView[], source: ViewSource): NodeView[] {
  const { fleet, rates } = source;
  const held = new Set(
    jobs.flatMap((job) => job.shares.map((share) => fleet.resolve(share.node)?.id)),
  );
  let others = 0;
  return fleet.nodes
    .filter((node) => node.mine || held.has(node.id) || others++ < MAX_OTHERS)
    .map((node) => {
      const price = source.priceOf(node);
      return {
        ...node,
        ...(price && { price }),
        idle: rates.idleByNode.get(node.id) ?? NOTHING,
        alsoKnownAs: [...(fleet.alsoKnownAs.get(node.id) ?? [])],
      };
    });
}
