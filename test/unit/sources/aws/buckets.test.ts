import type { Account } from '@burnrate/shared/model/account.ts';
import { BucketReading } from '@burnrate/shared/model/bucket.ts';
import { DAY, HOUR, MINUTE, startOfMonth } from '@burnrate/shared/model/time.ts';
import { openApi } from '@burnrate/shared/sources/aws/api.ts';
import { bucketWatchOf } from '@burnrate/shared/sources/aws/cloudwatch/buckets.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bareMachine } from '../bare.ts';
import { type Ask, type AwsServer, json, type Reply, startAws } from './server.ts';

const NOW = Date.UTC(2026, 10, 12, 12, 30, 30);
const MONTH = startOfMonth(NOW);

interface Query {
  Id: string;
  MetricStat: {
    Metric: { MetricName: string; Dimensions: { Name: string; Value: string }[] };
    Period: number;
  };
}
interface Asked {
  MetricDataQueries: Query[];
  StartTime: number;
  EndTime: number;
}

const filter = (BucketName: string, FilterId: string) => ({
  Namespace: 'AWS/S3',
  MetricName: 'AllRequests',
  Dimensions: Object.entries({ BucketName, FilterId }).map(([Name, Value]) => ({ Name, Value })),
});

/** By region: the filters there, on as many pages. */
let pages: Record<string, ReturnType<typeof filter>[][]>;
/** What a metric of a filter says of periods of so many seconds. */
let says: (
  of: { metric: string; filter: string; region: string },
  period: number,
) => [at: number, value: number][];
let now: number;
let server: AwsServer;
let api: ReturnType<typeof openApi>;

function listMetrics({ region, parameters }: Ask): Reply {
  const { NextToken } = parameters as { NextToken?: string };
  const nth = Number(NextToken ?? 0);
  const there = pages[region] ?? [[]];
  return json({
    Metrics: there[nth],
    ...(nth + 1 < there.length && { NextToken: String(nth + 1) }),
  });
}

function getMetricData({ region, parameters }: Ask): Reply {
  const { MetricDataQueries } = parameters as unknown as Asked;
  return json({
    MetricDataResults: MetricDataQueries.map(({ Id, MetricStat: { Metric, Period } }) => {
      const said = Object.fromEntries(Metric.Dimensions.map(({ Name, Value }) => [Name, Value]));
      const of = { metric: Metric.MetricName, filter: said.FilterId ?? '', region };
      const points = says(of, Period);
      return {
        Id,
        StatusCode: 'Complete',
        Timestamps: points.map(([at]) => at / 1000),
        Values: points.map(([, value]) => value),
      };
    }),
  });
}

const clock = { now: () => now, after: () => () => {}, speed: 1 };

beforeEach(async () => {
  now = NOW;
  pages = {};
  says = () => [];
  server = await startAws({ ListMetrics: listMetrics, GetMetricData: getMetricData });
  const env = {
    AWS_ACCESS_KEY_ID: 'AKIAADA',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: server.url,
  };
  const account: Account = {
    id: 'aws:lab',
    source: 'aws',
    name: 'lab',
    foundIn: 'environment',
    options: { origin: 'environment', region: 'us-east-1' },
  };
  api = openApi(account, bareMachine({ clock, env }));
});
afterEach(async () => {
  api.close();
  await server.close();
});

const signal = () => AbortSignal.timeout(30_000);
const asked = (action: string) => server.asked.filter((ask) => ask.action === action);

test('buckets with a metrics configuration are found on all pages, in the regions asked for', async () => {
  pages = {
    'us-east-1': [[filter('checkpoints', 'EntireBucket')], [filter('data', 'all')]],
    'eu-west-1': [[filter('elsewhere', 'all')]],
    'us-west-2': [[filter('not-asked', 'all')]],
  };
  const watch = bucketWatchOf(api, clock);
  const read = await watch.read(new Set(['us-east-1', 'eu-west-1']), signal());
  expect(read.failures).toEqual([]);
  expect(read.buckets.map(({ name, region }) => [name, region]).sort()).toEqual([
    ['s3://checkpoints', 'us-east-1'],
    ['s3://data', 'us-east-1'],
    ['s3://elsewhere', 'eu-west-1'],
  ]);
  expect(asked('ListMetrics').map(({ region }) => region)).not.toContain('us-west-2');
  expect(asked('ListMetrics')[0]?.parameters).toMatchObject({
    Namespace: 'AWS/S3',
    MetricName: 'AllRequests',
  });
  // Three pages, and six metrics of each of three filters, a hundred-thousandth of a dollar each.
  expect(read.costMicros).toBe((3 + 3 * 6) * 10);
  for (const bucket of read.buckets) expect(() => BucketReading.parse(bucket)).not.toThrow();
});

