import type { Metric } from '@aws-sdk/client-cloudwatch';
import type { BucketReading } from '../../../model/bucket.ts';
import type { Micros } from '../../../model/money.ts';
import { DAY, HOUR, type Instant, MINUTE, startOfMonth } from '../../../model/time.ts';
import type { Check, SourceError, Surroundings } from '../../source.ts';
import type { Api } from '../api.ts';
import { listMetrics, metricData, type Span } from './data.ts';
import { inEachRegion, type Told } from './each_region.ts';

/**
 * S3's request metrics, which are there where a bucket has a metrics configuration (a filter).
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
 */
const NAMESPACE = 'AWS/S3';
/** The one by which filters are found: it has a value whatever a bucket is asked for. */
const FOUND_BY = 'AllRequests';

/** Six metrics a filter: half a cent a day for each. */
const EVERY_MS = 15 * MINUTE;
/** A filter that is set up later is found within this time. */
const LIST_EVERY_MS = HOUR;
/** What was uploaded longer ago belongs to no checkpoint that is still looked at. */
const LOOK_BACK_MS = HOUR;
/**
 * So many filters of a region are read, at $0.12 a day: hundreds of them would use up the account's
 * ceiling, which is that of the metrics of GPUs, too.
 */
const MOST_FILTERS = 20;

/** Who reads what buckets are asked for: late, incomplete at times, and paid for by the metric. */
export interface BucketWatch {
  /** Of these regions; nothing where it is too early to ask again. */
  read(
    regions: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<{ buckets: BucketReading[]; costMicros: Micros; failures: SourceError[] }>;
  /** Where there are more filters than are read: how many, as of the last list. Asks nothing. */
  diagnose(): Check[];
}

/**
 * Asks S3's request metrics of the buckets that have some. They tell how much a bucket took in and
 * how often it was asked, minute by minute, some minutes late; S3 itself calls them no complete
 * account. They do not tell who asked: a bucket's figures are the account's, and no job's.
 */
export function bucketWatchOf(api: Api, clock: Surroundings['clock']): BucketWatch {
  const listed = new Map<string, { filters: Filter[]; leftOut: Filter[]; at: Instant }>();
  let askedAt: Instant = Number.NEGATIVE_INFINITY;

  async function filtersIn(region: string, now: Instant, signal: AbortSignal) {
    const known = listed.get(region);
    if (known && now - known.at < LIST_EVERY_MS) return { filters: known.filters, costMicros: 0 };
    const query = { Namespace: NAMESPACE, MetricName: FOUND_BY };
    const { metrics, costMicros } = await listMetrics(api, region, query, signal);
    const found = metrics.flatMap((metric) => filterOf(metric) ?? []);
    const filters = found.slice(0, MOST_FILTERS);
    listed.set(region, { filters, leftOut: found.slice(MOST_FILTERS), at: now });
    return { filters, costMicros };
  }

  async function readRegion(region: string, signal: AbortSignal): Promise<Told<BucketReading>> {
    const now = clock.now();
    const { filters, costMicros } = await filtersIn(region, now, signal);
    if (filters.length === 0) return { told: [], costMicros };
    const from = startOfMonth(now);
    const month = { now, periodMs: DAY, lookBackMs: now - from, stat: 'Sum' };
    const recent = { now, periodMs: MINUTE, lookBackMs: LOOK_BACK_MS, stat: 'Sum' };
    const ask = (name: string, span: Span) =>
      figuresOf(api, region, { filters, name, span }, signal);
    const asked = await Promise.all([
      ask('BytesUploaded', month),
      ask('BytesDownloaded', month),
      ask('PutRequests', month),
      ask('GetRequests', month),
      ask('BytesUploaded', recent),
      ask('PutRequests', recent),
    ]);
    const [uploaded, downloaded, puts, gets, bytesByMinute, putsByMinute] = asked;
    const told = [...new Set(filters.map(({ bucket }) => bucket))].map(
      (bucket): BucketReading => ({
        name: `s3://${bucket}`,
        provider: 'aws',
        region,
        month: {
          from,
          uploaded: uploaded.total(bucket),
          downloaded: downloaded.total(bucket),
          puts: puts.total(bucket),
          gets: gets.total(bucket),
        },
        uploads: [...bytesByMinute.of(bucket)].map(([at, bytes]) => ({
          at,
          bytes,
          puts: putsByMinute.of(bucket).get(at) ?? 0,
        })),
      }),
    );
    return { told, costMicros: asked.reduce((sum, one) => sum + one.costMicros, costMicros) };
  }

  return {
    async read(regions, signal) {
      const now = clock.now();
      if (now >= askedAt && now - askedAt < EVERY_MS)
        return { buckets: [], costMicros: 0, failures: [] };
      askedAt = now;
      const each = new Map([...regions].map((region) => [region, region]));
      const { told: buckets, ...rest } = await inEachRegion(each, (region) =>
        readRegion(region, signal),
      );
      return { buckets, ...rest };
    },
    diagnose: () =>
      [...listed].flatMap(([region, { filters, leftOut }]) =>
        leftOut.length === 0 ? [] : [leftOutOf(region, filters, leftOut)],
      ),
  };
}

/** No fault: somebody else may need them all. */
function leftOutOf(region: string, filters: readonly Filter[], leftOut: readonly Filter[]): Check {
  const read = new Set(filters.map(({ bucket }) => bucket));
  const unread = new Set(leftOut.flatMap(({ bucket }) => (read.has(bucket) ? [] : bucket)));
  const [some] = unread;
  const buckets =
    some === undefined ? '' : `; nothing is told of ${unread.size} buckets, such as s3://${some}`;
  const all = filters.length + leftOut.length;
  return {
    capability: 'telemetry',
    ok: true,
    message: `${region} has ${all} filters of S3's request metrics, of which ${filters.length} are read, lest it cost too much: ${leftOut.length} are left out${buckets}`,
  };
}

/** A metrics configuration of a bucket, by one of its metrics. */
interface Filter {
  bucket: string;
  metric: Metric;
}

function filterOf(metric: Metric): Filter | undefined {
  const said = Object.fromEntries((metric.Dimensions ?? []).map((one) => [one.Name, one.Value]));
  if (said.BucketName === undefined || said.FilterId === undefined) return undefined;
  return { bucket: said.BucketName, metric };
}

/** What one metric says of buckets, period by period. */
async function figuresOf(
  api: Api,
  region: string,
  { filters, name, span }: { filters: readonly Filter[]; name: string; span: Span },
  signal: AbortSignal,
) {
  const byBucket = new Map<string, Map<Instant, number>>();
  const of = (bucket: string) => byBucket.get(bucket) ?? new Map<Instant, number>();
  const metrics = filters.map(({ metric }) => ({ ...metric, MetricName: name }));
  const costMicros = await metricData(api, region, metrics, span, signal, (index, points) => {
    const bucket = filters[index]?.bucket ?? '';
    const known = of(bucket);
    byBucket.set(bucket, known);
    // Filters overlap, and which of them has the whole bucket is not told: never their sum.
    for (const { at, value } of points) known.set(at, Math.max(value, known.get(at) ?? 0));
  });
  const total = (bucket: string) => [...of(bucket).values()].reduce((sum, one) => sum + one, 0);
  return { of, total, costMicros };
}
