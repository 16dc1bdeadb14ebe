import type { Micros } from '../model/money.ts';
import { DAY, HOUR, type Instant, type Interval, startOfLocalDay } from '../model/time.ts';

/** What a week came to, of all that is mine. */
export interface Week {
  spent: Micros;
  wasted: Micros;
  saved: Micros;
  /** The jobs that wasted most, the worst first, by their names. */
  worst: { name: string; micros: Micros }[];
}

/** The local week, Monday to Monday, that ended last. Weeks have 7 days of 23 to 25 hours. */
export function lastWeek(now: Instant): Interval {
  const today = new Date(startOfLocalDay(now));
  const sinceMonday = (today.getDay() + 6) % 7;
  const to = dayAway(today.getTime(), -sinceMonday);
  return { from: dayAway(to, -7), to };
}

/** The start of the local day so many days away. */
function dayAway(day: Instant, days: number): Instant {
  return startOfLocalDay(day + days * DAY + 12 * HOUR);
}
