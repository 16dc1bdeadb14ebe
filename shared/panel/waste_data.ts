import { DAY, HOUR, type Instant } from '../model/time.ts';
import { addWaste, NO_WASTE, WASTE_CAUSES, type WasteCause, wasteSum } from '../model/waste.ts';
import type { WasteCourse } from '../protocol/waste.ts';
import { historyQuery, type Range } from './chart_data.ts';

/** What each cause is called beside an amount. */
export const CAUSES: Readonly<Record<WasteCause, string>> = {
  idle: 'idle',
  stalled: 'stalled',
  waiting: 'not yet at work',
};

/** What to ask for: by the hour at the finest, for the ledger of waste knows nothing finer. */
export function wasteQuery(range: Range, now: Instant) {
  return historyQuery({ ...range, stepMs: Math.max(HOUR, range.stepMs) }, now);
}

/** How long a step is, in words. */
export function stepWords(stepMs: number): string {
  if (stepMs === DAY) return 'by the day';
  return stepMs === HOUR ? 'by the hour' : `by ${stepMs / HOUR} hours`;
}

/** A course of waste as a face tells it: all of it, its causes, and when it was worst. */
export function wasteFacts({ at, steps }: WasteCourse) {
  const sum = steps.reduce(addWaste, NO_WASTE);
  let worst = { at: 0, micros: 0 };
  for (const [index, step] of steps.entries()) {
    const micros = wasteSum(step);
    if (micros > worst.micros) worst = { at: at[index] ?? 0, micros };
  }
  const causes = WASTE_CAUSES.filter((cause) => sum[cause] > 0);
  return { micros: wasteSum(sum), sum, causes, worst };
}
