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
    /** Projects to watch; absent means the one that gcloud or your credentials name. */
    projects: z
      .array(z.string().regex(/^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'not a project ID'))
      .min(1)
      .optional(),
    /** Regions in which Vertex AI jobs are looked for; absent means those in use. */
    regions: z.array(z.string().regex(/^[a-z]+-[a-z]+\d+$/, 'not a region')).optional(),
    /** Labels that name an instance's or a job's owner, the first one present decides. */
    ownerLabels: z
      .array(z.string().min(1))
      .default(['owner', 'user', 'created-by', 'created_by', 'creator', 'skypilot-user']),
    /** Further names that are you, as owner labels spell them. */
    mine: z.array(z.string().min(1)).default([]),
    /** Whether what no label gives an owner counts as yours. */
    unlabelledAreMine: z.boolean().default(true),
    /** What a stop does to an instance: `stop` keeps its disks, `delete` what they are set to. */
    onStop: z.enum(['stop', 'delete']).default('stop'),
    /** Where the APIs are; for a private endpoint or a gateway in front of them. */
    endpoints: z
      .strictObject({
        compute: endpoint,
        aiplatform: endpoint,
        cloudbilling: endpoint,
        monitoring: endpoint,
        bigquery: endpoint,
        oauth2: endpoint,
      })
      .default({}),
  })
  .prefault({});
export type Settings = z.infer<typeof Settings>;
