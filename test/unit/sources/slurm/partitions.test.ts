import { parsePartitions, unitsOf, weightsIn } from '@burnrate/shared/sources/slurm/partitions.ts';
import { expect, test } from 'vitest';

const machine = { gpus: { count: 4, model: 'A100' }, cores: 8, memoryMb: 64 * 1024 };
const units = (weights: string, most = false) => unitsOf(machine, weightsIn(weights), most);

test('a partition has the weights that Slurm prints of it', () => {
  const text =
    'PartitionName=gpu AllowGroups=ALL TRES=cpu=8 TRESBillingWeights=CPU=1.0,Mem=0.25G,GRES/gpu=2.0\nPartitionName=cpu State=UP\n';
  expect(parsePartitions(text)).toEqual([
    {
      name: 'gpu',
      weights: new Map([
        ['cpu', 1],
        ['mem', 0.25 / 1024],
        ['gres/gpu', 2],
      ]),
    },
    { name: 'cpu', weights: new Map() },
  ]);
  expect(parsePartitions('No partitions in the system\n')).toEqual([]);
  expect(() => parsePartitions('<html>')).toThrow(RangeError);
});

test.each([
  // The example of slurm.conf(5): 8 CPUs and 64 GB.
  ['CPU=1.0,Mem=0.25G', 8 + 16],
  ['CPU=1.0,Mem=0.25G,GRES/gpu=2.0', 8 + 16 + 8],
  ['GRES/gpu:a100=10,GRES/gpu:v100=5', 40],
  ['Node=3', 3],
  // Without weights it is billed by CPUs.
  ['', 8],
])('the billing units of a machine by %s', (weights, sum) => {
  expect(units(weights)).toBeCloseTo(sum, 9);
});

test('under MAX_TRES it is the resource that comes to most', () => {
  expect(units('CPU=1.0,Mem=0.25G,GRES/gpu=2.0', true)).toBe(16);
});
