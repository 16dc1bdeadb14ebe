import { accrued, formatMoney, type Micros } from '../model/money.ts';
import {
  DAY,
  HOUR,
  type Instant,
  MINUTE,
  startOfLocalDay,
  startOfLocalMonth,
} from '../model/time.ts';
import type { Ceiling } from './ceiling.ts';
import type { Finding } from './rule.ts';
import type { Spending } from './spending.ts';

/** What will be exceeded for so long a time is said: a short burst of jobs is no forecast. */
const HOLD_MS = 10 * MINUTE;
/** A month's pace is told after so much of it. */
const PACE_AFTER_MS = 2 * DAY;
/** Below this share of a day or month the end is too near to call it a forecast. */
const LEAST_LEFT_MS = HOUR;

/** What a budget's day or month will come to, and what makes one think so. */
export interface Forecast {
  micros: Micros;
  /** `At $4.10/h until midnight`. */
  basis: string;
}

/**
 * What has been spent by the end of the period: a day ends as it goes on now; a month at the pace
 * of its days so far, which nights and weekends are a part of. Undefined where the end is too near,
 * or too little of the month is over, to tell.
 */
export function forecastOf(
  span: 'day' | 'month',
  { spent, microsPerHour }: Pick<Spending, 'spent' | 'microsPerHour'>,
  now: Instant,
): Forecast | undefined {
  const [from, to] = periodOf(span, now);
  if (to - now < LEAST_LEFT_MS) return undefined;
  if (span === 'day') {
    const basis = `At ${formatMoney(microsPerHour)}/h until midnight`;
    return { micros: spent + accrued(microsPerHour, now, to), basis };
  }
  if (now - from < PACE_AFTER_MS) return undefined;
  const micros = Math.round((spent / (now - from)) * (to - from));
  return { micros, basis: "At this month's pace so far" };
}

/** Where a day's or month's budget will be exceeded before the period ends. */
export function forecastFinding(
  { span, limit }: Ceiling,
  spending: Spending,
  now: Instant,
): Finding | undefined {
  if ((span !== 'day' && span !== 'month') || spending.spent >= limit) return undefined;
  const forecast = forecastOf(span, spending, now);
  if (!forecast || forecast.micros <= limit) return undefined;
  const { micros: expected, basis } = forecast;
  const period = span === 'day' ? 'today' : 'this month';
  return {
    subject: spending.subject,
    subjectKind: spending.subjectKind,
    severity: 'warning',
    title: `${spending.what} will exceed its budget of ${formatMoney(limit)} ${period}`,
    detail: `${basis} it comes to ${formatMoney(expected)}.`,
    evidence: [
      { label: `spent ${period}`, value: formatMoney(spending.spent) },
      { label: 'forecast', value: formatMoney(expected) },
      { label: 'budget', value: formatMoney(limit) },
    ],
    microsPerHour: 0,
    since: now,
    holdMs: HOLD_MS,
  };
}

function periodOf(span: 'day' | 'month', now: Instant): [Instant, Instant] {
  if (span === 'month') return [startOfLocalMonth(now), startOfLocalMonth(now, 1)];
  const from = startOfLocalDay(now);
  // Noon of the next day lies in it also where a clock is put forward or back.
  return [from, startOfLocalDay(from + DAY + DAY / 2)];
}
