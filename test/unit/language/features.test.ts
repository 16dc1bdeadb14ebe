import { Budget } from '@burnrate/shared/config/budgets.ts';
import { JobFile, type LanguageScene } from '@burnrate/shared/language/features.ts';
import type { JobView, NodeView } from '@burnrate/shared/model/snapshot.ts';
import { gpuKindOf } from '@burnrate/shared/pricing/catalogue/gpu.ts';
import type { Offer } from '@burnrate/shared/pricing/elsewhere.ts';
import { expect, test } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { jobView } from '../alerts/scene.ts';

const NOW = Date.UTC(2026, 10, 25);

function offer(
  provider: string,
  type: string,
  count: number,
  model: string,
  dollars: number,
): Offer {
  const kind = gpuKindOf(model);
  if (!kind) throw new Error(`no GPU: ${model}`);
  return {
    provider,
    type,
    region: 'us-east-1',
    gpus: { count, model, kind },
    microsPerHour: dollars * 1e6,
    provenance: 'list',
    basis: 'price list',
    asOf: NOW,
  };
}

const offers = [
  offer('aws', 'p4d.24xlarge', 8, 'A100 SXM 40GB', 32.77),
  offer('lambda', 'gpu_8x_a100', 8, 'A100 SXM 40GB', 10.32),
  offer('gcp', 'a2-highgpu-8g', 8, 'A100 SXM 40GB', 29.39),
];

function file(text: string, path = 'train.sh', scene: Partial<LanguageScene> = {}) {
  const document = TextDocument.create(`file:///home/ada/${path}`, 'x', 1, text);
  const { market, ...rest } = scene;
  return new JobFile(document, {
    market: { now: NOW, offers, nodes: [], ...market },
    accounts: [],
    jobs: [],
    budgets: [],
    spent: [],
    schemas: { sources: new Map(), invoices: new Map() },
    ...rest,
  });
}

const titles = (of: JobFile) => of.lenses().map(({ command }) => command?.title);

/** What is shown over the line that asks for the machines. */
function hoverOver(of: JobFile): string {
  const contents = of.hover({ line: 1, character: 2 })?.contents;
  if (!contents || typeof contents === 'string' || !('value' in contents))
    throw new Error('no hover');
  return contents.value;
}

const sky =
  'name: llama\nresources:\n  infra: aws\n  accelerators: A100:8\n  autostop: 5\nrun: x\n';
const batch = '#!/bin/sh\n#SBATCH --gres=gpu:a100:8 --time=24:00:00\n#SBATCH -J llama\nsrun x\n';

test('above a SkyPilot task stands its price where it goes, and where it is cheaper now', () => {
  expect(titles(file(sky, 'task.yaml'))).toEqual([
    '8x A100 · $32.77/h list on AWS us-east-1 · cheapest now: $10.32/h on Lambda',
    'Launch with budget…',
  ]);
  const [price] = file(sky, 'task.yaml').lenses();
  expect(price?.range.start.line).toBe(1);
});

test('a batch script’s price is that of the cluster’s own GPUs, and at its time limit', () => {
  const node = {
    source: 'slurm',
    account: 'slurm:lab',
    gpus: { count: 4, model: 'a100' },
    labels: { partition: 'gpu' },
    state: 'running',
    price: { microsPerHour: 10e6, provenance: 'list', basis: 'your burnrate.yaml', asOf: 0 },
  } as unknown as NodeView;
  const market = { now: NOW, offers: [], nodes: [node] };
  expect(titles(file(batch, 'train.sh', { market }))[0]).toBe(
    '8x a100 · $20.00/h list on Slurm lab · up to $480.00 at --time=24:00:00',
  );
});

test('what bills have taught of a machine type is said beside its list price', () => {
  const text = 'resources:\n  infra: aws\n  instance_type: p4d.24xlarge\nrun: x\n';
  const node = {
    source: 'aws',
    gpus: { count: 8 },
    priceKey: { provider: 'aws', instanceType: 'p4d.24xlarge', region: 'r', market: 'on-demand' },
    price: { microsPerHour: 27.9e6, provenance: 'calibrated', basis: 'your bills', asOf: 0 },
  } as unknown as NodeView;
  const market = { now: NOW, offers, nodes: [node] };
  expect(titles(file(text, 'task.yaml', { market }))[0]).toBe(
    'p4d.24xlarge · $32.77/h list on AWS us-east-1 (calibrated: $27.90/h)',
  );
  expect(titles(file(sky, 'task.yaml', { market }))[0]).toBe(
    '8x A100 · $32.77/h list on AWS us-east-1 (calibrated: $27.90/h) · cheapest now: $10.32/h on Lambda',
  );
});

