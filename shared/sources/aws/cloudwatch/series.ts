import type { Metric } from '@aws-sdk/client-cloudwatch';
import type { Node } from '../../../model/node.ts';
import type { Sample } from '../../../model/sample.ts';

const MIB = 1024 * 1024;

type Field = 'utilization' | 'memoryUsed' | 'memoryTotal' | 'power';

/** One series of CloudWatch: whose figure it is, and what one of its units is in ours. */
export interface Series {
  metric: Metric;
  region: string;
  /** Where its values go: the sample but for its moment and figures. */
  gpu: Pick<Sample, 'node' | 'gpu' | 'gpuIndex' | 'model'>;
  field: Field;
  unit: number;
}

/**
 * What the CloudWatch agent reads of nvidia-smi: percent, MiB, watts.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-NVIDIA-GPU.html
 */
const AGENT: readonly { name: string; field: Field; unit: number }[] = [
  { name: 'nvidia_smi_utilization_gpu', field: 'utilization', unit: 0.01 },
  { name: 'nvidia_smi_power_draw', field: 'power', unit: 1 },
  { name: 'nvidia_smi_memory_used', field: 'memoryUsed', unit: MIB },
  { name: 'nvidia_smi_memory_total', field: 'memoryTotal', unit: MIB },
];

export const AGENT_NAMESPACE = 'CWAgent';
/** The metric by which GPUs that the agent watches are found. */
export const AGENT_METRIC = 'nvidia_smi_utilization_gpu';

const TRAINING_NAMESPACE = '/aws/sagemaker/TrainingJobs';

/**
 * The series of one instance of EC2 among the metrics that there are: those of single GPUs, which
 * have an `index`. The agent names the instance by `InstanceId`, where it is set to, and by `host`.
 */
export function agentSeries(node: Node, region: string, present: readonly Metric[]): Series[] {
  const names = new Set([node.id.slice(node.account.length + 1), ...node.aliases]);
  const ofNode = present.flatMap(({ Dimensions = [] }) => {
    const said = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
    const named = [said.InstanceId, said.host].some(
      (name) => name && names.has(name.toLowerCase()),
    );
    return named && said.index !== undefined ? [{ Dimensions, said }] : [];
  });
  // With aggregation, the agent sends the same figures under fewer dimensions, too.
  const fullest = new Map<string, (typeof ofNode)[number]>();
  for (const one of ofNode) {
    const index = one.said.index ?? '';
    const known = fullest.get(index);
    if (!known || known.Dimensions.length < one.Dimensions.length) fullest.set(index, one);
  }
  return [...fullest].flatMap(([index, { Dimensions, said }]) =>
    AGENT.map(({ name, field, unit }) => ({
      metric: { Namespace: AGENT_NAMESPACE, MetricName: name, Dimensions },
      region,
      gpu: {
        node: node.id,
        gpu: `GPU ${index}`,
        ...(/^\d+$/.test(index) && { gpuIndex: Number(index) }),
        ...(said.name && { model: said.name }),
      },
      field,
      unit,
    })),
  );
}

/**
 * The one series of an instance of SageMaker: the sum over its GPUs, of percents.
 * https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html#cloudwatch-metrics-jobs
 */
export function trainingSeries(node: Node, region: string): Series | undefined {
  const [, host] = /\/([^/]+\/algo-\d+)$/.exec(node.id) ?? [];
  if (!host || !node.labels['training-job']) return undefined;
  return {
    metric: {
      Namespace: TRAINING_NAMESPACE,
      MetricName: 'GPUUtilization',
      Dimensions: [{ Name: 'Host', Value: host }],
    },
    region,
    gpu: {
      node: node.id,
      gpu: node.gpus.count === 1 ? 'GPU 0' : 'all GPUs',
      ...(node.gpus.model && { model: node.gpus.model }),
    },
    field: 'utilization',
    unit: 0.01 / node.gpus.count,
  };
}
