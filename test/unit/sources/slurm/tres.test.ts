import { gpusInGres, gpusInTres } from '@burnrate/shared/sources/slurm/tres.ts';
import { expect, test } from 'vitest';

test.each([
  ['gpu:a100:2(IDX:0-1)', { count: 2, model: 'a100', indexes: [0, 1] }],
  ['gpu:a100:3(IDX:0,2-3)', { count: 3, model: 'a100', indexes: [0, 2, 3] }],
  ['gpu:2(IDX:1,3)', { count: 2, indexes: [1, 3] }],
  ['gres:gpu:2', { count: 2 }],
  ['gres/gpu:2', { count: 2 }],
  ['gres/gpu:h100=8', { count: 8, model: 'h100' }],
  ['gpu', { count: 1 }],
  ['gpu:a100', { count: 1, model: 'a100' }],
  ['gpu:a100:4(S:0-1),mps:400', { count: 4, model: 'a100' }],
  ['gpu:a100:1(IDX:0),gpu:v100:1(IDX:4)', { count: 2, model: 'a100, v100', indexes: [0, 4] }],
  // Which ones is not known where the numbers do not agree.
  ['gpu:a100:2(IDX:0)', { count: 2, model: 'a100' }],
  ['gpu:2(IDX:N/A)', { count: 2 }],
  ['gpu:0', { count: 0 }],
  ['mps:100,nic:2', { count: 0 }],
])('generic resources %s', (text, gpus) => {
  expect(gpusInGres(text)).toEqual(gpus);
});

test('nothing said is not zero', () => {
  for (const text of ['', '(null)', 'N/A']) expect(gpusInGres(text)).toBeUndefined();
  expect(gpusInTres('cpu=1,node=1,billing=1')).toBeUndefined();
});

test.each([
  ['cpu=16,mem=64G,node=2,billing=16,gres/gpu=4,gres/gpu:a100=4', { count: 4, model: 'a100' }],
  ['gres/gpu=3', { count: 3 }],
  ['gres/gpu:a100=2,gres/gpu:v100=1', { count: 3, model: 'a100, v100' }],
])('trackable resources %s', (text, gpus) => {
  expect(gpusInTres(text)).toEqual(gpus);
});
