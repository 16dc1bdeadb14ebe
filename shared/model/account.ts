import { z } from 'zod';

/** What a source can do for one of its accounts. */
export const Capability = z.enum([
  'nodes',
  'jobs',
  'telemetry',
  'prices',
  'leftovers',
  'invoices',
  'stop',
]);
export type Capability = z.infer<typeof Capability>;

/** Where jobs run or bills come from: an AWS profile, a Slurm cluster, an exporter, this machine. */
export const Account = z.object({
  /** `source:name`, unique. */
  id: z.string(),
  source: z.string(),
  name: z.string(),
  /** Where it was found, for people: `~/.aws/config, profile default`. Never a secret. */
  foundIn: z.string(),
  /** Settings that the source itself reads back; never a secret. */
  options: z.record(z.string(), z.unknown()),
});
export type Account = z.infer<typeof Account>;

/** The kinds of failure a source reports; each has its own remedy. */
export const FailureKind = z.enum([
  'not-configured',
  'denied',
  'throttled',
  'unreachable',
  'malformed',
]);
export type FailureKind = z.infer<typeof FailureKind>;

/** A failure as every face shows it: what happened, to which account, and what to do next. */
export const Failure = z.object({
  kind: FailureKind,
  account: z.string(),
  message: z.string(),
  remedy: z.string(),
  at: z.number().int(),
});
export type Failure = z.infer<typeof Failure>;