test('what it was asked for this month is told, and what it took in minute by minute', async () => {
  pages = { 'us-east-1': [[filter('checkpoints', 'EntireBucket')]] };
  const minute = NOW - (NOW % MINUTE) - 5 * MINUTE;
  says = ({ metric }, period) => {
    if (period === DAY / 1000) {
      const each = { BytesUploaded: 5e9, BytesDownloaded: 7, PutRequests: 300, GetRequests: 2 };
      const value = each[metric as keyof typeof each];
      return [
        [MONTH + DAY, value],
        [MONTH, value],
      ];
    }
    if (metric === 'BytesUploaded')
      return [
        [minute, 4e9],
        [minute - MINUTE, 1e9],
      ];
    return [[minute, 250]];
  };
  const { buckets } = await bucketWatchOf(api, clock).read(new Set(['us-east-1']), signal());
  expect(buckets).toEqual([
    {
      name: 's3://checkpoints',
      provider: 'aws',
      region: 'us-east-1',
      month: { from: MONTH, uploaded: 10e9, downloaded: 14, puts: 600, gets: 4 },
      uploads: [
        { at: minute, bytes: 4e9, puts: 250 },
        { at: minute - MINUTE, bytes: 1e9, puts: 0 },
      ],
    },
  ]);
  const spans = asked('GetMetricData').map(({ parameters }) => {
    const { MetricDataQueries, StartTime } = parameters as unknown as Asked;
    return [MetricDataQueries[0]?.MetricStat.Period, StartTime * 1000];
  });
  expect(new Set(spans.map(([period]) => period))).toEqual(new Set([86_400, 60]));
  for (const [period, from = 0] of spans)
    expect(from).toBe(period === 60 ? NOW - HOUR - (NOW % MINUTE) : MONTH);
});

test('filters of one bucket overlap: the fullest counts, never their sum', async () => {
  pages = { 'us-east-1': [[filter('data', 'EntireBucket'), filter('data', 'only-logs')]] };
  says = ({ filter: id }, period) => {
    const value = id === 'EntireBucket' ? 900 : 400;
    return [[period === 60 ? NOW - (NOW % MINUTE) : MONTH, value]];
  };
  const { buckets } = await bucketWatchOf(api, clock).read(new Set(['us-east-1']), signal());
  expect(buckets).toHaveLength(1);
  expect(buckets[0]?.month).toMatchObject({ uploaded: 900, puts: 900 });
  expect(buckets[0]?.uploads).toMatchObject([{ bytes: 900, puts: 900 }]);
});

test('it is asked seldom, for a bounded price, and lists are read anew within an hour', async () => {
  const many = Array.from({ length: 300 }, (_, nth) => filter(`bucket-${nth}`, 'all'));
  pages = { 'us-east-1': [many] };
  const watch = bucketWatchOf(api, clock);
  const read = () => watch.read(new Set(['us-east-1']), signal());
  let cost = 0;
  for (now = NOW; now < NOW + DAY; now += 5 * MINUTE) cost += (await read()).costMicros;
  // Under a fifth of what an account's paid questions may cost a day.
  expect(cost).toBe(24 * 10 + 96 * 20 * 6 * 10);
  expect(cost).toBeLessThan(200_000);
  pages = { 'us-east-1': [[filter('new', 'all')]] };
  now = NOW + DAY + HOUR;
  expect((await read()).buckets.map(({ name }) => name)).toEqual(['s3://new']);
});

test('filters that are left out are said by number, and the buckets of which nothing is told', async () => {
  const many = (bucket: string, count: number) =>
    Array.from({ length: count }, (_, nth) => filter(bucket, `filter-${nth}`));
  pages = {
    'us-east-1': [[...many('data', 21)], [...many('logs', 2), ...many('checkpoints', 1)]],
    'eu-west-1': [many('elsewhere', 20)],
  };
  const watch = bucketWatchOf(api, clock);
  expect(watch.diagnose()).toEqual([]);
  await watch.read(new Set(['us-east-1', 'eu-west-1']), signal());
  expect(watch.diagnose()).toEqual([
    {
      capability: 'telemetry',
      ok: true,
      message:
        "us-east-1 has 24 filters of S3's request metrics, of which 20 are read, lest it cost too much: 4 are left out; nothing is told of 2 buckets, such as s3://logs",
    },
  ]);
  pages = { 'us-east-1': [many('data', 21)] };
  now += HOUR;
  await watch.read(new Set(['us-east-1']), signal());
  expect(watch.diagnose()[0]?.message).toMatch(/: 1 are left out$/);
});

test('storage metrics, which have no filter, are no requests; without any nothing is asked', async () => {
  const stored = {
    Namespace: 'AWS/S3',
    MetricName: 'AllRequests',
    Dimensions: [{ Name: 'BucketName', Value: 'data' }],
  };
  pages = { 'us-east-1': [[stored as ReturnType<typeof filter>]] };
  const read = await bucketWatchOf(api, clock).read(new Set(['us-east-1']), signal());
  expect(read).toEqual({ buckets: [], costMicros: 10, failures: [] });
  expect(asked('GetMetricData')).toEqual([]);
});

test('a region that fails is told of, and hides no other; who may not ask has no failure', async () => {
  const refuse = (status: number, type: string): Reply => ({
    status,
    headers: { 'Content-Type': 'application/x-amz-json-1.0' },
    body: JSON.stringify({ __type: type, message: 'no' }),
  });
  pages = { 'us-east-1': [[filter('checkpoints', 'all')]] };
  server.on({
    ListMetrics: (ask) =>
      ask.region === 'eu-west-1' ? refuse(400, 'ThrottlingException') : listMetrics(ask),
  });
  const regions = new Set(['us-east-1', 'eu-west-1']);
  const read = await bucketWatchOf(api, clock).read(regions, signal());
  expect(read.buckets.map(({ name }) => name)).toEqual(['s3://checkpoints']);
  expect(read.failures).toMatchObject([{ kind: 'throttled', account: 'aws:lab' }]);
  expect(read.failures[0]?.message).toContain('cloudwatch:ListMetrics in eu-west-1');
  server.on({ ListMetrics: () => refuse(400, 'AccessDeniedException') });
  expect(await bucketWatchOf(api, clock).read(regions, signal())).toEqual({
    buckets: [],
    costMicros: 0,
    failures: [],
  });
});
