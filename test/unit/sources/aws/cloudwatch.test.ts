import type { Metric } from '@aws-sdk/client-cloudwatch';
import type { Node } from '@burnrate/shared/model/node.ts';
import { agentSeries, trainingSeries } from '@burnrate/shared/sources/aws/cloudwatch/series.ts';
import { worthWatching } from '@burnrate/shared/sources/aws/watch.ts';
import { expect, test } from 'vitest';

const node = (more: Partial<Node> = {}): Node => ({
  id: 'aws:research:i-0aa',
  source: 'aws',
  account: 'aws:research',
  name: 'train',
  aliases: ['i-0aa', 'ip-10-0-0-7', 'ip-10-0-0-7.ec2.internal', '10.0.0.7'],
  gpus: { count: 8, model: 'NVIDIA A100' },
  state: 'running',
  billing: { incrementMs: 1000, minimumMs: 60_000 },
  mine: true,
  labels: { region: 'us-east-1' },
  ...more,
});

const metric = (dimensions: Record<string, string>): Metric => ({
  Namespace: 'CWAgent',
  MetricName: 'nvidia_smi_utilization_gpu',
  Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
});

test("the agent's GPUs are found by the instance's id or its host's name, each once", () => {
  const present = [
    metric({ InstanceId: 'i-0aa', index: '0', name: 'NVIDIA A100-SXM4-40GB', arch: 'Ampere' }),
    metric({ InstanceId: 'i-0aa', index: '0' }),
    metric({ InstanceId: 'i-0aa' }),
    metric({ host: 'ip-10-0-0-7', index: '1' }),
    metric({ InstanceId: 'i-0bb', index: '0' }),
  ];
  const series = agentSeries(node(), 'us-east-1', present);
  expect(new Set(series.map(({ gpu }) => gpu.gpu))).toEqual(new Set(['GPU 0', 'GPU 1']));
  expect(series).toHaveLength(8);
  const [first] = series;
  expect(first?.metric.Dimensions).toHaveLength(4);
  expect(first).toMatchObject({
    field: 'utilization',
    unit: 0.01,
    gpu: { gpuIndex: 0, model: 'NVIDIA A100-SXM4-40GB' },
  });
});

test("SageMaker's figure is the sum over a host's GPUs", () => {
  const host = node({
    id: 'aws:research:training-job/us-east-1/Llama-FT/algo-2',
    labels: { region: 'us-east-1', 'training-job': 'Llama-FT' },
  });
  expect(trainingSeries(host, 'us-east-1')).toMatchObject({
    metric: {
      Namespace: '/aws/sagemaker/TrainingJobs',
      Dimensions: [{ Name: 'Host', Value: 'Llama-FT/algo-2' }],
    },
    unit: 0.01 / 8,
  });
  expect(trainingSeries(node(), 'us-east-1')).toBeUndefined();
});

test('only machines with GPUs that run for me are worth paying for', () => {
  const others = node({ id: 'aws:research:i-0bb', aliases: ['i-0bb'], mine: false });
  const nodes = [
    node(),
    others,
    node({ id: 'aws:research:i-0cc', aliases: [], gpus: { count: 0 } }),
    node({ id: 'aws:research:i-0dd', aliases: [], state: 'starting' }),
  ];
  const ids = (found: readonly Node[]) => found.map(({ id }) => id);
  expect(ids(worthWatching(nodes, []))).toEqual(['aws:research:i-0aa']);
  const job = {
    id: 'aws:research:batch-job/us-east-1/1',
    source: 'aws',
    account: 'aws:research',
    nativeId: 'batch-job/us-east-1/1',
    name: 'render',
    mine: true,
    level: 'scheduler' as const,
    state: 'running' as const,
    shares: [{ node: 'i-0bb', gpus: 1 }],
    labels: {},
  };
  expect(ids(worthWatching(nodes, [job]))).toEqual(['aws:research:i-0aa', 'aws:research:i-0bb']);
});
