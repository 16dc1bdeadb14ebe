import { SECOND } from '../model/time.ts';
import type { Ask, GpuNeed, Remark } from './ask.ts';
import type { YamlFile } from './yaml_file.ts';

type Path = readonly (string | number)[];

/** A pod template in a manifest, and how many pods are made of it. */
interface Template {
  pod: Path;
  workers: number;
}

const GPU = /^(nvidia\.com|amd\.com)\/(gpu|mig-.*)$/;

/** Images that bring no GPU libraries. */
const WITHOUT_GPU =
  /^(docker\.io\/)?(library\/)?(python|ubuntu|debian|alpine|busybox|node|golang|fedora|rockylinux):?[^/]*$/;

/** Labels of nodes by which their GPU is chosen. */
const MODEL_LABELS = [
  'nvidia.com/gpu.product',
  'cloud.google.com/gke-accelerator',
  'k8s.amazonaws.com/accelerator',
  'karpenter.k8s.aws/instance-gpu-name',
  'gpu.nvidia.com/class',
];

/** Whether it is a Kubernetes object. */
export function isManifest(file: YamlFile): boolean {
  return file.text('apiVersion') !== undefined && file.text('kind') !== undefined;
}

/** What the object asks for; undefined where it asks for no GPU, or makes no pods. */
export function kubernetesAsk(file: YamlFile): Ask | undefined {
  const kind = file.text('kind') ?? '';
  const withGpus = templatesOf(kind, file).flatMap((template) => {
    const asked = gpusOf(file, template.pod);
    return asked ? [{ ...template, ...asked }] : [];
  });
  const [first] = withGpus;
  const at = file.keyAt('kind');
  if (!first || !at) return undefined;
  const selector = [...first.pod, 'spec', 'nodeSelector'];
  const seconds = deadlineOf(kind, file);
  const instanceType = file.text(...selector, 'node.kubernetes.io/instance-type');
  const region = file.text(...selector, 'topology.kubernetes.io/region');
  const name = file.text('metadata', 'name');
  const namespace = file.text('metadata', 'namespace');
  // Workers of one kind of pod are the rule; others' GPUs are counted as if they were of it.
  const gpus = withGpus.reduce((sum, { count, workers }) => sum + count * workers, 0);
  return {
    at,
    source: 'kubernetes',
    ...(name && { name }),
    ...(namespace && { namespace }),
    gpus: { count: first.count, ...(first.model && { model: first.model }) },
    workers: gpus / first.count,
    ...(instanceType && { instanceType }),
    ...(region && { region }),
    market: isSpot(file, selector) ? 'spot' : 'on-demand',
    ...(seconds !== undefined && {
      limit: { ms: seconds * SECOND, said: `activeDeadlineSeconds: ${seconds}` },
    }),
    launch: ['kubectl', 'create', '-f', 'FILE'],
    remarks: [
      ...(kind === 'Job' && seconds === undefined ? noDeadline(file) : []),
      ...withGpus.flatMap(({ container }) => plainImage(file, container)),
    ],
  };
}

