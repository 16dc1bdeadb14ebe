import { z } from 'zod';

/** What is read of an instance. https://cloud.google.com/compute/docs/reference/rest/v1/instances */
export const Instance = z.object({
  id: z.string().min(1),
  name: z.string().min(1),
  zone: z.string(),
  machineType: z.string(),
  status: z.string(),
  creationTimestamp: z.string().optional(),
  lastStartTimestamp: z.string().optional(),
  lastStopTimestamp: z.string().optional(),
  lastSuspendedTimestamp: z.string().optional(),
  hostname: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
  guestAccelerators: z
    .array(z.object({ acceleratorType: z.string(), acceleratorCount: z.number().default(0) }))
    .default([]),
  networkInterfaces: z
    .array(
      z.object({
        networkIP: z.string().optional(),
        ipv6Address: z.string().optional(),
        accessConfigs: z.array(z.object({ natIP: z.string().optional() })).default([]),
      }),
    )
    .default([]),
  disks: z
    .array(
      z.object({
        type: z.string().optional(),
        deviceName: z.string().optional(),
        source: z.string().optional(),
        boot: z.boolean().optional(),
        autoDelete: z.boolean().optional(),
        diskSizeGb: z.coerce.number().optional(),
        licenses: z.array(z.string()).default([]),
      }),
    )
    .default([]),
  scheduling: z
    .object({
      preemptible: z.boolean().optional(),
      provisioningModel: z.string().optional(),
      terminationTime: z.string().optional(),
      nodeAffinities: z.array(z.unknown()).optional(),
    })
    .default({}),
  resourceStatus: z
    .object({ scheduling: z.object({ terminationTimestamp: z.string().optional() }).optional() })
    .optional(),
  metadata: z
    .object({
      items: z.array(z.object({ key: z.string(), value: z.string().optional() })).default([]),
    })
    .optional(),
  deletionProtection: z.boolean().optional(),
});
export type Instance = z.infer<typeof Instance>;

const Warning = z.object({ code: z.string().optional(), message: z.string().optional() });

/** https://cloud.google.com/compute/docs/reference/rest/v1/instances/aggregatedList */
export const InstancePage = z.object({
  /** Without it, this is no answer to that question: an empty list would look like one. */
  kind: z.literal('compute#instanceAggregatedList'),
  items: z
    .record(
      z.string(),
      z.object({ instances: z.array(Instance).default([]), warning: Warning.optional() }),
    )
    .default({}),
  unreachables: z.array(z.string()).default([]),
  nextPageToken: z.string().optional(),
});

/** https://cloud.google.com/compute/docs/reference/rest/v1/machineTypes */
export const MachineType = z.object({
  name: z.string(),
  guestCpus: z.number(),
  memoryMb: z.number(),
  accelerators: z
    .array(z.object({ guestAcceleratorType: z.string(), guestAcceleratorCount: z.number() }))
    .default([]),
  bundledLocalSsds: z.object({ partitionCount: z.number().default(0) }).optional(),
});
export type MachineType = z.infer<typeof MachineType>;

export const MachineTypePage = z.object({
  items: z
    .record(z.string(), z.object({ machineTypes: z.array(MachineType).default([]) }))
    .default({}),
  nextPageToken: z.string().optional(),
});

/** https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.customJobs */
export const CustomJob = z.object({
  /** `projects/PROJECT/locations/REGION/customJobs/ID` */
  name: z.string(),
  displayName: z.string().optional(),
  state: z.string().default('JOB_STATE_UNSPECIFIED'),
  createTime: z.string().optional(),
  startTime: z.string().optional(),
  endTime: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
  jobSpec: z
    .object({
      persistentResourceId: z.string().optional(),
      serviceAccount: z.string().optional(),
      scheduling: z
        .object({ strategy: z.string().optional(), timeout: z.string().optional() })
        .optional(),
      workerPoolSpecs: z
        .array(
          z.object({
            replicaCount: z.coerce.number().default(1),
            machineSpec: z
              .object({
                machineType: z.string().optional(),
                acceleratorType: z.string().optional(),
                acceleratorCount: z.number().default(0),
              })
              .default({ acceleratorCount: 0 }),
          }),
        )
        .default([]),
    })
    .default({ workerPoolSpecs: [] }),
});
export type CustomJob = z.infer<typeof CustomJob>;

export const CustomJobPage = z.object({
  customJobs: z.array(CustomJob).default([]),
  nextPageToken: z.string().optional(),
});

/** https://cloud.google.com/billing/docs/reference/rest/v1/services.skus/list */
export const Sku = z.object({
  description: z.string(),
  category: z.object({ usageType: z.string().optional() }).default({}),
  serviceRegions: z.array(z.string()).default([]),
  pricingInfo: z
    .array(
      z.object({
        pricingExpression: z.object({
          baseUnit: z.string().optional(),
          baseUnitConversionFactor: z.number().optional(),
          tieredRates: z
            .array(
              z.object({
                unitPrice: z.object({
                  currencyCode: z.string().optional(),
                  /** A 64-bit integer, which JSON has as text. */
                  units: z.coerce.number().default(0),
                  nanos: z.number().default(0),
                }),
              }),
            )
            .default([]),
        }),
      }),
    )
    .default([]),
});
export type Sku = z.infer<typeof Sku>;

export const SkuPage = z.object({
  skus: z.array(Sku).default([]),
  nextPageToken: z.string().optional(),
});

/** https://cloud.google.com/monitoring/api/ref_v3/rest/v3/TimeSeries */
export const SeriesPage = z.object({
  timeSeries: z
    .array(
      z.object({
        metric: z.object({ labels: z.record(z.string(), z.string()).default({}) }),
        resource: z.object({ labels: z.record(z.string(), z.string()).default({}) }),
        points: z
          .array(
            z.object({
              interval: z.object({ startTime: z.string().optional(), endTime: z.string() }),
              value: z.object({
                doubleValue: z.number().optional(),
                int64Value: z.coerce.number().optional(),
              }),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
  nextPageToken: z.string().optional(),
});
export type Series = z.infer<typeof SeriesPage>['timeSeries'][number];

/** The last part of a resource's URL or path. */
export function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function regionOf(zone: string): string {
  return zone.replace(/-[a-z0-9]+$/, '');
}

export function instantOf(text: string | undefined): number | undefined {
  const at = text ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
