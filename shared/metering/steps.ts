import type { Instant, Interval } from '../model/time.ts';

/** A stretch of time over which something is constant; `value` says what, for comparison. */
export interface Step extends Interval {
  value: string;
}

/**
 * The earliest instant at which two step functions differ. Steps of one function do not overlap;
 * between them it has no value. Undefined where they are the same.
 */
export function firstDifference(one: readonly Step[], other: readonly Step[]): Instant | undefined {
  const edges = [...one, ...other].flatMap(({ from, to }) => [from, to]);
  const valueAt = (steps: readonly Step[], at: Instant) =>
    steps.find(({ from, to }) => from <= at && at < to)?.value;
  return [...new Set(edges)]
    .sort((a, b) => a - b)
    .find((at) => valueAt(one, at) !== valueAt(other, at));
}
