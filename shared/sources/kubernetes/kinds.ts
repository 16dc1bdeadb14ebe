/** How a job of a kind is stopped so that it can be started again. */
export type Halt = 'suspend' | 'runPolicy' | 'scale';

/** A kind of object that owns pods. */
export interface Kind {
  group: string;
  plural: string;
  /** Absent where nothing stops it but deleting it, which is left to its owner. */
  halt?: Halt;
  /** Its own owner only starts it again and again: each start is a job. */
  repeats?: true;
  /** Whether it has an end of its own, which its status tells. */
  ends?: true;
}

/**
 * The kinds whose own owners are looked up, and which can be stopped. One that is missing here is
 * shown by its name, and can be stopped by kubectl alone.
 *
 * - https://kubernetes.io/docs/concepts/workloads/controllers/job/#suspending-a-job
 * - https://jobset.sigs.k8s.io/docs/reference/jobset.v1alpha2/ (`spec.suspend`)
 * - https://www.kubeflow.org/docs/components/trainer/legacy-v1/user-guides/ (`runPolicy.suspend`)
 * - https://docs.ray.io/en/latest/cluster/kubernetes/ (`spec.suspend` of RayJob and RayCluster)
 */
const KINDS: Readonly<Record<string, Kind>> = {
  'batch/Job': { group: 'batch', plural: 'jobs', halt: 'suspend', ends: true },
  'batch/CronJob': { group: 'batch', plural: 'cronjobs', repeats: true },
  'apps/ReplicaSet': { group: 'apps', plural: 'replicasets', halt: 'scale' },
  'apps/Deployment': { group: 'apps', plural: 'deployments', halt: 'scale' },
  'apps/StatefulSet': { group: 'apps', plural: 'statefulsets', halt: 'scale' },
  'apps/DaemonSet': { group: 'apps', plural: 'daemonsets' },
  'jobset.x-k8s.io/JobSet': {
    group: 'jobset.x-k8s.io',
    plural: 'jobsets',
    halt: 'suspend',
    ends: true,
  },
  'leaderworkerset.x-k8s.io/LeaderWorkerSet': {
    group: 'leaderworkerset.x-k8s.io',
    plural: 'leaderworkersets',
    halt: 'scale',
  },
  'trainer.kubeflow.org/TrainJob': {
    group: 'trainer.kubeflow.org',
    plural: 'trainjobs',
    halt: 'suspend',
    ends: true,
  },
  ...Object.fromEntries(
    ['PyTorchJob', 'TFJob', 'XGBoostJob', 'PaddleJob', 'JAXJob', 'MPIJob'].map((kind) => [
      `kubeflow.org/${kind}`,
      {
        group: 'kubeflow.org',
        plural: `${kind.toLowerCase()}s`,
        halt: 'runPolicy' as const,
        ends: true as const,
      },
    ]),
  ),
  'ray.io/RayJob': { group: 'ray.io', plural: 'rayjobs', halt: 'suspend', ends: true },
  'ray.io/RayCluster': { group: 'ray.io', plural: 'rayclusters', halt: 'suspend' },
  'ray.io/RayService': { group: 'ray.io', plural: 'rayservices' },
};

export function kindOf({
  apiVersion,
  kind,
}: {
  apiVersion: string;
  kind: string;
}): Kind | undefined {
  return KINDS[`${apiVersion.split('/')[0]}/${kind}`];
}

/** All of them, for what has to be allowed. */
export function kinds(): Kind[] {
  return Object.values(KINDS);
}

/** Where an object, or a list of them, is found. */
export function pathOf(
  { apiVersion, plural }: { apiVersion: string; plural: string },
  namespace?: string,
  name?: string,
): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const parts = [
    ...(namespace === undefined ? [] : ['namespaces', namespace]),
    plural,
    ...(name === undefined ? [] : [name]),
  ];
  return `${root}/${parts.map(encodeURIComponent).join('/')}`;
}

/** `jobs.batch`, `pods`: the resource as RBAC and kubectl name it. */
export function resourceOf({ group, plural }: Pick<Kind, 'group' | 'plural'>): string {
  return group === '' ? plural : `${plural}.${group}`;
}