test('a job of this file that runs is shown above it', () => {
  const figure = (micros: number) => ({
    micros,
    provenance: 'list' as const,
    uncertain: false,
    unpriced: 0,
  });
  const job = jobView({ name: 'llama', total: figure(120e6), rate: figure(20e6), activity: 0.92 });
  const others: Partial<JobView>[] = [{ name: 'other' }, { mine: false }, { source: 'skypilot' }];
  const jobs = [job, ...others.map((changes) => ({ ...job, ...changes }))];
  const [running] = file(batch, 'train.sh', { jobs }).lenses();
  expect(running?.command).toEqual({
    title: '● runs now: $20.00/h list · $120.00 so far · 92% busy',
    command: 'burnrate.showPanel',
    arguments: [{ jobId: job.id }],
  });
  expect(file(batch, 'train.sh', { jobs }).lenses()).toHaveLength(3);
});

test('a hover compares providers, cheapest first, with the source of each price', () => {
  const value = hoverOver(file(sky, 'task.yaml'));
  expect(value).toContain('$32.77/h *list* on AWS us-east-1 (price list)');
  const rows = value.split('\n').filter((line) => line.includes('/h |'));
  expect(
    rows.map((row) =>
      row
        .split('|')
        .slice(1, 4)
        .map((cell) => cell.trim()),
    ),
  ).toEqual([
    ['Lambda', '$10.32/h', '-69%'],
    ['Google Cloud', '$29.39/h', '-10%'],
  ]);
  expect(file(sky, 'task.yaml').hover({ line: 0, character: 2 })).toBeUndefined();
});

test('a name in a file is no markup', () => {
  const text = sky.replace('A100:8', '"<img src=x>[a](b) A100:8"');
  const value = hoverOver(file(text, 'task.yaml'));
  expect(value).not.toMatch(/(?<!\\)<img|(?<!\\)\]\(b/);
});

test('more than a budget allows is a warning', () => {
  const budgets = [
    Budget.parse({ name: 'cap', perJob: 200, jobs: 'lla*' }),
    Budget.parse({ name: 'high', perJob: 5000 }),
    Budget.parse({ name: 'fast', perHour: 5 }),
  ];
  expect(
    file(batch, 'train.sh', { budgets })
      .diagnostics()
      .map(({ message, severity }) => [severity, message]),
  ).toEqual([
    [2, 'Up to $247.68 at --time=24:00:00: more than the budget cap of $200.00 a job.'],
    [2, '$10.32/h: more than the budget fast of $5.00/h.'],
  ]);
});

const applied = (text: string, path: string, code: string) => {
  const document = TextDocument.create(`file:///${path}`, 'x', 1, text);
  const of = file(text, path);
  const found = of.diagnostics().find((one) => one.code === code);
  if (!found) throw new Error(`no ${code}`);
  const [action] = of.fixes(found.range).filter((one) => one.diagnostics?.[0]?.code === code);
  return TextDocument.applyEdits(document, Object.values(action?.edit?.changes ?? {})[0] ?? []);
};

test('a job without a limit is remarked, and the quick fix gives it one that is understood', () => {
  const noLimit = batch.replace(' --time=24:00:00', '');
  const fixed = applied(noLimit, 'train.sh', 'no-time-limit');
  expect(fixed).toContain('#SBATCH --gres=gpu:a100:8\n#SBATCH --time=24:00:00\n#SBATCH -J llama');
  expect(file(fixed).diagnostics()).toEqual([]);

  const job =
    'apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec:\n    template:\n        spec:\n            containers: [{image: x/y, resources: {limits: {nvidia.com/gpu: 1}}}]\n';
  const mended = applied(job, 'job.yaml', 'no-time-limit');
  expect(mended).toContain('spec:\n    activeDeadlineSeconds: 86400\n    template:');
  expect(file(mended, 'job.yaml').diagnostics()).toEqual([]);

  const idle = sky.replace('  autostop: 5\n', '');
  expect(applied(idle, 'task.yaml', 'no-autostop')).toContain(
    'resources:\n  autostop: 10\n  infra: aws\n',
  );
});

