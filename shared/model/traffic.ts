import { z } from 'zod';

/** The longest name of a device; no system has longer ones. */
export const MAX_DEVICE = 100;

const bytes = z.number().nonnegative().optional();

/**
 * One reading of what a machine's network interfaces or disks have moved, in bytes. What was not
 * measured is left out. With `since` it is what was moved over `[since, at)`; without, it is how
 * far counters had come at `at`, which count from a beginning of their own (the machine's boot,
 * mostly): only differences of two of them tell anything.
 */
export const Traffic = z.object({
  at: z.number().int(),
  since: z.number().int().optional(),
  /** The host that reported it: a node's id or any of its aliases. */
  node: z.string(),
  /** What counts there: `eth0`, `nvme0n1`, or `all` where a system tells of all at once. */
  device: z.string().max(MAX_DEVICE),
  /** Over the network, out of the machine and into it. */
  sent: bytes,
  received: bytes,
  /** From and to disks. */
  read: bytes,
  written: bytes,
});
export type Traffic = z.infer<typeof Traffic>;

/** What a reading may tell of. */
export const FLOWS = ['sent', 'received', 'read', 'written'] as const;
export type Flow = (typeof FLOWS)[number];

/** Whole bytes that were moved; of a flow that was not measured nothing is said. */
export type Moved = { [Key in Flow]?: number | undefined };

/** Adds what was moved; what either has was measured. */
export function addMoved(a: Moved, b: Moved): Moved {
  const sum: Moved = { ...a };
  for (const flow of FLOWS) {
    const more = b[flow];
    if (more !== undefined) sum[flow] = (sum[flow] ?? 0) + more;
  }
  return sum;
}
