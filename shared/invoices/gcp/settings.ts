import { z } from 'zod';
import { serviceUrl } from '../../sources/rented.ts';

/** The `gcp-bigquery` section under `invoices` in burnrate.yaml. */
export const Settings = z
  .strictObject({
    table: z
      .string()
      .regex(/^[a-z][a-z0-9:.-]*\.\w+\.\w+$/, 'not PROJECT.DATASET.TABLE')
      .optional()
      .describe(
        'The table of the detailed usage cost export, `PROJECT.DATASET.TABLE`. Absent means that no bill is read: which one it is, only its owner knows.',
      ),
    queryProject: z
      .string()
      .min(1)
      .optional()
      .describe(
        "The project that runs the queries and is charged for them; absent means the table's own.",
      ),
    allProjects: z
      .boolean()
      .default(false)
      .describe('Also lines of projects that are not watched: a billing account may have many.'),
    maximumBytesBilled: z
      .int()
      .min(10 * 2 ** 20)
      .default(20 * 2 ** 30)
      .describe('How many bytes one query may read. BigQuery refuses one that would read more.'),
    endpoint: serviceUrl
      .optional()
      .describe("Where BigQuery's API is; for a private endpoint in front of it."),
  })
  .prefault({})
  .describe('The bills of Google Cloud, by the export to BigQuery.');
export type Settings = z.infer<typeof Settings>;
