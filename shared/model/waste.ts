import { z } from 'zod';
import type { Micros } from './money.ts';

/**
 * Why money did no work: the GPUs did next to nothing, they only seemed busy, or the job had not
 * yet begun to work: an image is pulled, data is loaded, a program compiled.
 */
export const WasteCause = z.enum(['idle', 'stalled', 'waiting']);
export type WasteCause = z.infer<typeof WasteCause>;

/** Micro-dollars by cause. */
export const Waste = z.object({
  idle: z.number().int().nonnegative(),
  stalled: z.number().int().nonnegative(),
  waiting: z.number().int().nonnegative(),
});
export type Waste = z.infer<typeof Waste>;

export const NO_WASTE: Waste = { idle: 0, stalled: 0, waiting: 0 };

export function wasteSum({ idle, stalled, waiting }: Waste): Micros {
  return idle + stalled + waiting;
}

export function addWaste(a: Waste, b: Waste): Waste {
  return {
    idle: a.idle + b.idle,
    stalled: a.stalled + b.stalled,
    waiting: a.waiting + b.waiting,
  };
}
