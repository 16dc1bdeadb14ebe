import { SECOND } from '../model/time.ts';
import type { Ask, Limit, Need, Remark } from './ask.ts';
import { plainImage } from './gpu_image.ts';
import { countAt, REPLICA_SPECS, type Template, templatesOf } from './pod_templates.ts';
import type { Path, YamlFile } from './yaml_file.ts';

const GPU = /^(nvidia\.com|amd\.com)\/(gpu|mig-.*)$/;

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
    const asked = gpusOf(file, template);
    return asked && template.workers !== 0 ? [{ ...template, ...asked }] : [];
  });
  // Where a template decides how many, a sum would be a guess.
  if (withGpus.some(({ count, workers }) => Number.isNaN(count * workers))) return undefined;
  const [first] = withGpus;
  const [need, ...beside] = ofOneKind(withGpus.map((one) => needOf(file, one)));
  const at = file.keyAt('kind');
  if (!first || !need || !at) return undefined;
  // Volcano calls its jobs so, too, and ends none of them by a deadline.
  const limits = file.keys('spec').includes('tasks') ? undefined : DEADLINES[kind];
  const limit = limits && limitOf(file, limits);
  const name = file.text('metadata', 'name');
  const namespace = file.text('metadata', 'namespace');
  return {
    at,
    source: 'kubernetes',
    ...(name && { name }),
    ...(namespace && { namespace }),
    ...need,
    ...(beside.length > 0 && { beside }),
    ...(limit && { limit }),
    ...(!file.isTemplate && { launch: ['kubectl', 'create', '-f', 'FILE'] }),
    remarks: [
      ...(limits && !limit ? noDeadline(kind, file, limits) : []),
      ...(limits && need.market !== 'spot' ? noSpot(file, first.pod) : []),
      ...withGpus.flatMap(({ container }) =>
        plainImage(file.text(...container, 'image'), file.valueAt(...container, 'image')),
      ),
    ],
  };
}

function needOf(file: YamlFile, { pod, workers, count }: Template & { count: number }): Need {
  const labels = labelsOf(file, pod);
  const model = MODEL_LABELS.map((label) => labels.get(label)).find(Boolean);
  const instanceType = labels.get('node.kubernetes.io/instance-type');
  const region = labels.get('topology.kubernetes.io/region');
  return {
    gpus: { count, ...(model && { model }) },
    workers,
    ...(instanceType && { instanceType }),
    ...(region && { region }),
    market: SPOT.some(([label, value]) => labels.get(label) === value) ? 'spot' : 'on-demand',
  };
}

/** Pods that ask for the same are counted together: a master is as good as a worker. */
function ofOneKind(needs: readonly Need[]): Need[] {
  const kinds = Map.groupBy(needs, ({ workers: _, ...kind }) => JSON.stringify(kind));
  return [...kinds.values()].flatMap((same) => {
    const workers = same.reduce((sum, one) => sum + one.workers, 0);
    return same.slice(0, 1).map((need) => ({ ...need, workers }));
  });
}

/** The GPUs of all its containers; a limit is what counts, and a request equals it. */
function gpusOf(
  file: YamlFile,
  { pod, only }: Template,
): { count: number; container: Path } | undefined {
  const inTemplate = file
    .items(...pod, 'spec', 'containers')
    .map((container) => ({ container, resources: [...container, 'resources'] }));
  const asking = (only ? [only] : inTemplate).flatMap(({ container, resources }) => {
    const asked = ['limits', 'requests'].flatMap((kind) =>
      file.keys(...resources, kind).flatMap((key) => (GPU.test(key) ? [[kind, key]] : [])),
    );
    return asked
      .slice(0, 1)
      .map((key) => ({ container, count: countAt(file, [...resources, ...key]) }));
  });
  const count = asking.reduce((sum, one) => sum + one.count, 0);
  return count === 0 || !asking[0] ? undefined : { count, container: asking[0].container };
}

/** What the nodes of a pod must be labelled with, by its selector, and by what its affinity requires. */
function labelsOf(file: YamlFile, pod: Path): ReadonlyMap<string, string> {
  const spec = [...pod, 'spec'];
  const required = 'requiredDuringSchedulingIgnoredDuringExecution';
  const terms = [...spec, 'affinity', 'nodeAffinity', required, 'nodeSelectorTerms'];
  // Of several terms or values any will do: the first stands for them.
  const asked = file.items(...terms, 0, 'matchExpressions').map((expression) => {
    const [key, operator, value] = [['key'], ['operator'], ['values', 0]].map((path) =>
      file.text(...expression, ...path),
    );
    return operator === 'In' ? [key, value] : [];
  });
  const selector = [...spec, 'nodeSelector'];
  const selected = file.keys(...selector).map((label) => {
    const value = file.get(...selector, label);
    // Who forgets the quotes writes a truth value.
    return [label, value === true ? 'true' : file.text(...selector, label)];
  });
  return new Map(
    [...asked, ...selected].flatMap(([label, value]): [string, string][] =>
      label !== undefined && value !== undefined ? [[label, value]] : [],
    ),
  );
}

