import { z } from 'zod';
import { Provenance } from './rate.ts';

/** The job of a charge that no job held: idle cost, which has an owner all the same. */
export const IDLE = 'idle';

/**
 * A ledger entry: what one job's hold on one node cost over `[from, to)`. Charges are appended or
 * superseded, never edited; those in force for one job and node never overlap.
 */
export const Charge = z.object({
  jobId: z.string(),
  nodeId: z.string(),
  from: z.number().int(),
  to: z.number().int(),
  micros: z.number().int(),
  /** Of a billed charge: what had been metered for it, by which the bill was shared out. */
  metered: z.number().int().optional(),
  provenance: Provenance,
  owner: z.string().optional(),
  /** `minimum`: paid beyond the node's end because of a billing minimum or increment. */
  kind: z.enum(['metered', 'minimum']),
  /** True where no fresh evidence shows that the node ran: a stale source, an unproven gap. */
  uncertain: z.boolean(),
});
export type Charge = z.infer<typeof Charge>;
