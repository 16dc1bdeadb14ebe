import type { Leftover } from '../model/leftover.ts';
import { monthlyDollars } from '../model/leftover_cost.ts';
import type { Rate } from '../model/rate.ts';
import { HOUR, type Instant, SECOND } from '../model/time.ts';
import { type Cadence, SourceError } from './source.ts';

/** What lies about costs little an hour and is there for weeks: it is looked for once an hour. */
export const LEFTOVER_CADENCE: Cadence = {
  everyMs: HOUR,
  deadlineMs: 60 * SECOND,
  costMicros: 0,
};

/**
 * What was read, or undefined where the account may not read it: who was given only what it takes
 * to see machines has no failure, and the doctor says what is missing.
 */
export async function unlessDenied<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof SourceError && error.kind === 'denied') return undefined;
    throw error;
  }
}

/** The list price of storage that is sold by the GB and month. */
export function storageRate(
  dollarsPerGbMonth: number | undefined,
  sizeGb: number,
  { basis, asOf }: { basis: string; asOf: Instant },
): Rate | undefined {
  if (dollarsPerGbMonth === undefined) return undefined;
  const microsPerHour = monthlyDollars(dollarsPerGbMonth * sizeGb);
  return { microsPerHour, provenance: 'list', basis, asOf };
}

const NAMES: Readonly<Record<Leftover['kind'], readonly [one: string, many: string]>> = {
  disk: ['disk', 'disks'],
  filesystem: ['file system', 'file systems'],
  address: ['address', 'addresses'],
};

/** What the doctor says of a reading: `2 disks and 1 address that nothing uses`. */
export function leftoversFound(leftovers: readonly Leftover[]): string {
  const counts = Map.groupBy(leftovers, ({ kind }) => kind);
  const parts = [...counts].map(
    ([kind, { length }]) => `${length} ${NAMES[kind][+(length !== 1)]}`,
  );
  return parts.length === 0 ? 'nothing is left behind' : `${parts.join(' and ')} that nothing uses`;
}
