import { DAY, HOUR, type Instant, type Interval, MINUTE, startOfLocalDay } from '../model/time.ts';

/** Steps of which people think when they read a clock or a calendar. */
const STEPS = [
  ...[5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 4, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * DAY),
];

/** Full hours or days (local time) within an interval, `most` of them or fewer. */
export function timeTicks({ from, to }: Interval, most: number): Instant[] {
  const step = STEPS.find((one) => (to - from) / one <= most) ?? 30 * DAY;
  const ticks: Instant[] = [];
  const add = (at: Instant) => {
    if (at >= from && at <= to) ticks.push(at);
  };
  if (step >= DAY) {
    // Days differ in length where clocks are changed; the calendar knows.
    const day = new Date(startOfLocalDay(from));
    for (; day.getTime() <= to; day.setDate(day.getDate() + step / DAY)) add(day.getTime());
  } else {
    for (let at = startOfLocalDay(from); at <= to; at += step) add(at);
  }
  return ticks;
}
