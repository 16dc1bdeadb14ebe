import { formatMoney, type Micros, toMicros } from '../model/money.ts';
import { DAY, formatDuration, type Instant } from '../model/time.ts';

/** The language of the person, as the host's browser engine knows it. */
export const locale = navigator.language;

const percents = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
const counts = new Intl.NumberFormat(locale);
const compactCounts = new Intl.NumberFormat(locale, {
  notation: 'compact',
  maximumFractionDigits: 1,
});
const axisAmounts = new Intl.NumberFormat(locale, {
  style: 'currency',
  currency: 'USD',
  maximumFractionDigits: 2,
  trailingZeroDisplay: 'stripIfInteger',
});
const times = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' });
const days = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric' });
const instants = new Intl.DateTimeFormat(locale, {
  weekday: 'short',
  hour: 'numeric',
  minute: '2-digit',
});

export function money(micros: Micros): string {
  return formatMoney(micros, locale);
}

/** An amount in dollars, from a chart. */
export function dollars(amount: number): string {
  return money(toMicros(amount));
}

/** One on its axis: cents only where the amount has some. */
export function axisDollars(amount: number): string {
  return axisAmounts.format(amount);
}

/** A share from 0 to 1. */
export function percent(share: number): string {
  return percents.format(share);
}

/** A large count in few letters: `1.2M`. */
export function compact(value: number): string {
  return compactCounts.format(value);
}

export function count(value: number): string {
  return counts.format(value);
}

/** `14:32`, with the day where it is not within a day of now. */
export function timeOf(at: Instant, now: Instant): string {
  return Math.abs(now - at) < DAY ? times.format(at) : `${days.format(at)}, ${times.format(at)}`;
}

/** `Nov 24`. */
export function dayOf(at: Instant): string {
  return days.format(at);
}

/** A tick of the chart's time axis over a range of `spanMs`. */
export function axisTime(at: Instant, spanMs: number): string {
  return spanMs > 2 * DAY ? days.format(at) : times.format(at);
}

/** The instant in full, for the chart's tooltip. */
export function axisInstant(at: Instant, spanMs: number): string {
  return spanMs > 7 * DAY ? days.format(at) : instants.format(at);
}

/** `4 min ago`, or `now` within a few seconds. */
export function ago(at: Instant, now: Instant): string {
  return now - at < 5_000 ? 'now' : `${formatDuration(now - at)} ago`;
}
