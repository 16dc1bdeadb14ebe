import { asksIn } from '@burnrate/shared/language/job_file.ts';
import { durationOf } from '@burnrate/shared/language/slurm_file.ts';
import { DAY, HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
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
