import { DAY, HOUR, MINUTE } from '../model/time.ts';
import { EXIT, PlainFailure } from './exit_codes.ts';

const UNITS: Readonly<Record<string, number>> = { m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY };

/** `90m`, `24h`, `7d`, `2w` in milliseconds. Throws PlainFailure on anything else. */
export function parseDuration(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*([mhdw])$/i.exec(text.trim()) ?? [];
  const ms = Number(amount) * (UNITS[unit?.toLowerCase() ?? ''] ?? Number.NaN);
  if (ms > 0) return ms;
  throw new PlainFailure(
    `"${text}" is not a length of time. Write it as 90m, 24h, 7d or 2w.`,
    EXIT.usage,
  );
}
