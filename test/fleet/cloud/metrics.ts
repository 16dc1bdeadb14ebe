import type { Clock } from '../clock.ts';
import type { Instance } from '../instance.ts';
import { receivedUntil, sentUntil, uploadedUntil } from '../traffic.ts';
import type { Answer } from './answer.ts';

interface Metric {
  Namespace: string;
  MetricName: string;
  Dimensions: { Name: string; Value: string }[];
}

interface Query {
  Id: string;
  MetricStat: { Metric: Metric; Period: number };
}

interface Metered {
  instances: readonly Instance[];
  clock: Clock;
}

/** As the command line of AWS sends a file: in parts of so much. */
const PART_BYTES = 8 * 1024 * 1024;
/** The name that the console gives to a metrics configuration of a whole bucket. */
const FILTER = 'EntireBucket';

const putsUntil = (instance: Instance, at: number) =>
  Math.ceil(uploadedUntil(instance, at) / PART_BYTES);
const nothing = () => 0;

/** How far each figure of an instance has come at an instant. */
const COUNTED: Readonly<Record<string, (instance: Instance, at: number) => number>> = {
  'AWS/EC2 NetworkOut': sentUntil,
  'AWS/EC2 NetworkIn': receivedUntil,
  'AWS/S3 AllRequests': putsUntil,
  'AWS/S3 PutRequests': putsUntil,
  'AWS/S3 GetRequests': nothing,
  'AWS/S3 BytesUploaded': uploadedUntil,
  'AWS/S3 BytesDownloaded': nothing,
};

/** Which metrics there are: of requests, of the buckets of one region that machines upload to. */
export function listMetrics(
  { instances }: Metered,
  region: string,
  { Namespace, MetricName }: { Namespace: string; MetricName: string },
): Answer {
  const there = instances.filter(({ machine }) => machine.region === region);
  const buckets = new Set(there.flatMap((instance) => bucketOf(instance) ?? []));
  const metrics = [...buckets].map((BucketName) => ({
    Namespace,
    MetricName,
    Dimensions: Object.entries({ BucketName, FilterId: FILTER }).map(([Name, Value]) => ({
      Name,
      Value,
    })),
  }));
  return answer({ Metrics: Namespace === 'AWS/S3' ? metrics : [] });
}

/**
 * What CloudWatch says that instances have sent and received, and what buckets were asked for, by
 * periods, the newest first. Of instances these are over; of buckets the last one grows still.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
export function getMetricData(
  { instances, clock }: Metered,
  { MetricDataQueries, StartTime }: { MetricDataQueries: readonly Query[]; StartTime: number },
): Answer {
  const now = clock.now();
  const results = MetricDataQueries.map(({ Id, MetricStat: { Metric, Period } }) => {
    const { Namespace, MetricName, Dimensions } = Metric;
    const said = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
    const ofBucket = Namespace === 'AWS/S3';
    const meant = instances.filter((one) =>
      ofBucket ? bucketOf(one) === said.BucketName : one.id === said.InstanceId,
    );
    const counted = COUNTED[`${Namespace} ${MetricName}`];
    const periodMs = Period * 1000;
    const launched = Math.min(...meant.map(({ launchedAt }) => launchedAt));
    const began = ofBucket ? Math.floor(launched / periodMs) * periodMs : launched;
    const first = Math.max(StartTime * 1000, began);
    const last = ofBucket ? now - 1 : now - periodMs;
    const starts: number[] = [];
    for (let at = Math.ceil(first / periodMs) * periodMs; at <= last; at += periodMs)
      starts.unshift(at);
    const known = counted ? starts : [];
    return {
      Id,
      StatusCode: 'Complete',
      Timestamps: known.map((at) => at / 1000),
      Values: known.map((at) => {
        const to = Math.min(now, at + periodMs);
        return meant.reduce(
          (sum, one) => sum + (counted?.(one, to) ?? 0) - (counted?.(one, at) ?? 0),
          0,
        );
      }),
    };
  });
  return answer({ MetricDataResults: results });
}

function bucketOf({ machine }: Instance): string | undefined {
  return machine.workload?.uploads?.bucket;
}

function answer(body: object): Answer {
  return { status: 200, type: 'application/x-amz-json-1.0', body: JSON.stringify(body) };
}
