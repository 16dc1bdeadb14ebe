import { asksIn } from '@burnrate/shared/language/job_file.ts';
import { HOUR } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';

const manifest = (kind: string, spec: string) =>
  asksIn(
    `apiVersion: v1\nkind: ${kind}\nmetadata: {name: train, namespace: ml}\nspec:\n${spec}`,
    'm.yaml',
  )[0];
const container =
  'containers: [{name: a, image: nvcr.io/x, resources: {limits: {nvidia.com/gpu: 8}}}]';

test.each([
  ['Pod', `  ${container}\n`, 1],
  ['Job', `  parallelism: 3\n  template: {spec: {${container}}}\n`, 3],
  ['Deployment', `  replicas: 2\n  template: {spec: {${container}}}\n`, 2],
  [
    'PyTorchJob',
    `  pytorchReplicaSpecs:\n    Master: {replicas: 1, template: {spec: {${container}}}}\n    Worker: {replicas: 3, template: {spec: {${container}}}}\n`,
    4,
  ],
  [
    'JAXJob',
    `  jaxReplicaSpecs:\n    Worker: {replicas: 2, template: {spec: {${container}}}}\n`,
    2,
  ],
  [
    'TrainJob',
    '  trainer: {numNodes: 4, resourcesPerNode: {requests: {cpu: 8}, limits: {nvidia.com/gpu: 8}}}\n',
    4,
  ],
  ['TrainJob', '  trainer: {resourcesPerNode: {requests: {nvidia.com/gpu: 8}}}\n', 1],
  [
    'RayJob',
    `  rayClusterSpec:\n    headGroupSpec: {template: {spec: {containers: [{name: h}]}}}\n    workerGroupSpecs: [{replicas: 2, template: {spec: {${container}}}}]\n`,
    2,
  ],
  [
    'JobSet',
    `  replicatedJobs: [{replicas: 2, template: {spec: {parallelism: 2, template: {spec: {${container}}}}}}]\n`,
    4,
  ],
  ['Job', `  parallelism: 8\n  completions: 3\n  template: {spec: {${container}}}\n`, 3],
  ['CronJob', `  jobTemplate: {spec: {parallelism: 2, template: {spec: {${container}}}}}\n`, 2],
  [
    'Job',
    `  minAvailable: 3\n  tasks: [{replicas: 1, template: {spec: {containers: []}}}, {replicas: 2, template: {spec: {${container}}}}]\n`,
    2,
  ],
  [
    'LeaderWorkerSet',
    `  replicas: 2\n  leaderWorkerTemplate: {size: 4, workerTemplate: {spec: {${container}}}}\n`,
    8,
  ],
  [
    'LeaderWorkerSet',
    `  replicas: 2\n  leaderWorkerTemplate: {size: 4, leaderTemplate: {spec: {containers: []}}, workerTemplate: {spec: {${container}}}}\n`,
    6,
  ],
])('Kubernetes: %s', (kind, spec, workers) => {
  expect(manifest(kind, spec)).toMatchObject({
    source: 'kubernetes',
    name: 'train',
    namespace: 'ml',
    gpus: { count: 8 },
    workers,
  });
});

test('of a TrainJob where its runtime decides what it asks for, nothing is said', () => {
  expect(manifest('TrainJob', '  runtimeRef: {name: torch}\n  trainer: {numNodes: 4}\n')).toBe(
    undefined,
  );
});

const trains = 'trainer: {resourcesPerNode: {limits: {nvidia.com/gpu: 8}}}';
const chosen =
  'spec: {nodeSelector: {nvidia.com/gpu.product: H100, karpenter.sh/capacity-type: spot}}';

test.each([
  `runtimePatches: [{manager: a}, {manager: b, trainingRuntimeSpec: {template: {spec: {replicatedJobs: [{name: dataset-initializer}, {name: node, template: {spec: {template: {${chosen}}}}}]}}}}]`,
  `podTemplateOverrides: [{targetJobs: [{name: model-initializer}], spec: {nodeSelector: {nvidia.com/gpu.product: L4}}}, {targetJobs: [{name: node}], ${chosen}}]`,
])('a TrainJob says by what it patches of its runtime which machine: %s', (patches) => {
  const ask = manifest('TrainJob', `  activeDeadlineSeconds: 7200\n  ${trains}\n  ${patches}\n`);
  expect(ask).toMatchObject({
    gpus: { count: 8, model: 'H100' },
    market: 'spot',
    limit: { ms: 2 * HOUR },
    remarks: [],
  });
});

