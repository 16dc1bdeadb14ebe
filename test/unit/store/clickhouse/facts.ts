import type { Job } from '@burnrate/shared/model/job.ts';
import { type Node, PER_SECOND } from '@burnrate/shared/model/node.ts';
import { JOB, NODE, NOON } from '../place.ts';

export const NODE_FACTS: Node = {
  id: NODE,
  source: 'aws',
  account: 'aws:dev',
  name: 'gpu-1',
  aliases: ['i-1'],
  gpus: { count: 8, model: 'H100' },
  state: 'running',
  launchedAt: NOON,
  billing: PER_SECOND,
  owner: 'ada',
  mine: true,
  labels: { rack: '7' },
};

export const JOB_FACTS: Job = {
  id: JOB,
  source: 'slurm',
  account: 'slurm:lab',
  nativeId: '1',
  name: 'train',
  owner: 'ada',
  mine: true,
  level: 'scheduler',
  state: 'running',
  startedAt: NOON,
  shares: [{ node: NODE, gpus: 8, pod: 'a-secret-pod' }],
  labels: { project: 'vision' },
};
