import type { Micros } from './money.ts';

/**
 * Why money did no work: the GPUs did next to nothing, they only seemed busy, or the job had not
 * yet begun to work: an image is pulled, data is loaded, a program compiled.
 */
export const WASTE_CAUSES = ['idle', 'stalled', 'waiting'] as const;
export type WasteCause = (typeof WASTE_CAUSES)[number];

/** Micro-dollars by cause. */
export type Waste = Record<WasteCause, Micros>;

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
