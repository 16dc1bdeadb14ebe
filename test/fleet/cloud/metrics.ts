import type { Clock } from '../clock.ts';
import type { Instance } from '../instance.ts';
import { receivedUntil, sentUntil } from '../traffic.ts';
import type { Answer } from './answer.ts';

interface Query {
  Id: string;
  MetricStat: {
    Metric: {
      Namespace: string;
      MetricName: string;
      Dimensions: { Name: string; Value: string }[];
    };
    Period: number;
  };
}

const MOVED: Readonly<Record<string, (instance: Instance, at: number) => number>> = {
  NetworkOut: sentUntil,
  NetworkIn: receivedUntil,
};

/**
 * What CloudWatch says that instances have sent and received, by periods that are over, the newest
 * first: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
export function getMetricData(
  { instances, clock }: { instances: readonly Instance[]; clock: Clock },
  { MetricDataQueries, StartTime }: { MetricDataQueries: readonly Query[]; StartTime: number },
): Answer {
  const results = MetricDataQueries.map(({ Id, MetricStat: { Metric, Period } }) => {
    const id = Metric.Dimensions.find(({ Name }) => Name === 'InstanceId')?.Value;
    const instance = instances.find((one) => one.id === id);
    const moved = Metric.Namespace === 'AWS/EC2' ? MOVED[Metric.MetricName] : undefined;
    const periodMs = Period * 1000;
    const starts: number[] = [];
    const from = Math.max(StartTime * 1000, instance?.launchedAt ?? Number.POSITIVE_INFINITY);
    const first = Math.ceil(from / periodMs) * periodMs;
    for (let at = first; at + periodMs <= clock.now(); at += periodMs) starts.unshift(at);
    const known = instance && moved ? starts : [];
    return {
      Id,
      StatusCode: 'Complete',
      Timestamps: known.map((at) => at / 1000),
      Values: known.map((at) =>
        instance && moved ? moved(instance, at + periodMs) - moved(instance, at) : 0,
      ),
    };
  });
  return {
    status: 200,
    type: 'application/x-amz-json-1.0',
    body: JSON.stringify({ MetricDataResults: results }),
  };
}
