import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { otlp } from '../../python_tools.ts';
import { exitOf, until } from '../../unit/collector/live.ts';
import { installPrometheus } from '../prometheus/server.ts';
import { Team } from './team.ts';

const RECEIVER = fileURLToPath(new URL('receiver.py', import.meta.url));
const PATIENCE_MS = 90_000;

const missing = await installPrometheus();
if (missing) console.warn(`skipped: ${missing}`);

let team: Team;
beforeAll(async () => {
  // In real time, so that what a job costs an hour is the same for a while.
  team = await Team.begin({ speed: 1 });
});
afterAll(() => team?.[Symbol.asyncDispose]());

const scraped = () =>
  team.ask('/metrics', { headers: { authorization: `Bearer ${team.token('viewer')}` } });

/** Debian's Prometheus, which scrapes the server with the viewer's token, over TLS. */
async function startPrometheus() {
  const folder = mkdtempSync(join(tmpdir(), 'burnrate-team-prometheus-'));
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [
      {
        job_name: 'burnrate',
        scheme: 'https',
        authorization: { credentials_file: team.fileOf(team.token('viewer')) },
        tls_config: { ca_file: team.authority.ca, server_name: 'localhost' },
        static_configs: [{ targets: [`localhost:${team.port}`] }],
      },
    ],
  };
  writeFileSync(join(folder, 'prometheus.yml'), stringify(config));
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const address = await until(
    'Prometheus to listen',
    () => /msg="Listening on" address=(\S+)/.exec(said)?.[1],
    PATIENCE_MS,
  );
  return {
    /** The values of an instant query, with their labels. */
    async query(expression: string) {
      const answer = await fetch(
        `http://${address}/api/v1/query?query=${encodeURIComponent(expression)}`,
      );
      const body = (await answer.json()) as {
        data: { result: { metric: Record<string, string>; value: [number, string] }[] };
      };
      return body.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await exitOf(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

test.skipIf(missing)('promtool finds nothing to complain of', { timeout: 200_000 }, async () => {
  const { status, text, headers } = await scraped();
  expect(status).toBe(200);
  expect(headers['content-type']).toContain('version=0.0.4');
  const checking = promisify(execFile)('promtool', ['check', 'metrics']);
  checking.child.stdin?.end(text);
  const { stdout, stderr } = await checking;
  expect(stdout + stderr).toBe('');
});

test.skipIf(missing)(
  'a real Prometheus scrapes it, and its sums are those of the snapshot',
  { timeout: 300_000 },
  async () => {
    await using prometheus = await startPrometheus();
    const link = await team.watch(team.token('viewer'));
    const one = async (expression: string) => (await prometheus.query(expression))[0]?.value;
    await until('the first scrape', () => one('up == 1'), PATIENCE_MS);

    /** What both say, once they say the same; else what each said last. */
    const agreed = async (what: string, expression: string, of: (s: Snapshot) => number) => {
      let last = '';
      await until(
        `${what} to be the same`,
        async () => {
          const ours = of(await link.request('snapshot', {}));
          const theirs = (await one(expression)) ?? Number.NaN;
          last = `${what}: ${ours} here, ${theirs} there`;
          return Math.abs(ours - theirs) < 1e-6;
        },
        PATIENCE_MS,
      ).catch((error: Error) => {
        throw new Error(`${error.message}: ${last}`);
      });
    };
    const usd = (micros: number) => micros / 1e6;
    const running = (s: Snapshot) =>
      s.jobs.filter(({ state }) => state === 'running' || state === 'stopping');
    const sum = <T>(list: readonly T[], of: (one: T) => number) =>
      list.reduce((total, part) => total + of(part), 0);

    await agreed('what all jobs cost an hour', 'sum(burnrate_job_rate_usd_per_hour)', (s) =>
      usd(sum(running(s), ({ rate }) => rate.micros)),
    );
    await agreed('what is idle', 'sum(burnrate_idle_rate_usd_per_hour)', (s) =>
      usd(
        sum(
          s.nodes.filter(({ state }) => state === 'running' || state === 'stopping'),
          ({ idle }) => idle.micros,
        ),
      ),
    );
    await agreed('what is mine', 'sum(burnrate_mine_rate_usd_per_hour)', (s) => usd(s.rate.micros));
    await agreed('what jobs have cost', 'sum(burnrate_job_cost_usd)', (s) =>
      usd(sum(s.jobs, ({ total }) => total.micros)),
    );
    await agreed(
      'accounts that answer',
      'sum(burnrate_account_up)',
      (s) => s.accounts.filter(({ state }) => state === 'ok').length,
    );
    await agreed('the day’s budget', 'burnrate_budget_used_ratio{budget="my day"}', (s) => {
      const [budget] = s.budgets ?? [];
      return budget ? budget.spentMicros / budget.ceiling : Number.NaN;
    });
    const snapshot = await link.request('snapshot', {});
    const byOwner = await prometheus.query('sum by (owner) (burnrate_job_gpus)');
    for (const { metric, value } of byOwner) {
      const theirs = running(snapshot).filter(({ owner = '' }) => owner === (metric.owner ?? ''));
      expect(value, metric.owner).toBe(sum(theirs, ({ gpus }) => gpus));
    }
    const provenances = await prometheus.query(
      'count by (provenance) (burnrate_job_rate_usd_per_hour)',
    );
    expect(provenances.map(({ metric }) => metric.provenance)).not.toContain('none');
    // Measured by the collector itself.
    expect(await one('burnrate_store_bytes{store="ledger"}')).toBeGreaterThan(10_000);
    expect(await one('burnrate_tick_duration_seconds_count')).toBeGreaterThan(0);
    expect(
      await one('histogram_quantile(0.99, burnrate_tick_duration_seconds_bucket)'),
    ).toBeGreaterThan(0);
    // By the collector's clock: the demo's working day may end hours before the real one.
    const answered = await one('min(burnrate_account_last_success_timestamp_seconds)');
    expect(snapshot.at / 1000 - (answered ?? Number.NaN)).toBeLessThan(600);
    // A counter that grows as money is spent.
    await until('money to be spent', () => one('sum(burnrate_spend_usd_total) > 0'), PATIENCE_MS);
    await link.close();
  },
);

test('metrics are for those who have a token', async () => {
  const { status, headers, text } = await team.ask('/metrics');
  expect(status).toBe(401);
  expect(headers['www-authenticate']).toContain('Bearer');
  expect(text).not.toContain('burnrate_');
});

test('they are sent by OTLP, and a receiver by OpenTelemetry’s own definitions reads them', {
  timeout: 400_000,
}, async () => {
  const python = otlp.protobuf;
  const without = await python.install();
  if (without) throw new Error(without);
  const receiver = spawn(python.bin('python'), [RECEIVER], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const lines = createInterface(receiver.stdout);
    const [first] = (await once(lines, 'line')) as [string];
    const { port } = JSON.parse(first) as { port: number };
    const received: Received[] = [];
    lines.on('line', (line) => received.push(JSON.parse(line) as Received));
    await team.end();
    appendFileSync(
      team.demo.paths.config,
      stringify({
        serve: {
          otlp: {
            endpoint: `http://127.0.0.1:${port}`,
            intervalSeconds: 5,
            headers: { 'X-Team': 'TEAM_NAME' },
          },
        },
      }),
    );
    Object.assign(team.demo.env, { TEAM_NAME: 'vision' });
    await team.start();
    const last = await until('an export with jobs', () => received.find(hasJobs), PATIENCE_MS);
    expect(last).toMatchObject({
      path: '/v1/metrics',
      type: 'application/x-protobuf',
      team: 'vision',
    });
    const [resource] = last.request.resourceMetrics;
    expect(resource?.resource.attributes).toContainEqual({
      key: 'service.name',
      value: { stringValue: 'burnrate' },
    });
    const link = await team.watch(team.token('viewer'));
    const names = (await link.request('snapshot', {})).jobs.map(({ name }) => name);
    await link.close();
    const rates = metricIn(last, 'burnrate_job_rate_usd_per_hour')?.gauge?.dataPoints ?? [];
    const told = rates.map((point) => attribute(point, 'job'));
    expect(told.length).toBeGreaterThan(3);
    for (const name of told) expect(names).toContain(name);
    const spent = metricIn(last, 'burnrate_spend_usd_total')?.sum;
    expect(spent).toMatchObject({
      isMonotonic: true,
      aggregationTemporality: 'AGGREGATION_TEMPORALITY_CUMULATIVE',
    });
    // The last ones are sent when it ends; and a receiver that is gone holds nothing up.
    const before = received.length;
    expect(await team.end()).toBe(0);
    await until('the last export', () => received.length > before);
  } finally {
    receiver.kill();
  }
  await team.start();
  await until(
    'the loss to be said',
    () => /metrics cannot be sent by OTLP/.test(team.said),
    PATIENCE_MS,
  );
  expect((await scraped()).status).toBe(200);
  expect(await team.end()).toBe(0);
});

interface PointSeen {
  attributes?: { key: string; value: { stringValue?: string } }[];
}
interface MetricSeen {
  name: string;
  gauge?: { dataPoints: PointSeen[] };
  sum?: { dataPoints: PointSeen[]; isMonotonic?: boolean; aggregationTemporality: string };
}
interface Received {
  path: string;
  type: string;
  team: string;
  request: {
    resourceMetrics: {
      resource: { attributes: unknown[] };
      scopeMetrics: { metrics: MetricSeen[] }[];
    }[];
  };
}

function metricIn({ request }: Received, name: string): MetricSeen | undefined {
  return request.resourceMetrics
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap(({ metrics }) => metrics)
    .find((one) => one.name === name);
}

function hasJobs(received: Received): boolean {
  return (metricIn(received, 'burnrate_job_rate_usd_per_hour')?.gauge?.dataPoints.length ?? 0) > 3;
}

function attribute({ attributes = [] }: PointSeen, key: string): string | undefined {
  return attributes.find((one) => one.key === key)?.value.stringValue;
}
