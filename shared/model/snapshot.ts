import { z } from 'zod';
import { Account, Capability, Failure } from './account.ts';
import { Alert } from './alert.ts';
import { BudgetView } from './budget_view.ts';
import { EgressView, TransferView } from './egress.ts';
import { InvoiceView } from './invoice_view.ts';
import { Job } from './job.ts';
import { JobBudget } from './job_budget.ts';
import { Leftover } from './leftover.ts';
import { Node } from './node.ts';
import { PriceReason } from './price_reason.ts';
import { Figure, Rate } from './rate.ts';
import { Stop } from './stop.ts';
import { UnitCost, WasteSums } from './work.ts';

/** A job as a face draws it. */
export const JobView = Job.extend({
  /** Per hour, now. */
  rate: Figure,
  today: Figure,
  total: Figure,
  gpus: z.number(),
  /** Why its machines cost what they do now, most machines first; absent where nothing runs. */
  why: z.array(PriceReason).optional(),
  /** Mean over the job's GPUs of their latest reading, 0 to 1. */
  activity: z.number().min(0).max(1).optional(),
  activityAt: z.number().int().optional(),
  /** The last readings, oldest first, for a sparkline; null where a reading is missing. */
  recentActivity: z.array(z.number().nullable()),
  /** What was set for this launch alone. */
  budget: JobBudget.pick({ ceiling: true, ceilingPerHour: true, action: true }).optional(),
  /** What it counts of its own work, and what a unit costs; absent where it tells nothing. */
  units: z.array(UnitCost).optional(),
  /** What did no work of all that it has cost; absent where nothing. */
  waste: WasteSums.optional(),
  /** What it sends and writes, which is in no other sum; absent where nothing is measured. */
  egress: EgressView.optional(),
  stoppable: z.boolean(),
  /** Why it cannot be stopped, for people. */
  unstoppableBecause: z.string().optional(),
});
export type JobView = z.infer<typeof JobView>;

export const NodeView = Node.extend({
  price: Rate.optional(),
  /** The part of the node's cost that no job holds, per hour, now. */
  idle: Figure,
  /** Ids of the same machine as other sources see it; counted once, here. */
  alsoKnownAs: z.array(z.string()),
});
export type NodeView = z.infer<typeof NodeView>;

export const AccountView = Account.extend({
  title: z.string(),
  state: z.enum(['starting', 'ok', 'stale', 'failed']),
  capabilities: z.array(Capability),
  lastSuccessAt: z.number().int().optional(),
  failure: Failure.optional(),
  /** What Burnrate's own calls to it have cost today. */
  spentToday: z.number().int(),
});
export type AccountView = z.infer<typeof AccountView>;

/** All that a face needs to draw itself now. */
export const Snapshot = z.object({
  /** Grows with each change; two faces that show the same number show the same thing. */
  id: z.number().int(),
  at: z.number().int(),
  mode: z.enum(['live', 'demo']),
  /** How many seconds of Burnrate's time pass in a real one: 1, but in the demo. */
  speed: z.number(),
  collector: z.object({
    pid: z.number().int(),
    version: z.string(),
    startedAt: z.number().int(),
  }),
  /** Per hour, now: my jobs and my idle nodes. */
  rate: Figure,
  today: Figure,
  /** Spent today while alerts of waste were firing, and what confirmed stops have saved since. */
  wastedToday: z.number().int(),
  savedToday: z.number().int(),
  jobs: z.array(JobView),
  nodes: z.array(NodeView),
  accounts: z.array(AccountView),
  /** What of mine is paid for and used by nothing; absent where no account has told of any yet. */
  leftovers: z.array(Leftover).optional(),
  alerts: z.array(Alert),
  /** Budgets of a day or a month; absent where none is set. */
  budgets: z.array(BudgetView).optional(),
  stops: z.array(Stop),
  /** What accounts' machines sent this month, beside their bills; absent where none is measured. */
  transfers: z.array(TransferView).optional(),
  /** How bills compare with what was metered; absent where there are none. */
  invoices: InvoiceView.optional(),
  /** Things that every face must say: a database set aside, a configuration not in force. */
  notices: z.array(
    z.object({
      id: z.string(),
      severity: z.enum(['info', 'warning', 'critical']),
      message: z.string(),
    }),
  ),
});
export type Snapshot = z.infer<typeof Snapshot>;
