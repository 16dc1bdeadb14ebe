import { z } from 'zod';

/** The `aws-data-export` section under `invoices` in burnrate.yaml. */
export const Settings = z
  .strictObject({
    path: z
      .string()
      .regex(/^(s3:\/\/[a-z0-9][a-z0-9.-]+\/?|\/|~\/|[A-Za-z]:[\\/])/, 'not s3://… nor a folder')
      .optional()
      .describe(
        'Where the export is delivered: `s3://BUCKET/PREFIX/EXPORT-NAME`, or a folder on this machine to which it is copied. Absent means that none is read: where it is, only its owner knows.',
      ),
    profile: z
      .string()
      .min(1)
      .optional()
      .describe(
        'The profile that may read it; absent means that of the first AWS account that is watched.',
      ),
    region: z
      .string()
      .min(1)
      .optional()
      .describe("The bucket's region, where that is not the profile's own."),
    allAccounts: z
      .boolean()
      .default(false)
      .describe(
        "Also lines of AWS accounts that are not watched: an organisation's export has all of them.",
      ),
  })
  .prefault({})
  .describe('The bills of AWS accounts, by an export to S3.');
export type Settings = z.infer<typeof Settings>;
