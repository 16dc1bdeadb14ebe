import type { Instant } from '../model/time.ts';

/**
 * Whether an instant lies in the quiet hours (`22:00-07:00`, from the first minute until before the
 * last). They go by the clock on the wall, in this machine's time zone: in the night in which that
 * is set back they are an hour longer.
 */
export function isQuiet(hours: string | undefined, at: Instant): boolean {
  if (hours === undefined) return false;
  const [from = 0, to = 0] = hours.split('-').map(minuteOfDay);
  const local = new Date(at);
  const minute = local.getHours() * 60 + local.getMinutes();
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}

function minuteOfDay(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
}
