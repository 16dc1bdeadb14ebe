import { z } from 'zod';
import type { Micros } from '../../model/money.ts';

/** On demand, by the tebibyte; the first of each month is free. https://cloud.google.com/bigquery/pricing */
const DOLLARS_PER_TIB = 6.25;
/** `with a minimum 10 MB data processed per table referenced by the query` */
export const LEAST_BYTES = 10 * 2 ** 20;

/** What a query that reads so much costs, not counting what is free. */
export function costOf(bytes: number): Micros {
  return Math.ceil((Math.max(bytes, LEAST_BYTES) / 2 ** 40) * DOLLARS_PER_TIB * 1e6);
}

/** One row: each column as text, whatever its type; null where there is nothing. */
export type Row = readonly (string | null)[];

export interface Query {
  sql: string;
  parameters: Readonly<Record<string, string | readonly string[]>>;
}

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/tables/get */
export const Table = z.object({
  schema: z.object({ fields: z.array(z.object({ name: z.string() })) }),
  timePartitioning: z.object({ type: z.string(), field: z.string().optional() }).optional(),
});
export type Table = z.infer<typeof Table>;
