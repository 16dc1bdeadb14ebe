import type { Micros } from '../../../model/money.ts';
import { SourceError } from '../../source.ts';

/** What one region told, and what asking it cost. */
export interface Told<T> {
  told: T[];
  costMicros: Micros;
}

/**
 * Reads regions side by side; those that could not be read are among the failures. Who may not ask
 * CloudWatch has an account all the same: doctor says what would allow it.
 */
export async function inEachRegion<Of, T>(
  regions: ReadonlyMap<string, Of>,
  read: (region: string, there: Of) => Promise<Told<T>>,
): Promise<Told<T> & { failures: SourceError[] }> {
  const all = { told: [] as T[], costMicros: 0, failures: [] as SourceError[] };
  await Promise.all(
    [...regions].map(async ([region, there]) => {
      try {
        const part = await read(region, there);
        all.told.push(...part.told);
        all.costMicros += part.costMicros;
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        if (error.kind !== 'denied') all.failures.push(error);
      }
    }),
  );
  return all;
}
