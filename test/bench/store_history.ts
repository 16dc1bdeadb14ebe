import type { Charge } from '@burnrate/shared/model/charge.ts';
import type { Job } from '@burnrate/shared/model/job.ts';
import { accrued } from '@burnrate/shared/model/money.ts';
import { type Node, PER_SECOND } from '@burnrate/shared/model/node.ts';
import type { Instant } from '@burnrate/shared/model/time.ts';
import type { StoredSample } from '@burnrate/shared/store/store.ts';

/** GPUs of each machine; each machine has one job. */
export const GPUS = 8;
const PER_HOUR = 32_000_000;
const MEMORY = 80 * 1024 ** 3;

const nodeId = (index: number) => `aws:lab:i-${index.toString(16).padStart(17, '0')}`;
const jobId = (index: number) => `slurm:lab:${1000 + index}`;

export function nodesOf(count: number, launchedAt: Instant): Node[] {
  return Array.from({ length: count }, (_, index) => ({
    id: nodeId(index),
    source: 'aws',
    account: 'aws:lab',
    name: `gpu-${index}`,
    aliases: [`ip-10-0-0-${index}.ec2.internal`],
    gpus: { count: GPUS, model: 'NVIDIA A100-SXM4-80GB' },
    state: 'running',
    launchedAt,
    billing: PER_SECOND,
    owner: 'ada',
    mine: true,
    labels: { region: 'us-east-1', project: `project-${index % 7}` },
  }));
}

export function jobsOf(count: number, startedAt: Instant): Job[] {
  return Array.from({ length: count }, (_, index) => ({
    id: jobId(index),
    source: 'slurm',
    account: 'slurm:lab',
    nativeId: String(1000 + index),
    name: `train-${index}`,
    owner: 'ada',
    mine: true,
    level: 'scheduler',
    state: 'running',
    startedAt,
    shares: [{ node: nodeId(index), gpus: GPUS }],
    labels: {},
  }));
}

/** A reading of every GPU, each a little different from the one before. */
export function readingsOf(count: number, at: Instant): StoredSample[] {
  const readings: StoredSample[] = [];
  for (let index = 0; index < count; index += 1) {
    for (let gpu = 0; gpu < GPUS; gpu += 1) {
      const busy = 0.7 + 0.25 * Math.sin(at / 900_000 + index + gpu / 10);
      readings.push({
        at,
        nodeId: nodeId(index),
        jobIds: [jobId(index)],
        gpu: `GPU-${index}-${gpu}`,
        gpuIndex: gpu,
        model: 'NVIDIA A100-SXM4-80GB',
        utilization: Math.round(busy * 100) / 100,
        engineActive: busy,
        tensorActive: busy / 3,
        memoryUsed: Math.round(busy * MEMORY),
        memoryTotal: MEMORY,
        power: 60 + 340 * busy,
        pcieTx: 1e9 * busy,
        pcieRx: 2e9 * busy,
      });
    }
  }
  return readings;
}

export function chargesOf(count: number, from: Instant, to: Instant): [string, Charge][] {
  return Array.from({ length: count }, (_, index) => [
    nodeId(index),
    {
      jobId: jobId(index),
      nodeId: nodeId(index),
      from,
      to,
      micros: accrued(PER_HOUR, from, to),
      provenance: 'quoted',
      kind: 'metered',
      uncertain: false,
    },
  ]);
}