test('checkpoints in a bucket make spot machines worth a hint', () => {
  const mounted = `${sky}file_mounts:\n  /ckpt: {source: s3://b, mode: MOUNT}\n`;
  const fixed = applied(mounted, 'task.yaml', 'on-demand');
  expect(fixed).toContain('resources:\n  use_spot: true\n  infra: aws');
  expect(file(sky, 'task.yaml').diagnostics()).toEqual([]);
});

test('an image that cannot use the GPUs it asks for is a warning', () => {
  const pod = (image: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers: [{image: '${image}', resources: {limits: {nvidia.com/gpu: 1}}}]\n`;
  expect(file(pod('python:3.12-slim'), 'p.yaml').diagnostics()[0]?.code).toBe('no-gpu-image');
  for (const image of ['nvcr.io/nvidia/pytorch:24.05', 'pytorch/pytorch', 'me/python:3'])
    expect(file(pod(image), 'p.yaml').diagnostics()).toEqual([]);
});

const manifest = (kind: string, spec: string) =>
  `apiVersion: v1\nkind: ${kind}\nmetadata: {name: llama}\nspec:\n${spec}`;
const pods = (indent: string, more = '', image = 'nvcr.io/nvidia/pytorch:24.05') =>
  [
    'template:',
    '  spec:',
    `    containers: [{image: '${image}', resources: {limits: {nvidia.com/gpu: 8}}}]`,
    ...(more ? more.split('\n').map((line) => `    ${line}`) : []),
    '',
  ]
    .map((line) => line && indent + line)
    .join('\n');

test.each([
  [
    'PyTorchJob',
    '  pytorchReplicaSpecs:\n    Worker:\n      replicas: 2\n',
    '      ',
    'spec:\n  runPolicy: {activeDeadlineSeconds: 86400}\n  pytorch',
  ],
  [
    'PyTorchJob',
    '  runPolicy:\n    backoffLimit: 3\n  pytorchReplicaSpecs:\n    Worker:\n',
    '      ',
    'runPolicy:\n    activeDeadlineSeconds: 86400\n    backoffLimit: 3',
  ],
  [
    'TrainJob',
    '  trainer:\n    resourcesPerNode: {limits: {nvidia.com/gpu: 8}}\n    ',
    '',
    'spec:\n  activeDeadlineSeconds: 86400\n  trainer:',
  ],
  [
    'RayJob',
    '  rayClusterSpec:\n    headGroupSpec:\n',
    '      ',
    'spec:\n  activeDeadlineSeconds: 86400\n  rayClusterSpec:',
  ],
])('a %s without a limit gets one where its kind keeps it', (kind, spec, indent, limited) => {
  const text = manifest(kind, spec + pods(indent));
  const fixed = applied(text, 'job.yaml', 'no-time-limit');
  expect(fixed).toContain(limited);
  expect(file(fixed, 'job.yaml').diagnostics()).toEqual([]);
  expect(file(manifest('Deployment', pods('  ')), 'd.yaml').diagnostics()).toEqual([]);
});

test('pods that write to a volume that stays could be on spot machines, where whose is known', () => {
  const job = (selector: string, volume: string) =>
    manifest(
      'Job',
      `  activeDeadlineSeconds: 60\n${pods('  ', `nodeSelector:\n  ${selector}\nvolumes: [{name: ckpt, ${volume}}]`)}`,
    );
  const claim = 'persistentVolumeClaim: {claimName: ckpt}';
  const gke = 'cloud.google.com/gke-accelerator: nvidia-tesla-a100';
  const fixed = applied(job(gke, claim), 'job.yaml', 'on-demand');
  expect(fixed).toContain(
    `nodeSelector:\n        cloud.google.com/gke-spot: "true"\n        ${gke}`,
  );
  expect(file(fixed, 'job.yaml').diagnostics()).toEqual([]);
  expect(applied(job('karpenter.sh/nodepool: gpu', claim), 'job.yaml', 'on-demand')).toContain(
    'karpenter.sh/capacity-type: spot',
  );
  expect(file(job(gke, 'emptyDir: {}'), 'job.yaml').diagnostics()).toEqual([]);
  expect(file(job('pool: gpu', claim), 'job.yaml').diagnostics()).toEqual([]);
});

test('a container of SkyPilot’s that cannot use the GPUs is a warning, too', () => {
  const image = (id: string) => sky.replace('  autostop', `  image_id: ${id}\n  autostop`);
  const [remark] = file(image('docker:python:3.12'), 'task.yaml').diagnostics();
  expect(remark).toMatchObject({ code: 'no-gpu-image', severity: 2 });
  expect(remark?.message).toContain('python:3.12 brings no CUDA');
  expect(file(image('docker:nvcr.io/nvidia/pytorch:24.05'), 't.yaml').diagnostics()).toEqual([]);
  expect(file(image('ami-0123'), 't.yaml').diagnostics()).toEqual([]);
});

test('a time limit beyond the budget is lowered to it, in whole minutes', () => {
  const budgets = [Budget.parse({ name: 'cap', perJob: 200 })];
  const lowered = (text: string, path: string) => {
    const document = TextDocument.create(`file:///${path}`, 'x', 1, text);
    const of = file(text, path, { budgets });
    const [fix] = of.diagnostics().flatMap(({ range }) => of.fixes(range));
    const edits = Object.values(fix?.edit?.changes ?? {})[0] ?? [];
    const fixed = TextDocument.applyEdits(document, edits);
    expect(file(fixed, path, { budgets }).diagnostics()).toEqual([]);
    return [fix?.title, fixed];
  };
  // $200 of $10.32/h are 19.379 hours.
  const [title, script] = lowered(batch, 'train.sh');
  expect(title).toBe('Lower the time limit to the budget: --time=19:22:00');
  expect(script).toContain('#SBATCH --gres=gpu:a100:8 --time=19:22:00\n');
  const selector = 'nodeSelector: {nvidia.com/gpu.product: A100}';
  const job = manifest('Job', `  activeDeadlineSeconds: 86400\n${pods('  ', selector)}`);
  expect(lowered(job, 'job.yaml')[1]).toContain('activeDeadlineSeconds: 69720\n');
});

