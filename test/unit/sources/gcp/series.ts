/**
 * What the Ops Agent writes of one GPU of the instance `train`.
 * https://cloud.google.com/monitoring/api/metrics_opsagent#agent-gpu
 * https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/list
 */
export function gpuSeries(at = Date.now() - 60_000): Record<string, unknown[]> {
  const series = (labels: Record<string, string>, values: number[], kind = 'doubleValue') => ({
    metric: {
      labels: { gpu_number: '0', model: 'NVIDIA A100-SXM4-40GB', uuid: 'GPU-a100', ...labels },
    },
    resource: {
      labels: { project_id: 'ada-lab', instance_id: '4711471147114711001', zone: 'us-central1-a' },
    },
    points: values.map((value, index) => ({
      interval: {
        startTime: new Date(at - index * 60_000).toISOString(),
        endTime: new Date(at - index * 60_000).toISOString(),
      },
      value: { [kind]: kind === 'int64Value' ? String(value) : value },
    })),
  });
  return {
    'agent.googleapis.com/gpu/utilization': [series({}, [87, 12])],
    'agent.googleapis.com/gpu/memory/bytes_used': [
      series({ memory_state: 'used' }, [30e9, 1e9], 'int64Value'),
      series({ memory_state: 'free' }, [10e9, 39e9], 'int64Value'),
    ],
  };
}

/**
 * What Compute Engine writes of the same instance, by the minute, the newest first.
 * https://cloud.google.com/monitoring/api/metrics_gcp_c#gcp-compute
 */
export function bytesSeries(labels: Record<string, string>, end: number, bytes: number[]): unknown {
  return {
    metric: { labels },
    resource: {
      labels: { project_id: 'ada-lab', instance_id: '4711471147114711001', zone: 'us-central1-a' },
    },
    points: bytes.map((value, index) => ({
      interval: {
        startTime: new Date(end - (index + 1) * 60_000).toISOString(),
        endTime: new Date(end - index * 60_000).toISOString(),
      },
      value: { int64Value: String(value) },
    })),
  };
}
