import {
  isUp,
  machinesOf,
  Nodes,
  Partitions,
  Pings,
  partitionsOf,
} from '@burnrate/shared/sources/slurm/rest_shapes.ts';
import { expect, test } from 'vitest';

const number = (value: number) => ({ set: true, infinite: false, number: value });

/** Shapes: https://slurm.schedmd.com/archive/slurm-24.05.3/rest_api.html */
test('since 24.05 a node has its states in one list, and numbers that say whether they are set', () => {
  const nodes = Nodes.parse({
    nodes: [
      {
        name: 'n1',
        address: '10.0.0.7',
        hostname: 'N1.cluster.example',
        state: ['MIXED', 'DRAIN'],
        gres: 'gpu:h100:8(S:0-1)',
        tres: 'cpu=192,mem=2000G,billing=192,gres/gpu=8',
        cpus: 192,
        real_memory: 2_048_000,
        boot_time: number(1_746_693_312),
        partitions: ['gpu', 'all'],
        reason: 'fan',
      },
      {
        name: 'n2',
        state: ['IDLE', 'CLOUD', 'POWERED_DOWN'],
        boot_time: { ...number(0), set: false },
      },
    ],
  });
  expect(machinesOf(nodes)).toEqual([
    {
      name: 'n1',
      aliases: ['n1', '10.0.0.7', 'n1.cluster.example'],
      states: ['MIXED', 'DRAIN'],
      gpus: { count: 8, model: 'h100' },
      cores: 192,
      memoryMb: 2_048_000,
      partitions: ['gpu', 'all'],
      bootedAt: 1_746_693_312_000,
      reason: 'fan',
    },
    {
      name: 'n2',
      aliases: ['n2'],
      states: ['IDLE', 'CLOUD', 'POWERED_DOWN'],
      gpus: { count: 0 },
      cores: 0,
      memoryMb: 0,
      partitions: [],
    },
  ]);
});

test('until 23.02 it has one state, and flags beside it', () => {
  const nodes = Nodes.parse({
    nodes: [{ name: 'n1', state: 'idle', state_flags: ['DRAIN'], boot_time: 1_746_693_312 }],
  });
  expect(machinesOf(nodes)[0]?.states).toEqual(['IDLE', 'DRAIN']);
});

test.each([
  ['since 23.02', { tres: { billing_weights: 'CPU=1,GRES/gpu=2', configured: 'cpu=8' } }],
  ['in 22.05', { billing_weights: 'CPU=1,GRES/gpu=2', tres: 'cpu=8' }],
])('the weights of a partition %s', (_, shape) => {
  const partitions = Partitions.parse({ partitions: [{ name: 'gpu', ...shape }] });
  const weights = new Map([
    ['cpu', 1],
    ['gres/gpu', 2],
  ]);
  expect(partitionsOf(partitions)).toEqual([{ name: 'gpu', weights }]);
});

test.each([
  [{ ping: 'UP', mode: 'primary' }, true],
  [{ ping: 'DOWN', mode: 'backup' }, false],
  [{ pinged: 'UP', responding: true }, true],
  [{ pinged: 'DOWN', responding: false }, false],
])('a controller of which it says %j', (said, up) => {
  const { pings } = Pings.parse({ pings: [{ hostname: 'ctl', ...said }] });
  expect(pings.map(isUp)).toEqual([up]);
});
