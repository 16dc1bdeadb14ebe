import { z } from 'zod';
import { PriceKey, Rate } from './rate.ts';

/** A machine that is billed. */
export const Node = z.object({
  /** `source:account:native id`, unique over everything Burnrate sees. */
  id: z.string(),
  source: z.string(),
  account: z.string(),
  name: z.string(),
  /**
   * Every other name of this machine (provider id, DNS names, addresses), so that a scheduler's
   * node and an exporter's host can be recognised as this one. Lower case.
   */
  aliases: z.array(z.string()),
  gpus: z.object({
    count: z.number().int().nonnegative(),
    model: z.string().optional(),
  }),
  cores: z.number().int().nonnegative().optional(),
  state: z.enum(['starting', 'running', 'stopping', 'stopped', 'ended']),
  /** When billing began, where the provider says so: the evidence that closes gaps. */
  launchedAt: z.number().int().optional(),
  endedAt: z.number().int().optional(),
  /** A node is paid in increments, and at least the minimum. Per second with 60 s on most clouds. */
  billing: z.object({
    incrementMs: z.number().int().positive(),
    minimumMs: z.number().int(),
  }),
  owner: z.string().optional(),
  mine: z.boolean(),
  priceKey: PriceKey.optional(),
  /** This machine's own price, where its source knows it; else the price book is asked. */
  rate: Rate.optional(),
  /**
   * True where a scheduler hands out this machine's parts: what its jobs leave is then idle, and
   * not the work of whoever started the machine.
   */
  scheduled: z.boolean().optional(),
  labels: z.record(z.string(), z.string()),
});
export type Node = z.infer<typeof Node>;

/** True while the provider charges for the node. */
export function isBilled(node: Node): boolean {
  return node.state === 'running' || node.state === 'stopping';
}

export const PER_SECOND = { incrementMs: 1000, minimumMs: 60_000 } as const;

/** The account that a node's id names: for a node that nobody knows any more. */
export function accountIn(nodeId: string): string {
  return nodeId.split(':').slice(0, 2).join(':');
}
