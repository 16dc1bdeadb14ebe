import { MICROS_PER_DOLLAR } from '../model/money.ts';
import { DAY, type Instant, type Interval } from '../model/time.ts';
import type { BillDay } from '../protocol/bill_days.ts';

/** What a chart draws: an amount at an instant, or a gap. Each holds until the next one. */
export interface Point {
  x: Instant;
  y: number | null;
}

/** Values that each hold for a step; the last one until the end. */
export function heldFor(
  at: readonly Instant[],
  values: readonly (number | null)[],
  until: Instant,
): Point[] {
  const points = at.map((x, index): Point => ({ x, y: values[index] ?? null }));
  const last = points.at(-1);
  return last && last.x < until ? [...points, { x: until, y: last.y }] : points;
}

/**
 * An amount of each day, in dollars; a day without one, or without an entry, is a gap. The last one
 * ends with the interval.
 */
export function heldByDay(
  days: readonly BillDay[],
  of: (day: BillDay) => number | undefined,
  { to }: Pick<Interval, 'to'>,
): Point[] {
  return days.flatMap((day, index): Point[] => {
    const micros = of(day);
    const y = micros === undefined ? null : micros / MICROS_PER_DOLLAR;
    const end = Math.min(day.at + DAY, to);
    const next = days[index + 1];
    const isFollowed = next?.at === end && of(next) !== undefined;
    const start = { x: day.at, y };
    return isFollowed ? [start] : [start, { x: end, y }, { x: end, y: null }];
  });
}

/** What the bill says, and what was metered for the rest of a day that is on no bill yet in full. */
export function billedOf({
  billedMicros,
  meteredForBilled,
  meteredMicros,
}: BillDay): number | undefined {
  if (billedMicros === undefined) return undefined;
  return billedMicros + meteredMicros - meteredForBilled;
}
