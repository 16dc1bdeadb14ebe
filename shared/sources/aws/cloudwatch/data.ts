import {
  CloudWatchClient,
  type ListMetricsCommandInput,
  type Metric,
  paginateGetMetricData,
  paginateListMetrics,
} from '@aws-sdk/client-cloudwatch';
import type { Micros } from '../../../model/money.ts';
import type { Sample } from '../../../model/sample.ts';
import { type Instant, MINUTE } from '../../../model/time.ts';
import type { Api } from '../api.ts';
import { malformed } from '../errors.ts';
import { AGENT_METRIC, AGENT_NAMESPACE, type Series } from './series.ts';

/** $0.01 for 1,000 metrics requested, or for 1,000 lists: https://aws.amazon.com/cloudwatch/pricing/ */
const EACH_MICROS: Micros = 10;

/** What GetMetricData takes in one request. */
const AT_ONCE = 500;

/** A minute's figures arrive a few minutes late. */
const LOOK_BACK_MS = 6 * MINUTE;
const PERIOD_MS = MINUTE;

/** The GPUs that the CloudWatch agent of any instance has told of in the last three hours. */
export function gpuMetrics(
  api: Api,
  region: string,
  signal: AbortSignal,
): Promise<{ metrics: Metric[]; costMicros: Micros }> {
  return listMetrics(
    api,
    region,
    { Namespace: AGENT_NAMESPACE, MetricName: AGENT_METRIC, RecentlyActive: 'PT3H' },
    signal,
  );
}

/** The metrics of a region that a query means, all pages; and what asking cost. */
export async function listMetrics(
  api: Api,
  region: string,
  query: ListMetricsCommandInput,
  signal: AbortSignal,
): Promise<{ metrics: Metric[]; costMicros: Micros }> {
  const attempt = api.attempt('cloudwatch:ListMetrics', region);
  return api.ask(attempt, signal, async () => {
    const metrics: Metric[] = [];
    let costMicros = 0;
    const client = api.client('CLOUDWATCH', region, CloudWatchClient);
    for await (const page of paginateListMetrics({ client }, query, { abortSignal: signal })) {
      costMicros += EACH_MICROS;
      if (!page.$metadata.requestId && !page.Metrics)
        throw malformed(attempt, 'the answer is not a list of metrics');
      metrics.push(...(page.Metrics ?? []));
    }
    return { metrics, costMicros };
  });
}

/** One value of a metric, and when its period begins. */
export interface Point {
  at: Instant;
  value: number;
}

/** What is asked of each metric, over periods up to now. */
export interface Span {
  now: Instant;
  periodMs: number;
  lookBackMs: number;
  stat: string;
}

/**
 * The values of each metric of one region, newest first: `take` is given them with the metric's place
 * in the list. Answers what asking cost.
 */
export async function metricData(
  api: Api,
  region: string,
  metrics: readonly Metric[],
  { now, periodMs, lookBackMs, stat }: Span,
  signal: AbortSignal,
  take: (index: number, points: readonly Point[]) => void,
): Promise<Micros> {
  const attempt = api.attempt('cloudwatch:GetMetricData', region);
  for (let from = 0; from < metrics.length; from += AT_ONCE) {
    await api.ask(attempt, signal, async () => {
      const pages = paginateGetMetricData(
        { client: api.client('CLOUDWATCH', region, CloudWatchClient) },
        {
          MetricDataQueries: metrics.slice(from, from + AT_ONCE).map((metric, index) => ({
            Id: `m${index}`,
            MetricStat: { Metric: metric, Period: periodMs / 1000, Stat: stat },
          })),
          // At a full period, so that periods are those of the clock.
          StartTime: new Date(Math.floor((now - lookBackMs) / periodMs) * periodMs),
          EndTime: new Date(now),
          ScanBy: 'TimestampDescending',
        },
        { abortSignal: signal },
      );
      for await (const page of pages) {
        for (const { Id, Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
          const points = Values.flatMap((value, nth) => {
            const at = Timestamps[nth]?.getTime();
            return at === undefined ? [] : { at, value };
          });
          if (points.length > 0) take(from + Number(Id?.slice(1)), points);
        }
      }
    });
  }
  return metrics.length * EACH_MICROS;
}

/** The newest value of each series, as samples. Those of one region. */
export async function newestOf(
  api: Api,
  region: string,
  series: readonly Series[],
  now: Instant,
  signal: AbortSignal,
): Promise<{ samples: Sample[]; costMicros: Micros }> {
  const byGpu = new Map<string, Sample>();
  const metrics = series.map(({ metric }) => metric);
  const span = { now, periodMs: PERIOD_MS, lookBackMs: LOOK_BACK_MS, stat: 'Average' };
  const costMicros = await metricData(api, region, metrics, span, signal, (index, points) => {
    const [one, newest] = [series[index], points[0]];
    if (one && newest) put(byGpu, one, newest.value, newest.at, now);
  });
  return { samples: [...byGpu.values()], costMicros };
}

/** A value is about the minute that begins at its time; of figures of two minutes the newer count. */
function put(
  byGpu: Map<string, Sample>,
  { gpu, field, unit }: Series,
  value: number,
  minute: Instant,
  now: Instant,
): void {
  const amount = value * unit;
  if (!(amount >= 0) || !Number.isFinite(amount)) return;
  const figure = field === 'utilization' ? Math.min(1, amount) : amount;
  const key = `${gpu.node} ${gpu.gpu}`;
  const at = Math.min(now, minute + PERIOD_MS);
  const known = byGpu.get(key);
  if (known && known.at > at) return;
  const others = known?.at === at ? known : { at, ...gpu };
  byGpu.set(key, { ...others, [field]: figure });
}
