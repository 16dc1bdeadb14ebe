import { launcherOf } from '@burnrate/shared/cli/launched.ts';
import { budgetMatcher } from '@burnrate/shared/model/job_budget.ts';
import { expect, test } from 'vitest';

const idsOf = (command: string, output: string) =>
  launcherOf(command.split(' '))?.jobsIn(output)?.nativeIds;

test.each([
  ['sbatch train.sh', 'Submitted batch job 4711\n', ['4711', '4711_*']],
  ['/usr/bin/sbatch --parsable train.sh', '4711;lab\n', ['4711', '4711_*']],
  ['salloc -N1', 'salloc: Granted job allocation 65\n', ['65', '65_*']],
  ['sky launch -c big train.yaml', '', ['big']],
  ['sky launch --cluster=big train.yaml', '', ['big']],
  [
    'sky launch t.yaml',
    '\u001b[1mTo cancel the job:\tsky cancel sky-12ab-ada 1\u001b[0m',
    ['sky-12ab-ada'],
  ],
  ['sky jobs launch t.yaml', 'Job submitted, ID: 7\n', ['job/7']],
  ['kubectl -n ml create -f job.yaml', 'job.batch/train created\n', ['ml/job/train/*']],
  [
    'kubectl apply -f all.yaml',
    'service/x unchanged\npytorchjob.kubeflow.org/a created\n',
    ['*/pytorchjob/a/*'],
  ],
  [
    'aws ec2 run-instances --count 2',
    '{"Instances": [{"InstanceId": "i-0123456789abcdef0"}, {"InstanceId": "i-0123456789abcdef1"}]}',
    ['i-0123456789abcdef0', 'i-0123456789abcdef1'],
  ],
])('%s: the job is told from what it prints', (command, output, ids) => {
  expect(idsOf(command, output)).toEqual(ids);
});

test('what launches nothing elsewhere is the job itself', () => {
  for (const command of ['python train.py', 'sky status', 'kubectl get pods', 'aws s3 ls', ''])
    expect(launcherOf(command.split(' '))).toBeUndefined();
});

test('a launcher that names no job is not guessed at', () => {
  expect(idsOf('sbatch train.sh', 'sbatch: error: Batch job submission failed')).toBeUndefined();
  expect(idsOf('kubectl create -f x', 'error: no matches')).toBeUndefined();
});

test('a budget means the elements of its array, and no job whose number begins alike', () => {
  const matches = budgetMatcher({ source: 'slurm', nativeIds: ['47', '47_*'] });
  const of = (nativeId: string) => matches({ source: 'slurm', nativeId });
  expect([of('47'), of('47_3'), of('471'), of('4')]).toEqual([true, true, false, false]);
});
