import { z } from 'zod';

/** The `aws` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    /** Profiles to use; absent means every profile that has credentials, and the environment. */
    profiles: z.array(z.string().min(1)).optional(),
    /** Regions to read; absent means every region that is enabled for the account. */
    regions: z.array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d+$/, 'not a region')).optional(),
    /** Tags that name an instance's owner, the first one present decides. */
    ownerTags: z
      .array(z.string().min(1))
      .default([
        'Owner',
        'owner',
        'User',
        'user',
        'created-by',
        'CreatedBy',
        'aws:createdBy',
        'skypilot-user',
        'sagemaker:user-profile-arn',
      ]),
    /** Further names that are you, as owner tags spell them. */
    mine: z.array(z.string().min(1)).default([]),
    /** What is read beside EC2. */
    services: z.array(z.enum(['sagemaker', 'batch'])).default(['sagemaker', 'batch']),
    /**
     * Whether CloudWatch is asked how busy GPUs are that nothing else tells of. It costs $0.01 for
     * 1,000 metrics: some $0.35 a day for a machine with 8 GPUs.
     */
    cloudwatch: z.boolean().default(true),
    /** Whether an instance that no tag gives an owner counts as yours. */
    untaggedAreMine: z.boolean().default(true),
  })
  .prefault({});
export type Settings = z.infer<typeof Settings>;
