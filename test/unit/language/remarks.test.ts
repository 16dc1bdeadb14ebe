import { Budget } from '@burnrate/shared/config/budgets.ts';
import { expect, test } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { batch, file, manifest, pods, sky } from './job_scene.ts';

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