test('machines of two kinds are summed up, and the sum is as good as its worst part', () => {
  const mixed = batch.replace('\nsrun', '\n#SBATCH hetjob\n#SBATCH -p small --gres=gpu:l4:1\nsrun');
  const node = (partition: string, model: string, dollars: number, provenance: string) =>
    ({
      source: 'slurm',
      account: 'slurm:lab',
      gpus: { count: 1, model },
      labels: { partition },
      state: 'running',
      price: { microsPerHour: dollars * 1e6, provenance, basis: `${model} price`, asOf: 0 },
    }) as unknown as NodeView;
  const nodes = [node('big', 'a100', 2.5, 'quoted'), node('small', 'l4', 1, 'list')];
  const market = { now: NOW, offers, nodes };
  const of = file(mixed.replace('--time', '-p big --time'), 'train.sh', { market });
  expect(titles(of)[0]).toBe(
    '8x a100 + 1x l4 · $21.00/h list on Slurm lab · up to $504.00 at --time=24:00:00',
  );
  expect(hoverOver(of)).toContain('a100 price; l4 price');
  // What only some of them cost elsewhere compares with nothing.
  expect(hoverOver(of)).not.toContain('elsewhere');
  // A part without a price leaves no sum.
  const one = file(mixed, 'train.sh', {
    market: { now: NOW, offers: [], nodes: nodes.slice(0, 1) },
  });
  expect(titles(one)[0]).toBe('8x a100 + 1x l4 · price unknown');
});

test('of machines that would do as well, what costs least is what is taken', () => {
  const either = sky.replace('A100:8', '{H100: 8, A100: 8}').replace('  infra: aws\n', '');
  const dear = offer('aws', 'p5.48xlarge', 8, 'H100 SXM', 55.04);
  const market = { now: NOW, offers: [...offers, dear], nodes: [] };
  expect(titles(file(either, 'task.yaml', { market }))[0]).toBe(
    '8x A100 · $10.32/h list on Lambda us-east-1',
  );
});

test('a template is priced and not launched', () => {
  const text = manifest('Job', `  activeDeadlineSeconds: 60\n${pods('  ')}`);
  const templated = text.replace('{name: llama}', '\n  name: {{ .Release.Name }}');
  expect(titles(file(text, 'j.yaml'))).toContain('Launch with budget…');
  expect(titles(file(templated, 'j.yaml'))).toEqual([titles(file(text, 'j.yaml'))[0]]);
});
