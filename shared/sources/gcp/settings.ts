import { z } from 'zod';
import { serviceUrl } from '../rented.ts';

/** Google's services that are asked, by the names that gcloud gives their endpoints. */
export const SERVICES = {
  compute: { title: 'Compute Engine', url: 'https://compute.googleapis.com/compute/v1' },
  aiplatform: { title: 'Vertex AI', url: 'https://REGION-aiplatform.googleapis.com' },
  cloudbilling: { title: 'Cloud Billing', url: 'https://cloudbilling.googleapis.com' },
  monitoring: { title: 'Cloud Monitoring', url: 'https://monitoring.googleapis.com' },
  bigquery: { title: 'BigQuery', url: 'https://bigquery.googleapis.com/bigquery/v2' },
  oauth2: { title: 'Google sign-in', url: 'https://oauth2.googleapis.com' },
} as const;
export type Service = keyof typeof SERVICES;

const endpoint = serviceUrl.optional();

/** The `gcp` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    projects: z
      .array(
        z
          .string()
          .regex(/^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'not a project ID')
          .meta({ 'x-names': 'account' }),
      )
      .min(1)
      .optional()
      .describe('Projects to watch; absent means the one that gcloud or your credentials name.'),
    regions: z
      .array(z.string().regex(/^[a-z]+-[a-z]+\d+$/, 'not a region'))
      .optional()
      .describe('Regions in which Vertex AI jobs are looked for; absent means those in use.'),
    ownerLabels: z
      .array(z.string().min(1))
      .default(['owner', 'user', 'created-by', 'created_by', 'creator', 'skypilot-user'])
      .describe("Labels that name an instance's or a job's owner, the first one present decides."),
    mine: z
      .array(z.string().min(1).meta({ 'x-names': 'owner' }))
      .default([])
      .describe('Further names that are you, as owner labels spell them.'),
    unlabelledAreMine: z
      .boolean()
      .default(true)
      .describe('Whether what no label gives an owner counts as yours.'),
    onStop: z
      .enum(['stop', 'delete'])
      .default('stop')
      .describe(
        'What a stop does to an instance: `stop` keeps its disks, `delete` what they are set to.',
      ),
    endpoints: z
      .strictObject({
        compute: endpoint.describe('The address of Compute Engine.'),
        aiplatform: endpoint.describe('The address of Vertex AI.'),
        cloudbilling: endpoint.describe('The address of Cloud Billing.'),
        monitoring: endpoint.describe('The address of Cloud Monitoring.'),
        bigquery: endpoint.describe('The address of BigQuery.'),
        oauth2: endpoint.describe('The address of Google’s sign-in.'),
      })
      .default({})
      .describe('Where the APIs are; for a private endpoint or a gateway in front of them.'),
  })
  .prefault({})
  .describe('Google Cloud: Compute Engine and Vertex AI, by projects.');
export type Settings = z.infer<typeof Settings>;
