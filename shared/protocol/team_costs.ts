import { z } from 'zod';
import { Figure } from '../model/rate.ts';

/** This month, and about as long a time that no first of a month cuts short. */
export const TeamSpan = z.enum(['month', '30d']);
export type TeamSpan = z.infer<typeof TeamSpan>;

const TeamSums = z.object({
  /** Per hour, now: of what this collector sees. */
  rate: Figure,
  spent: Figure,
  /** What of that did no work, in micro-dollars. */
  wastedMicros: z.number().int().nonnegative(),
});
export type TeamSums = z.infer<typeof TeamSums>;

const TeamRow = TeamSums.extend({
  /** Unique among the rows: an owner or a project; who is not known is empty. */
  key: z.string(),
  /** The same for people. */
  name: z.string(),
});
export type TeamRow = z.infer<typeof TeamRow>;

/** What everyone's jobs and idle machines cost, by person and by project, the dearest first. */
export const TeamCosts = z.object({
  from: z.number(),
  to: z.number(),
  /** Whether the sums are of all collectors that share a store, or of this one's ledger. */
  of: z.enum(['store', 'ledger']),
  total: TeamSums,
  owners: z.array(TeamRow),
  projects: z.array(TeamRow),
});
export type TeamCosts = z.infer<typeof TeamCosts>;
