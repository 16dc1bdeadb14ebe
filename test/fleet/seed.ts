import type { ScenarioInput } from './scenario.ts';

/**
 * The seed scenario: among jobs that are well, a p4d.24xlarge falls from 92% to 18% at minute 14
 * while its rate stays. `vision-pretrain` is a colleague's and just as idle, but not ours to stop;
 * `dev-notebook` has just started and still loads its data.
 */
export const seed: ScenarioInput = {
  seed: 19,
  account: '482913570064',
  user: 'sam',
  machines: [
    {
      name: 'llama-finetune',
      type: 'p4d.24xlarge',
      launched: -166,
      owner: 'sam',
      tags: { project: 'support-llm', team: 'applied-ml' },
      workload: { kind: 'training', level: 0.92, drop: { at: 14, to: 0.18 } },
      exporter: { collectSeconds: 10 },
    },
    {
      name: 'embeddings-api',
      type: 'g5.2xlarge',
      launched: -3120,
      owner: 'sam',
      tags: { project: 'search', team: 'applied-ml' },
      workload: { kind: 'service', level: 0.78 },
    },
    {
      name: 'rerank-sweep',
      type: 'g6.12xlarge',
      region: 'us-west-2',
      market: 'spot',
      launched: -97,
      owner: 'sam',
      tags: { project: 'search', team: 'applied-ml' },
      workload: { kind: 'training', level: 0.86 },
    },
    {
      name: 'dev-notebook',
      type: 'g6.xlarge',
      region: 'us-west-2',
      launched: -4,
      owner: 'sam',
      tags: { project: 'support-llm', team: 'applied-ml' },
      workload: { kind: 'training', level: 0.71, from: 5 },
    },
    {
      name: 'vision-pretrain',
      type: 'p3.8xlarge',
      region: 'eu-west-1',
      launched: -421,
      owner: 'mira.okafor',
      tags: { project: 'defects', team: 'vision' },
      workload: { kind: 'idle', level: 0.04 },
    },
  ],
};
