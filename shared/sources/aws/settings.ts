import { z } from 'zod';

/** The `aws` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    profiles: z
      .array(z.string().min(1).meta({ 'x-names': 'account' }))
      .optional()
      .describe(
        'Profiles to use; absent means every profile that has credentials, and the environment.',
      ),
    regions: z
      .array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d+$/, 'not a region'))
      .optional()
      .describe('Regions to read; absent means every region that is enabled for the account.'),
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
      ])
      .describe("Tags that name an instance's owner, the first one present decides."),
    mine: z
      .array(z.string().min(1).meta({ 'x-names': 'owner' }))
      .default([])
      .describe('Further names that are you, as owner tags spell them.'),
    services: z
      .array(z.enum(['sagemaker', 'batch']))
      .default(['sagemaker', 'batch'])
      .describe('What is read beside EC2.'),
    cloudwatch: z
      .boolean()
      .default(true)
      .describe(
        'Whether CloudWatch is asked how busy GPUs are that nothing else tells of. It costs $0.01 for 1,000 metrics: some $0.35 a day for a machine with 8 GPUs.',
      ),
    untaggedAreMine: z
      .boolean()
      .default(true)
      .describe('Whether an instance that no tag gives an owner counts as yours.'),
  })
  .prefault({})
  .describe(
    'Amazon Web Services: EC2, SageMaker and Batch, by the profiles of the AWS command line.',
  );
export type Settings = z.infer<typeof Settings>;
