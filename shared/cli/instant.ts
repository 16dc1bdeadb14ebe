import { type Instant, startOfLocalDay } from '../model/time.ts';
import { parseDuration } from './duration.ts';
import { EXIT, PlainFailure } from './exit_codes.ts';

/**
 * `now`; `7d`, so long before now; `today`; `2026-11-01`, the start of that day here; or an instant
 * of ISO 8601. Throws PlainFailure on anything else.
 */
export function parseInstant(text: string, now: Instant): Instant {
  const word = text.trim().toLowerCase();
  if (word === 'now') return now;
  if (word === 'today') return startOfLocalDay(now);
  if (!/^\d{4}-/.test(word)) return now - parseDuration(text);
  const [, year, month, day] = (/^(\d{4})-(\d\d)-(\d\d)$/.exec(word) ?? []).map(Number);
  if (year !== undefined && month !== undefined && day !== undefined) {
    const start = new Date(year, month - 1, day);
    // The 31st of a shorter month would become a day of the next one.
    if (start.getMonth() === month - 1 && start.getDate() === day) return start.getTime();
  }
  const at = day === undefined ? Date.parse(text.trim()) : Number.NaN;
  if (Number.isFinite(at)) return at;
  throw new PlainFailure(
    `"${text}" is no time. Write 7d or 24h ago as 7d or 24h, a day as 2026-11-01, or now.`,
    EXIT.usage,
  );
}
