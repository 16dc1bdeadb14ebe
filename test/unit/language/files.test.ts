import { asksIn } from '@burnrate/shared/language/job_file.ts';
import { durationOf } from '@burnrate/shared/language/slurm_file.ts';
import { DAY, HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const slurm = (...lines: string[]) =>
  asksIn(
    ['#!/bin/bash', ...lines.map((line) => `#SBATCH ${line}`), '', 'srun train'].join('\n'),
    'a.sh',
  )[0];

test('an sbatch script asks for GPUs on nodes, for a time', () => {
  const ask = slurm('-N 4', '--gres=gpu:h100:8', '--time=1-12:00:00', '-J train', '-p big  # ours');
  expect(ask).toMatchObject({
    source: 'slurm',
    name: 'train',
    gpus: { count: 8, model: 'h100' },
    workers: 4,
    partition: 'big',
    limit: { ms: 36 * HOUR, said: '--time=1-12:00:00' },
    launch: ['sbatch', 'FILE'],
    remarks: [],
  });
});

test.each([
  [['--gpus=16'], { count: 16 }, 1],
  [['-G a100:2'], { count: 2, model: 'a100' }, 1],
  [['--nodes=2-4', '--gpus-per-node=4'], { count: 4 }, 2],
  [['-n', '--gpus-per-task=1'], { count: 1 }, 1],
  [['-n 8', '--gpus-per-task=1'], { count: 1 }, 8],
  [['--gres=shard:3,gpu:2'], { count: 2 }, 1],
  [['--gres="gpu:2"'], { count: 2 }, 1],
  [['--gres=gpu'], { count: 1 }, 1],
  [['--gres=gpu:h100:8'], { count: 8, model: 'h100' }, 1],
  [['-N 2', '--ntasks-per-node=8', '--gpus-per-task=1'], { count: 1 }, 16],
  [['-n 16', '--ntasks-per-node=8', '--gpus-per-node=h100:8'], { count: 8, model: 'h100' }, 2],
  [['--nodes=2', '--gpus-per-task=h100:8', '--ntasks=2'], { count: 8, model: 'h100' }, 2],
])('%s', (lines, gpus, workers) => {
  expect(slurm(...lines)).toMatchObject({ gpus, workers });
});

test('an array runs so many at a time, and all in the end', () => {
  expect(slurm('--gres=gpu:1', '--array=0-9%2')).toMatchObject({ workers: 2, runs: 10 });
  expect(slurm('--gres=gpu:1', '-a 1,3,5-9:2')).toMatchObject({ workers: 5, runs: 5 });
  expect(slurm('-N 2', '--gres=gpu:8', '--array=0-99%10')).toMatchObject({
    workers: 20,
    runs: 200,
  });
});

test.each(['hetjob', 'packjob'])(
  'each component of a heterogeneous job has its own: %s',
  (word) => {
    const ask = slurm(
      ...['-J mixed', '-p big', '--time=60', '--nodes=2', '--gres=gpu:h100:8', word],
      ...['-p small', '--gres=gpu:l4:1', word, '--ntasks=4'],
    );
    expect(ask).toMatchObject({
      name: 'mixed',
      gpus: { count: 8, model: 'h100' },
      workers: 2,
      partition: 'big',
      limit: { ms: HOUR },
      beside: [{ gpus: { count: 1, model: 'l4' }, workers: 1, partition: 'small' }],
    });
  },
);

test('times are read as sbatch reads them', () => {
  expect(
    ['30', '30:15', '2:00:00', '1-2', '1-2:30', 'UNLIMITED', '', '1:2:3:4'].map(durationOf),
  ).toEqual([
    30 * MINUTE,
    30 * MINUTE + 15_000,
    2 * HOUR,
    DAY + 2 * HOUR,
    DAY + 2 * HOUR + 30 * MINUTE,
    undefined,
    undefined,
    undefined,
  ]);
});

test('directives after the first command are none, and what asks for no GPU has no price', () => {
  expect(asksIn('#!/bin/sh\n#SBATCH -N 1\necho\n#SBATCH --gpus=8\n', 'a.sh')).toEqual([]);
  expect(asksIn('#!/bin/sh\necho "#SBATCH --gpus=8"\n', 'a.sh')).toEqual([]);
});

const sky = (text: string) => asksIn(text, 'task.yaml')[0];

test.each([
  ['accelerators: A100:8', { count: 8, model: 'A100' }],
  ['accelerators: {H100: 2}', { count: 2, model: 'H100' }],
  ['accelerators: [L4:1, A10G:1]', { count: 1, model: 'L4' }],
  ['accelerators: V100', { count: 1, model: 'V100' }],
])('SkyPilot: %s', (line, gpus) => {
  expect(sky(`name: t\nresources:\n  ${line}\nrun: x\n`)).toMatchObject({
    source: 'skypilot',
    name: 't',
    gpus,
    workers: 1,
    market: 'on-demand',
  });
});

test('a SkyPilot task names its cloud and region in either way, its nodes and spot', () => {
  const text = (where: string) =>
    `resources:\n  ${where}\n  accelerators: A100:8\n  use_spot: true\nnum_nodes: 4\nrun: x\n`;
  const there = { provider: 'aws', region: 'us-east-1', workers: 4, market: 'spot' };
  expect(sky(text('infra: aws/us-east-1'))).toMatchObject(there);
  expect(sky(text('cloud: AWS\n  region: us-east-1'))).toMatchObject(there);
});

test('of several that will do SkyPilot takes the cheapest, of a list the first', () => {
  const kinds = (lines: string) => {
    const ask = sky(`resources:\n${lines}run: x\n`);
    return [ask, ...(ask?.instead ?? [])].map((need) => [
      need?.gpus?.model,
      need?.gpus?.count,
      need?.provider,
      need?.region,
      need?.market,
    ]);
  };
  const h100 = ['H100', 8, undefined, undefined, 'on-demand'];
  const a100 = ['A100', 8, undefined, undefined, 'on-demand'];
  expect(kinds('  accelerators: {H100: 8, A100: 8}\n')).toEqual([h100, a100]);
  expect(kinds('  accelerators: [H100:8, A100:8]\n')).toEqual([h100]);
  const places =
    '    - {infra: aws/us-east-1, use_spot: true}\n    - {infra: gcp, accelerators: L4}\n';
  const inAws = ['H100', 8, 'aws', 'us-east-1', 'spot'];
  expect(kinds(`  accelerators: H100:8\n  any_of:\n${places}`)).toEqual([
    inAws,
    ['L4', 1, 'gcp', undefined, 'on-demand'],
  ]);
  expect(kinds(`  accelerators: H100:8\n  ordered:\n${places}`)).toEqual([inAws]);
  expect(kinds("  infra: '*/us-east-1'\n  accelerators: H100:8\n")).toEqual([
    ['H100', 8, undefined, 'us-east-1', 'on-demand'],
  ]);
  expect(kinds('  infra: k8s/*\n  accelerators: H100:8\n')).toEqual([
    ['H100', 8, 'kubernetes', undefined, 'on-demand'],
  ]);
});

test('autostop may be minutes or a section; turned off it is none', () => {
  const remarks = (line: string) =>
    sky(`resources:\n  accelerators: L4\n  ${line}\nrun: x\n`)?.remarks.map(({ code }) => code);
  expect(remarks('autostop: {idle_minutes: 10, down: true}')).toEqual([]);
  expect(remarks('autostop: false')).toEqual(['no-autostop']);
});

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

test('braces in a command are no template', () => {
  const ask = sky('resources:\n  accelerators: L4\nrun: docker ps --format "{{.Names}}"\n');
  expect(ask?.launch).toEqual(['sky', 'launch', 'FILE']);
});

test('several manifests in one file are several jobs', () => {
  const one = `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {${container}}\n`;
  expect(asksIn([one, one.replace('name: a}', 'name: b}')].join('---\n'), 'm.yml')).toMatchObject([
    { name: 'a' },
    { name: 'b' },
  ]);
});

test('no text breaks it, however unfinished', () => {
  const words = fc.constantFrom(
    ...[
      '#!/bin/sh\n',
      '#SBATCH ',
      '--gres=gpu:',
      '-N',
      '8',
      '\n',
      'resources:\n  ',
      'accelerators: ',
    ],
    ...[
      'A100:',
      '{',
      '[',
      'apiVersion: v1\n',
      'kind: Job\n',
      'spec:\n  ',
      'template:\n    ',
      '- ',
      '&a ',
      '*a ',
    ],
    ...['containers:', 'limits: {nvidia.com/gpu: 8}', '\t', '"', '%', '---\n', '? ', ': '],
    ...['any_of:\n    - ', '{{ x }}', '{{', '}}', 'replicas: ', 'run: x\n', 'hetjob\n'],
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string()), { maxLength: 30 }), (parts) => {
      for (const path of ['a.yaml', 'a.sh']) {
        const text = parts.join('');
        for (const { at, gpus, workers, remarks } of asksIn(text, path)) {
          expect(at.from).toBeGreaterThanOrEqual(0);
          expect(at.to).toBeLessThanOrEqual(text.length);
          expect((gpus?.count ?? 1) * workers).toBeGreaterThan(0);
          for (const { fix } of remarks) expect(fix?.at.to ?? 0).toBeLessThanOrEqual(text.length);
        }
      }
    }),
  );
});
