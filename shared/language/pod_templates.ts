import type { YamlFile } from './yaml_file.ts';

/** Where something stands in a manifest. */
export type Path = readonly (string | number)[];

/** A pod template in a manifest, and how many pods are made of it at once. */
export interface Template {
  pod: Path;
  /** NaN where a template of Helm's decides it. */
  workers: number;
}

/** Where each of Kubeflow's kinds of training job keeps its pod templates, by their roles. */
const REPLICA_SPECS: Readonly<Record<string, string>> = {
  PyTorchJob: 'pytorchReplicaSpecs',
  TFJob: 'tfReplicaSpecs',
  MPIJob: 'mpiReplicaSpecs',
};

/** The pod templates of an object of that kind; none where it makes no pods. */
export function templatesOf(kind: string, file: YamlFile): Template[] {
  const count = (...path: Path) => countAt(file, path);
  switch (kind) {
    case 'Pod':
      return [{ pod: [], workers: 1 }];
    case 'Job':
      // Volcano's has several tasks.
      return file.keys('spec').includes('tasks')
        ? listed(file, ['spec', 'tasks'])
        : [batch(file, ['spec'])];
    case 'CronJob':
      return [batch(file, ['spec', 'jobTemplate', 'spec'])];
    case 'Deployment':
    case 'StatefulSet':
    case 'ReplicaSet':
      return [{ pod: ['spec', 'template'], workers: count('spec', 'replicas') }];
    case 'PyTorchJob':
    case 'TFJob':
    case 'MPIJob': {
      const specs = ['spec', REPLICA_SPECS[kind] ?? ''];
      return file.keys(...specs).map((role) => ({
        pod: [...specs, role, 'template'],
        workers: count(...specs, role, 'replicas'),
      }));
    }
    case 'JobSet':
      return listed(file, ['spec', 'replicatedJobs']).map(({ pod, workers }) => {
        const job = batch(file, [...pod, 'spec']);
        return { ...job, workers: workers * job.workers };
      });
    case 'LeaderWorkerSet': {
      const group = ['spec', 'leaderWorkerTemplate'];
      const [groups, size] = [count('spec', 'replicas'), count(...group, 'size')];
      const worker = [...group, 'workerTemplate'];
      // A leader without a template of its own is as its workers are.
      return file.keys(...group).includes('leaderTemplate')
        ? [
            { pod: [...group, 'leaderTemplate'], workers: groups },
            { pod: worker, workers: groups * (size - 1) },
          ]
        : [{ pod: worker, workers: groups * size }];
    }
    case 'RayJob':
      return ray(file, ['spec', 'rayClusterSpec']);
    case 'RayCluster':
      return ray(file, ['spec']);
    case 'RayService':
      return ray(file, ['spec', 'rayClusterConfig']);
    default:
      return [];
  }
}

/** One where it is not said; NaN where a template of Helm's says it. */
export function countAt(file: YamlFile, path: Path): number {
  return Number(file.get(...path) ?? 1);
}

/** A Job's pods: never more at once than have to be completed. */
function batch(file: YamlFile, spec: Path): Template {
  const parallel = countAt(file, [...spec, 'parallelism']);
  const completions = file.get(...spec, 'completions') ?? Number.POSITIVE_INFINITY;
  return { pod: [...spec, 'template'], workers: Math.min(parallel, Number(completions)) };
}

/** Templates that stand in a list, each with its number of replicas. */
function listed(file: YamlFile, list: Path): Template[] {
  return Array.from({ length: file.length(...list) }, (_, index) => ({
    pod: [...list, index, 'template'],
    workers: countAt(file, [...list, index, 'replicas']),
  }));
}

function ray(file: YamlFile, cluster: Path): Template[] {
  const groups = [...cluster, 'workerGroupSpecs'];
  return [
    { pod: [...cluster, 'headGroupSpec', 'template'], workers: 1 },
    ...listed(file, groups).map(({ pod, workers }, index) => ({
      pod,
      workers: workers * countAt(file, [...groups, index, 'numOfHosts']),
    })),
  ];
}
