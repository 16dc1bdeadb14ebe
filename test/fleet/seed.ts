import type { ScenarioInput } from './scenario.ts';

/**
 * The seed scenario: among jobs that are well, a p4d.24xlarge falls from 92% to 18% at minute 14
 * while its rate stays. `vision-pretrain` is a colleague's and just as idle, but not ours to stop;
 * `dev-notebook` has just started and still loads its data. A disk and an address are left behind
 * from earlier work. Beside AWS there is work on Google Cloud and Azure, on rented machines, on a cluster of
 * SkyPilot's, on a university's Slurm and on a team's Kubernetes; others' jobs there are not shown as
 * ours.
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
      workload: {
        kind: 'training',
        level: 0.86,
        uploads: { gigabytes: 24, everyMinutes: 15 },
      },
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
  disks: [
    {
      name: 'old-checkpoints',
      sizeGb: 2000,
      created: -93_000,
      tags: { Owner: 'sam', project: 'support-llm' },
    },
    { name: 'defect-images', sizeGb: 800, created: -41_000, tags: { Owner: 'mira.okafor' } },
  ],
  addresses: [{ ip: '198.51.100.23', region: 'us-west-2', tags: { Owner: 'sam' } }],
  rented: [
    {
      provider: 'gcp',
      name: 'tts-finetune',
      type: 'a2-highgpu-1g',
      gpu: 'A100',
      gpus: 1,
      dollarsPerHour: 3.673385,
      launched: -124,
    },
    {
      provider: 'azure',
      name: 'reward-model',
      type: 'Standard_NC40ads_H100_v5',
      gpu: 'H100 NVL',
      gpus: 1,
      dollarsPerHour: 6.98,
      launched: -58,
    },
    {
      provider: 'lambda',
      name: 'eval-harness',
      type: 'gpu_1x_a100_sxm4',
      gpu: 'A100 (40 GB SXM4)',
      gpus: 1,
      dollarsPerHour: 1.29,
      launched: -35,
    },
    {
      provider: 'runpod',
      name: 'sdxl-lora',
      type: 'NVIDIA GeForce RTX 4090',
      gpu: 'RTX 4090',
      gpus: 2,
      dollarsPerHour: 0.69,
      launched: -88,
      level: 0.83,
    },
    {
      provider: 'vast',
      name: 'whisper-distill',
      type: '4x RTX 3090',
      gpu: 'RTX 3090',
      gpus: 4,
      dollarsPerHour: 0.64,
      launched: -51,
      level: 0.74,
    },
    {
      provider: 'skypilot',
      name: 'qwen-sft',
      type: 'gpu-h100-sxm_1gpu-16vcpu-200gb',
      gpu: 'H100',
      gpus: 1,
      dollarsPerHour: 2.95,
      launched: -73,
    },
  ],
  clusters: [
    {
      scheduler: 'slurm',
      name: 'campus',
      dollarsPerGpuHour: 0.85,
      nodes: [
        { name: 'gpu-1', gpus: 4, gpu: 'a100', cores: 64 },
        { name: 'gpu-2', gpus: 4, gpu: 'a100', cores: 64 },
      ],
      jobs: [
        { name: 'protein-fold', user: 'sam', node: 'gpu-1', gpus: 2, started: -212 },
        { name: 'climate-ens', user: 'lee', node: 'gpu-1', gpus: 2, started: -300 },
        { name: 'mol-dyn', user: 'priya', node: 'gpu-2', gpus: 4, started: -45 },
      ],
    },
    {
      scheduler: 'kubernetes',
      name: 'research',
      dollarsPerGpuHour: 1.1,
      nodes: [{ name: 'worker-1', gpus: 8, gpu: 'NVIDIA-L40S', cores: 96 }],
      jobs: [
        { name: 'ranker-distill', user: 'sam', node: 'worker-1', gpus: 4, started: -61 },
        { name: 'asr-train', user: 'jo', node: 'worker-1', gpus: 2, started: -140 },
      ],
    },
  ],
};