/** Labels that tell of spot nodes. */
const SPOT = [
  ['karpenter.sh/capacity-type', 'spot'],
  ['eks.amazonaws.com/capacityType', 'SPOT'],
  ['cloud.google.com/gke-spot', 'true'],
  ['kubernetes.azure.com/scalesetpriority', 'spot'],
] as const;

/** Kinds that end, and where each keeps its time limit. */
const DEADLINES: Readonly<Record<string, Path>> = {
  Job: ['spec', 'activeDeadlineSeconds'],
  RayJob: ['spec', 'activeDeadlineSeconds'],
  // From version 2.2 of Kubeflow's Trainer on.
  TrainJob: ['spec', 'activeDeadlineSeconds'],
  ...Object.fromEntries(
    Object.keys(REPLICA_SPECS).map((kind) => [
      kind,
      ['spec', 'runPolicy', 'activeDeadlineSeconds'],
    ]),
  ),
};

function limitOf(file: YamlFile, path: Path): Limit | undefined {
  const seconds = file.number(...path);
  const at = file.valueAt(...path);
  if (seconds === undefined || !at) return undefined;
  return {
    ms: seconds * SECOND,
    said: `activeDeadlineSeconds: ${seconds}`,
    rewritten: (ms) => {
      const text = String(Math.floor(ms / SECOND));
      return { at, text, said: `activeDeadlineSeconds: ${text}` };
    },
  };
}

function noDeadline(kind: string, file: YamlFile, path: Path): Remark[] {
  const at = file.keyAt('spec');
  // Within the map that has it, where that is there already.
  const inside = path.slice(0, -1);
  const holder = file.keys(...inside).length > 0 ? inside : ['spec'];
  const [first] = file.keys(...holder);
  const before = first === undefined ? undefined : file.keyAt(...holder, first);
  if (!at || !before) return [];
  const missing = path.slice(holder.length);
  const text =
    missing.length === 1
      ? 'activeDeadlineSeconds: 86400\n  '
      : `${missing[0]}: {activeDeadlineSeconds: 86400}\n  `;
  return [
    {
      at,
      severity: 'information',
      code: 'no-time-limit',
      message: `No time limit: a ${kind} that hangs costs money until somebody sees it.`,
      fix: {
        title: `End the ${kind} after 24 hours`,
        at: { from: before.from, to: before.from },
        text,
      },
    },
  ];
}

/** How a node pool's spot machines are chosen, where the file shows whose pools they are. */
const SPOT_LABELS: readonly [of: RegExp, label: string][] = [
  [/^cloud\.google\.com\/gke-/, 'cloud.google.com/gke-spot: "true"'],
  [/^karpenter\.(sh|k8s\.aws)\//, 'karpenter.sh/capacity-type: spot'],
  [/^eks\.amazonaws\.com\//, 'eks.amazonaws.com/capacityType: SPOT'],
  [/^kubernetes\.azure\.com\//, 'kubernetes.azure.com/scalesetpriority: spot'],
];

/** Only where the pods keep what they write on a volume can their machines be taken at any time. */
function noSpot(file: YamlFile, pod: Path): Remark[] {
  const keeps = file
    .items(...pod, 'spec', 'volumes')
    .map((volume) => file.keys(...volume))
    .some((keys) => keys.includes('persistentVolumeClaim') || keys.includes('csi'));
  const selector = [...pod, 'spec', 'nodeSelector'];
  const at = file.keyAt(...selector);
  const labels = file.keys(...selector);
  const [first] = labels;
  const before = first === undefined ? undefined : file.keyAt(...selector, first);
  const spot = SPOT_LABELS.find(([of]) => labels.some((label) => of.test(label)))?.[1];
  if (!keeps || !at || !before || !spot) return [];
  return [
    {
      at,
      severity: 'hint',
      code: 'on-demand',
      message:
        'On demand, though it writes to a volume that stays: with checkpoints there, spot machines cost a fraction.',
      fix: {
        title: 'Use spot machines',
        at: { from: before.from, to: before.from },
        text: `${spot}\n  `,
      },
    },
  ];
}
