import type { Path, YamlFile } from './yaml_file.ts';

/** A pod template in a manifest, and how many pods are made of it at once. */
export interface Template {
  pod: Path;
  /** NaN where a template of Helm's decides it. */
  workers: number;
  /** Its only container, and what that asks for, where they stand elsewhere. */
  only?: { container: Path; resources: Path };
}

/** Where each of Kubeflow's kinds of training job keeps its pod templates, by their roles. */
export const REPLICA_SPECS: Readonly<Record<string, string>> = {
  PyTorchJob: 'pytorchReplicaSpecs',
  TFJob: 'tfReplicaSpecs',
  MPIJob: 'mpiReplicaSpecs',
  XGBoostJob: 'xgbReplicaSpecs',
  PaddleJob: 'paddleReplicaSpecs',
  JAXJob: 'jaxReplicaSpecs',
};

/** What a runtime of Kubeflow's Trainer calls the job whose pods train. */
const TRAINS = 'node';

/** The pod templates of an object of that kind; none where it makes no pods. */
export function templatesOf(kind: string, file: YamlFile): Template[] {
  const count = (...path: Path) => countAt(file, path);
  const replicaSpecs = REPLICA_SPECS[kind];
  if (replicaSpecs !== undefined) {
    const specs = ['spec', replicaSpecs];
    return file.keys(...specs).map((role) => ({
      pod: [...specs, role, 'template'],
      workers: count(...specs, role, 'replicas'),
    }));
  }
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
    case 'TrainJob': {
      const container = ['spec', 'trainer'];
      const only = { container, resources: [...container, 'resourcesPerNode'] };
      return [{ pod: patched(file), workers: count(...container, 'numNodes'), only }];
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

/**
 * A TrainJob's templates are its runtime's. Where it patches that of the pods that train, which is
 * where it chooses their machines; no such place where it does not.
 *
 * https://www.kubeflow.org/docs/components/trainer/operator-guides/ (until 2.1 `podTemplateOverrides`)
 */
function patched(file: YamlFile): Path {
  const trains = (job: Path) => file.text(...job, 'name') === TRAINS;
  const patches = file
    .items('spec', 'runtimePatches')
    .flatMap((patch) =>
      file.items(...patch, 'trainingRuntimeSpec', 'template', 'spec', 'replicatedJobs'),
    )
    .filter(trains)
    .map((job) => [...job, 'template', 'spec', 'template']);
  const overrides = file
    .items('spec', 'podTemplateOverrides')
    .filter((override) => file.items(...override, 'targetJobs').some(trains));
  return [...patches, ...overrides][0] ?? [];
}

/** Templates that stand in a list, each with its number of replicas. */
function listed(file: YamlFile, list: Path): Template[] {
  return file.items(...list).map((item) => ({
    pod: [...item, 'template'],
    workers: countAt(file, [...item, 'replicas']),
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
