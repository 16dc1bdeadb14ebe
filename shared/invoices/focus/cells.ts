import type { Instant } from '../../model/time.ts';
import type { Cell } from '../table/table.ts';

/** What a cell says as text; undefined where it says nothing: some write `NULL` for that. */
export function textOf(cell: Cell): string | undefined {
  if (typeof cell === 'string') {
    if (cell === '' || cell === 'NULL' || cell === 'null') return undefined;
    return cell;
  }
  if (cell === null || cell === undefined) return undefined;
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

/** A quantity: no money, so that a binary fraction will do. */
export function numberOf(cell: Cell): number | undefined {
  const text = textOf(cell);
  if (text === undefined) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

const TIME =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)? ?(Z|UTC|[+-]\d\d:?\d\d)?$/;
/** American dates are what Azure's older exports have. */
const AMERICAN = /^(\d\d)\/(\d\d)\/(\d{4})$/;

/**
 * An instant as bills write it: `2026-11-24T12:00:00Z`, with a blank for the `T`, without a zone
 * (it is UTC then, by the specification), or a day alone. Undefined where it is none of these.
 */
export function instantOf(cell: Cell): Instant | undefined {
  if (typeof cell === 'number') return Number.isSafeInteger(cell) ? cell : undefined;
  const text = textOf(cell);
  if (text === undefined) return undefined;
  const american = AMERICAN.exec(text);
  const time = TIME.exec(american ? `${american[3]}-${american[1]}-${american[2]}` : text);
  if (!time) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = time;
  const at = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
    Number((fraction ?? '0').padEnd(3, '0').slice(0, 3)),
  );
  // `2026-02-30` would be a day in March.
  if (new Date(at).getUTCDate() !== Number(day)) return undefined;
  return at - offsetOf(zone);
}

function offsetOf(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z' || zone === 'UTC') return 0;
  const digits = zone.replace(':', '');
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** JSON or a Parquet map of tags; undefined where there are none, or they cannot be told apart. */
export function tagsOf(cell: Cell): Record<string, string> | undefined {
  let value: unknown = cell;
  if (typeof cell === 'string') {
    const text = textOf(cell);
    if (text === undefined || text === '{}') return undefined;
    try {
      value = JSON.parse(text);
    } catch {
      // Some write them in a form of their own; tags are no part of any sum.
      return undefined;
    }
  }
  const entries = Array.isArray(value)
    ? value.map(({ key, value }) => [key, value])
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
      : [];
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.map(([key, text]) => [String(key), String(text ?? '')]));
}
