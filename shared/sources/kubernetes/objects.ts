import { z } from 'zod';

/** Of each object just what is used here. Go's JSON leaves empty values out, or writes null. */
const text = z
  .string()
  .nullish()
  .transform((value) => value || undefined);
const words = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {});
/** A tool's whole configuration may be an annotation; what names a person is short. */
const notes = words.transform((value) =>
  Object.fromEntries(Object.entries(value).filter(([, text]) => text.length <= 256)),
);
const instant = z
  .string()
  .nullish()
  .transform((value) => (value ? Date.parse(value) : undefined))
  .refine((value) => !Number.isNaN(value), 'not an instant');
const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);
const amounts = z
  .record(z.string(), z.union([z.string(), z.number()]).transform(String))
  .nullish()
  .transform((value) => value ?? {});

const OwnerRef = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().nullish(),
});
export type OwnerRef = z.infer<typeof OwnerRef>;

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/ */
const Meta = z.object({
  name: z.string().min(1),
  namespace: text,
  uid: z.string().min(1),
  labels: words,
  annotations: notes,
  creationTimestamp: instant,
  deletionTimestamp: instant,
  ownerReferences: list(OwnerRef),
});
export type Meta = z.infer<typeof Meta>;

const Condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: text,
  lastTransitionTime: instant,
});

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/ */
export const NodeObject = z.object({
  metadata: Meta,
  spec: z
    .object({ providerID: text, unschedulable: z.boolean().nullish() })
    .nullish()
    .transform((spec) => spec ?? { providerID: undefined, unschedulable: undefined }),
  status: z.object({
    capacity: amounts,
    conditions: list(Condition),
    addresses: list(z.object({ type: z.string(), address: z.string() })),
  }),
});
export type NodeObject = z.infer<typeof NodeObject>;

const Container = z.object({
  image: text,
  ports: list(z.object({ name: text, containerPort: z.number().int() })),
  restartPolicy: text,
  resources: z
    .object({ requests: amounts, limits: amounts })
    .nullish()
    .transform((value) => value ?? { requests: {}, limits: {} }),
});
export type Container = z.infer<typeof Container>;

const PodSpec = z.object({
  nodeName: text,
  containers: list(Container),
  initContainers: list(Container),
  terminationGracePeriodSeconds: z.number().nullish(),
  volumes: list(
    z.object({
      name: z.string(),
      emptyDir: z.object({ medium: text }).nullish(),
      ephemeral: z.unknown().optional(),
      persistentVolumeClaim: z.object({ claimName: z.string() }).nullish(),
    }),
  ),
});

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ */
export const PodObject = z.object({
  metadata: Meta,
  spec: PodSpec,
  status: z
    .object({
      phase: text,
      reason: text,
      startTime: instant,
      conditions: list(Condition),
      containerStatuses: list(
        z.object({
          state: z.object({ terminated: z.object({ finishedAt: instant }).nullish() }).nullish(),
        }),
      ),
    })
    .nullish()
    .transform((status) => ({ conditions: [], containerStatuses: [], ...status })),
});
export type PodObject = z.infer<typeof PodObject>;

/**
 * What the containers of a pod used over a while that ended at `timestamp`.
 * https://kubernetes.io/docs/reference/external-api/metrics.v1beta1/
 */
export const PodUsage = z.object({
  metadata: z.object({ name: z.string() }),
  timestamp: instant,
  containers: list(z.object({ usage: amounts })),
});
export type PodUsage = z.infer<typeof PodUsage>;

/** Any object, of which the metadata alone was asked for. */
export const MetaObject = z.object({ metadata: Meta });

/** An owner of pods, as far as it says whether it still has something to do. */
export const OwnerObject = z.object({
  metadata: Meta,
  spec: z
    .looseObject({
      suspend: z.boolean().nullish(),
      replicas: z.number().nullish(),
      shutdownAfterJobFinishes: z.boolean().nullish(),
      active: z.boolean().nullish(),
      runPolicy: z.looseObject({ suspend: z.boolean().nullish() }).nullish(),
    })
    .nullish(),
  status: z.looseObject({ conditions: list(Condition), jobDeploymentStatus: text }).nullish(),
});
export type OwnerObject = z.infer<typeof OwnerObject>;

/** What Kueue knows of a job. https://kueue.sigs.k8s.io/docs/concepts/workload/ */
export const WorkloadObject = z.object({
  metadata: Meta,
  spec: z.object({
    active: z.boolean().nullish(),
    queueName: text,
    podSets: list(
      z.object({
        count: z.number().nullish(),
        template: z.object({ spec: PodSpec }),
      }),
    ),
  }),
  status: z
    .object({ conditions: list(Condition) })
    .nullish()
    .transform((status) => status ?? { conditions: [] }),
});
export type WorkloadObject = z.infer<typeof WorkloadObject>;

/** https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/self-subject-review-v1/ */
export const Review = z.object({
  status: z.object({ userInfo: z.object({ username: z.string() }) }),
});

/** https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/ */
export const AccessReview = z.object({ status: z.object({ allowed: z.boolean() }) });

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.33/#apigrouplist-v1-meta */
export const Groups = z.object({
  groups: z.array(
    z.object({ name: z.string(), preferredVersion: z.object({ version: z.string() }) }),
  ),
});