test('a manifest says by its node selector which machine, and by its deadline for how long', () => {
  const selector =
    'nodeSelector: {cloud.google.com/gke-accelerator: nvidia-h100-80gb, cloud.google.com/gke-spot: "true"}';
  const ask = manifest(
    'Job',
    `  activeDeadlineSeconds: 7200\n  template: {spec: {${selector}, ${container}}}\n`,
  );
  expect(ask).toMatchObject({
    gpus: { count: 8, model: 'nvidia-h100-80gb' },
    market: 'spot',
    limit: { ms: 2 * HOUR },
    remarks: [],
  });
});

test('a manifest says by what its affinity requires which machine, too', () => {
  const expressions = [
    '{key: nvidia.com/gpu.product, operator: In, values: [NVIDIA-H100-80GB-HBM3, NVIDIA-H200]}',
    '{key: karpenter.sh/capacity-type, operator: In, values: [spot]}',
    '{key: topology.kubernetes.io/region, operator: NotIn, values: [us-east-1]}',
  ];
  const terms = `{nodeSelectorTerms: [{matchExpressions: [${expressions.join(', ')}]}]}`;
  const affinity = `affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: ${terms}}}`;
  const ask = manifest('Pod', `  ${affinity}\n  ${container}\n`);
  expect(ask).toMatchObject({
    gpus: { count: 8, model: 'NVIDIA-H100-80GB-HBM3' },
    market: 'spot',
  });
  expect(ask).not.toHaveProperty('region');
  const unquoted = 'nodeSelector: {cloud.google.com/gke-spot: true}';
  expect(manifest('Pod', `  ${unquoted}\n  ${container}\n`)?.market).toBe('spot');
});

test('a job of Volcano’s has no deadline to set', () => {
  const volcano = `  tasks: [{replicas: 2, template: {spec: {${container}}}}]\n`;
  expect(manifest('Job', volcano)?.remarks).toEqual([]);
  expect(manifest('Job', `  template: {spec: {${container}}}\n`)?.remarks).toHaveLength(1);
});

test('groups of other machines are counted apart', () => {
  const group = (replicas: string, selector: string, gpus: number) =>
    `{${replicas}, template: {spec: {nodeSelector: {nvidia.com/gpu.product: ${selector}}, containers: [{resources: {limits: {nvidia.com/gpu: ${gpus}}}}]}}}`;
  const groups = [
    group('replicas: 2, numOfHosts: 2', 'H100', 8),
    group('replicas: 3', 'L4', 1),
    group('replicas: 1', 'H100', 8),
    group('replicas: 0, maxReplicas: 9', 'A100', 8),
  ];
  expect(
    manifest('RayJob', `  rayClusterSpec:\n    workerGroupSpecs: [${groups.join(', ')}]\n`),
  ).toMatchObject({
    gpus: { count: 8, model: 'H100' },
    workers: 5,
    beside: [{ gpus: { count: 1, model: 'L4' }, workers: 3 }],
  });
});

const chart = (replicas: string, gpus: string) => `{{- if .Values.enabled }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "chart.name" . }}
  labels:
    {{- include "chart.labels" . | nindent 4 }}
spec:
  replicas: ${replicas}
  template:
    spec:
      nodeSelector: {nvidia.com/gpu.product: H100}
      containers:
        - name: main
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          {{- with .Values.env }}
          env: {{ toYaml . | nindent 12 }}
          {{- end }}
          resources: {limits: {nvidia.com/gpu: ${gpus}}}
{{- end }}
`;

test('of a Helm template is read what does not hang on its values', () => {
  const text = chart('2', '8');
  const [ask] = asksIn(text, 'templates/deployment.yaml');
  expect(ask).toMatchObject({ gpus: { count: 8, model: 'H100' }, workers: 2, remarks: [] });
  expect(text.slice(ask?.at.from, ask?.at.to)).toBe('kind');
  // As it stands nothing can be launched by it, nor found again.
  expect(ask).not.toHaveProperty('launch');
  expect(ask).not.toHaveProperty('name');
});

test('where a Helm template’s values decide how many, nothing is said', () => {
  expect(asksIn(chart('{{ .Values.replicas }}', '8'), 'd.yaml')).toEqual([]);
  expect(asksIn(chart('2', '{{ .Values.gpus }}'), 'd.yaml')).toEqual([]);
  expect(asksIn(chart('"{{ .Values.replicas }}"', '8'), 'd.yaml')).toEqual([]);
});

test('several manifests in one file are several jobs', () => {
  const one = `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {${container}}\n`;
  expect(asksIn([one, one.replace('name: a}', 'name: b}')].join('---\n'), 'm.yml')).toMatchObject([
    { name: 'a' },
    { name: 'b' },
  ]);
});
