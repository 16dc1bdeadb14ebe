import { z } from 'zod';
import { Rate } from './rate.ts';

/** Something beside the machines that is paid for while nothing uses it. */
export const Leftover = z.object({
  /** `account:native id`, unique over everything Burnrate sees. */
  id: z.string(),
  source: z.string(),
  account: z.string(),
  kind: z.enum(['disk', 'address', 'filesystem']),
  name: z.string(),
  /** As the provider bills it: GB or GiB, which differ by 7%. */
  sizeGb: z.number().nonnegative().optional(),
  region: z.string(),
  /** The stopped machine that it waits for; absent where no machine has it at all. */
  machine: z.string().optional(),
  /** Since when nothing uses it, where the provider says so. */
  since: z.number().int().optional(),
  owner: z.string().optional(),
  mine: z.boolean(),
  /** Absent where its price is not known. */
  rate: Rate.optional(),
  /** The command that deletes it, with all that is on it. Burnrate never runs it. */
  remove: z.string(),
  labels: z.record(z.string(), z.string()),
});
export type Leftover = z.infer<typeof Leftover>;