function templatesOf(kind: string, file: YamlFile): Template[] {
  const count = (path: Path) => file.number(...path) ?? 1;
  const named = (path: Path, of: (name: string) => Template) =>
    file.keys(...path).map((name) => of(name));
  switch (kind) {
    case 'Pod':
      return [{ pod: [], workers: 1 }];
    case 'Job':
      return [{ pod: ['spec', 'template'], workers: count(['spec', 'parallelism']) }];
    case 'Deployment':
    case 'StatefulSet':
    case 'ReplicaSet':
      return [{ pod: ['spec', 'template'], workers: count(['spec', 'replicas']) }];
    case 'CronJob':
      return [{ pod: ['spec', 'jobTemplate', 'spec', 'template'], workers: 1 }];
    case 'PyTorchJob':
    case 'TFJob':
    case 'MPIJob': {
      const specs = [
        'spec',
        kind === 'PyTorchJob'
          ? 'pytorchReplicaSpecs'
          : kind === 'TFJob'
            ? 'tfReplicaSpecs'
            : 'mpiReplicaSpecs',
      ];
      return named(specs, (name) => ({
        pod: [...specs, name, 'template'],
        workers: count([...specs, name, 'replicas']),
      }));
    }
    case 'JobSet': {
      const jobs = ['spec', 'replicatedJobs'];
      return Array.from({ length: file.length(...jobs) }, (_, index) => ({
        pod: [...jobs, index, 'template', 'spec', 'template'],
        workers:
          count([...jobs, index, 'replicas']) *
          count([...jobs, index, 'template', 'spec', 'parallelism']),
      }));
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

function ray(file: YamlFile, cluster: Path): Template[] {
  const groups = [...cluster, 'workerGroupSpecs'];
  return [
    { pod: [...cluster, 'headGroupSpec', 'template'], workers: 1 },
    ...Array.from({ length: file.length(...groups) }, (_, index) => ({
      pod: [...groups, index, 'template'],
      workers: file.number(...groups, index, 'replicas') ?? 1,
    })),
  ];
}

/** The GPUs of all its containers; a limit is what counts, and a request equals it. */
function gpusOf(file: YamlFile, pod: Path): (GpuNeed & { container: Path }) | undefined {
  const containers = [...pod, 'spec', 'containers'];
  let count = 0;
  let container: Path | undefined;
  for (let index = 0; index < file.length(...containers); index += 1) {
    for (const kind of ['limits', 'requests'] as const) {
      const resources = [...containers, index, 'resources', kind];
      const key = file.keys(...resources).find((name) => GPU.test(name));
      if (key === undefined) continue;
      count += file.number(...resources, key) ?? 0;
      container ??= [...containers, index];
      break;
    }
  }
  if (count === 0 || !container) return undefined;
  const selector = [...pod, 'spec', 'nodeSelector'];
  const model = MODEL_LABELS.map((label) => file.text(...selector, label)).find(Boolean);
  return { count, container, ...(model && { model }) };
}

function isSpot(file: YamlFile, selector: Path): boolean {
  return (
    file.text(...selector, 'karpenter.sh/capacity-type') === 'spot' ||
    file.text(...selector, 'eks.amazonaws.com/capacityType') === 'SPOT' ||
    String(file.get(...selector, 'cloud.google.com/gke-spot')) === 'true' ||
    file.text(...selector, 'kubernetes.azure.com/scalesetpriority') === 'spot'
  );
}

function deadlineOf(kind: string, file: YamlFile): number | undefined {
  if (kind === 'PyTorchJob' || kind === 'TFJob' || kind === 'MPIJob')
    return file.number('spec', 'runPolicy', 'activeDeadlineSeconds');
  return file.number('spec', 'activeDeadlineSeconds');
}

function noDeadline(file: YamlFile): Remark[] {
  const at = file.keyAt('spec');
  const [first] = file.keys('spec');
  const before = first === undefined ? undefined : file.keyAt('spec', first);
  if (!at || !before) return [];
  return [
    {
      at,
      severity: 'information',
      code: 'no-time-limit',
      message: 'No time limit: a Job that hangs costs money until somebody sees it.',
      fix: {
        title: 'End the Job after 24 hours',
        at: { from: before.from, to: before.from },
        text: 'activeDeadlineSeconds: 86400\n  ',
      },
    },
  ];
}

function plainImage(file: YamlFile, container: Path): Remark[] {
  const image = file.text(...container, 'image');
  const at = file.valueAt(...container, 'image');
  if (!image || !at || !WITHOUT_GPU.test(image)) return [];
  return [
    {
      at,
      severity: 'warning',
      code: 'no-gpu-image',
      message: `${image} brings no CUDA or ROCm libraries: the GPUs asked for here are paid for and cannot be used, unless the job installs them.`,
    },
  ];
}
