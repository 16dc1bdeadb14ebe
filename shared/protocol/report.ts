import { z } from 'zod';
import { Charge } from '../model/charge.ts';
import { EgressSum } from '../model/egress.ts';
import { Job } from '../model/job.ts';
import { Node } from '../model/node.ts';
import { AnySpread } from '../model/rate.ts';
import { WasteSums } from '../model/work.ts';

/** What one job, or `idle`, cost on one node over `[from, to)`, as far as it rests on one ground. */
export const Cost = Charge.omit({ owner: true, kind: true }).extend({
  /** The amount in hours of the whole node at its mean price of that time, where it has one. */
  nodeHours: z.number().nonnegative().optional(),
  /** How far off it may be, where it is calibrated; not of hours. */
  spread: AnySpread.optional(),
});
export type Cost = z.infer<typeof Cost>;

export const CostNode = Node.pick({
  name: true,
  source: true,
  account: true,
  owner: true,
  priceKey: true,
  labels: true,
});
export type CostNode = z.infer<typeof CostNode>;

export const CostJob = Job.pick({ name: true, owner: true }).extend({
  project: z.string().optional(),
  /** What it is a launch of: several jobs may be one run. */
  run: z.string().optional(),
});
export type CostJob = z.infer<typeof CostJob>;

/** What was counted, and what the jobs cost while it was, as it was metered then. */
const CountedWork = z.object({
  amount: z.number().nonnegative(),
  micros: z.number().int().nonnegative(),
});

/** What a job did for its money: what it counted, what was spent in vain, what a stop has saved. */
export const Work = z.object({
  steps: CountedWork.optional(),
  tokens: CountedWork.optional(),
  samples: CountedWork.optional(),
  waste: WasteSums.optional(),
  savedMicros: z.number().int().nonnegative().optional(),
  /** What it sent and wrote: no part of what its machines cost. */
  egress: EgressSum.optional(),
});
export type Work = z.infer<typeof Work>;

/** The ledger over a day at most, with the jobs and nodes that it speaks of, by their ids. */
export const CostPage = z.object({
  costs: z.array(Cost),
  jobs: z.record(z.string(), CostJob),
  nodes: z.record(z.string(), CostNode),
  /** By job; those of which nothing is known are not there. */
  work: z.record(z.string(), Work).optional(),
});
export type CostPage = z.infer<typeof CostPage>;

/** What the sums of a report can be by. */
export const ReportKey = z.enum([
  'job',
  'owner',
  'project',
  'run',
  'cloud',
  'day',
  'hour',
  'account',
  'node',
  'provenance',
]);
export type ReportKey = z.infer<typeof ReportKey>;

/** A sum in micro-dollars, and how much of it rests on what. */
export const ReportSum = z.object({
  micros: z.number().int(),
  /** The sum's parts by provenance; together they are the sum. */
  byProvenance: z.object({
    billed: z.number().int(),
    quoted: z.number().int(),
    calibrated: z.number().int(),
    list: z.number().int(),
  }),
  /** The part that was metered without fresh evidence that the node ran. */
  uncertainMicros: z.number().int(),
  /** The part that no job held. */
  idleMicros: z.number().int(),
  /**
   * How far off its calibrated part may be: half the width of the interval in which that lies with 95%
   * certainty. Absent where nothing of it is calibrated.
   */
  marginMicros: z.number().int().nonnegative().optional(),
});
export type ReportSum = z.infer<typeof ReportSum>;

/** What the jobs of a sum did for it; in reports by job, owner and day. */
export const ReportWork = z.object({
  steps: CountedWork.optional(),
  tokens: CountedWork.optional(),
  samples: CountedWork.optional(),
  waste: WasteSums,
  savedMicros: z.number().int().nonnegative(),
  egress: EgressSum.optional(),
});
export type ReportWork = z.infer<typeof ReportWork>;

export const ReportRow = ReportSum.extend({
  /**
   * Unique among the rows: a job's, account's or node's id, an owner, a provenance, a local day as
   * `2026-11-24`. `idle` with an owner is `idle:` and the owner; who is not known is empty.
   */
  key: z.string(),
  /** The same for people. */
  name: z.string(),
  /** Whose it is; in reports by job and node, where that is known. */
  owner: z.string().optional(),
  work: ReportWork.optional(),
});
export type ReportRow = z.infer<typeof ReportRow>;

/** What `burnrate report --format json` prints. Rows by day are in order, others the dearest first. */
export const Report = z.object({
  by: ReportKey,
  from: z.number().int(),
  to: z.number().int(),
  everyones: z.boolean(),
  currency: z.literal('USD'),
  /** Always true: Burnrate meters and estimates. What is owed is on the provider's invoice. */
  estimate: z.literal(true),
  total: ReportSum.extend({ work: ReportWork.optional() }),
  rows: z.array(ReportRow),
});
export type Report = z.infer<typeof Report>;
