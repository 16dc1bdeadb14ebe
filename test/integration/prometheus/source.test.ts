import { dcgm } from '@burnrate/shared/sources/dcgm/index.ts';
import { prometheus } from '@burnrate/shared/sources/prometheus/index.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../unit/collector/live.ts';
import { bareMachine } from '../../unit/sources/bare.ts';
import { conformance } from '../../unit/sources/conformance.ts';
import { type Exporter, gpu, metrics, startExporter } from '../../unit/sources/dcgm/exporter.ts';
import { byGpu, open } from './open.ts';
import { installPrometheus, type Prometheus, startPrometheus } from './server.ts';

const missing = await installPrometheus();

/** Values that are none, beside some that are; names with all that is escaped in an exposition. */
const FLEET =
  gpu({
    DCGM_FI_DEV_GPU_UTIL: 57,
    DCGM_FI_PROF_GR_ENGINE_ACTIVE: '0.123456',
    DCGM_FI_PROF_PIPE_TENSOR_ACTIVE: 'NaN',
    DCGM_FI_DEV_POWER_USAGE: '301.254000',
    DCGM_FI_DEV_FB_USED: 70_123,
    DCGM_FI_DEV_FB_FREE: 11_000,
    DCGM_FI_PROF_PCIE_TX_BYTES: '1.5e+09',
  }) +
  gpu(
    {
      DCGM_FI_DEV_GPU_UTIL: '9223372036854775794',
      DCGM_FI_PROF_GR_ENGINE_ACTIVE: '140737488355328.000000',
      DCGM_FI_DEV_POWER_USAGE: '70.5',
      DCGM_FI_DEV_FB_USED: '2147483632',
    },
    {
      gpu: '1',
      UUID: 'GPU-1',
      Hostname: 'NODE2.example',
      hpc_job: '4711',
      pod: String.raw`a\\b\"c\nd}{ größe 🚀`,
      namespace: 'ml',
    },
  ) +
  gpu(
    { DCGM_FI_PROF_GR_ENGINE_ACTIVE: '0.9', DCGM_FI_DEV_POWER_USAGE: 300 },
    { gpu: '2', UUID: 'GPU-2', GPU_I_ID: '7', GPU_I_PROFILE: '1g.10gb' },
  );

describe.skipIf(missing !== undefined)(`a real Prometheus${missing ? ` (${missing})` : ''}`, () => {
  let exporter: Exporter;
  let aged: Exporter;
  let server: Prometheus;

  beforeAll(async () => {
    exporter = await startExporter(metrics(FLEET));
    aged = await startExporter(metrics(''));
    server = await startPrometheus([exporter.address, aged.address]);
  });
  afterAll(async () => {
    await server?.stop();
    await exporter?.close();
    await aged?.close();
  });

  test('is found by PROMETHEUS_URL, and says of each GPU what its exporter does', async () => {
    const through = await open(prometheus, undefined, { PROMETHEUS_URL: server.url });
    const directly = await open(dcgm, { endpoints: [exporter.address] });
    const expected = byGpu(await directly.samples());
    expect(expected).toHaveLength(3);
    expect(expected[1]).toMatchObject({ node: 'node2.example', pod: 'a\\b"c\nd}{ größe 🚀' });
    const seen = await until('all to be scraped', async () => {
      const samples = await through.samples();
      return samples.length === 3 && samples;
    });
    expect(byGpu(seen)).toEqual(expected);
    for (const { at } of seen) {
      expect(at).toBeLessThanOrEqual(Date.now());
      expect(at).toBeGreaterThan(Date.now() - 60_000);
    }
    const checks = await through.connection.diagnose(AbortSignal.timeout(30_000));
    expect(checks).toMatchObject([{ ok: true }, { ok: true }]);
    expect(checks[1]?.message).toMatch(/3 GPUs on 2 machines/);
    await through.connection.close?.();
    await directly.connection.close?.();
  });

  test('a reading has the time at which it was taken, and is gone two minutes later', async () => {
    const { connection, samples } = await open(prometheus, { servers: [{ url: server.url }] });
    // As a gateway prints what it was told a while ago.
    const agedAt = Date.now() - 90_000;
    const labels = 'gpu_id="0",gpu_uuid="old",hostname="tw038"';
    aged.on(metrics(`gpu_gfx_activity{${labels}} 40 ${agedAt}\n`));
    const old = async () => (await samples()).filter(({ gpu }) => gpu === 'old');
    const there = await until('it to be scraped', async () => {
      const found = await old();
      return found.length > 0 && found;
    });
    expect(there).toEqual([
      { at: agedAt, node: 'tw038', gpu: 'old', gpuIndex: 0, utilization: 0.4 },
    ]);
    await until('it to be too old', async () => (await old()).length === 0, 90_000);
    expect(Date.now() - agedAt).toBeGreaterThanOrEqual(115_000);
    await connection.close?.();
  });

  test('a selector reads some; one that the server cannot do is told in its words', async () => {
    const some = await open(prometheus, {
      servers: [{ url: server.url, selector: 'Hostname=~"NODE.*", gpu!="0"' }],
    });
    const found = await until('it to be scraped', async () => {
      const samples = await some.samples();
      return samples.length > 0 && samples;
    });
    expect(found.map(({ gpu }) => gpu)).toEqual(['GPU-1']);
    await some.connection.close?.();
    const wrong = await open(prometheus, {
      servers: [{ url: server.url, selector: 'gpu=~"("' }],
    });
    await expect(wrong.samples()).rejects.toMatchObject({
      kind: 'malformed',
      message: expect.stringMatching(/bad_data.*missing closing \)/),
    });
    await wrong.connection.close?.();
  });

  test('one that asks who it is refuses a stranger, and answers by the variable', async () => {
    const guarded = await startPrometheus([exporter.address], { users: true });
    try {
      const url = guarded.url;
      const stranger = await open(prometheus, { servers: [{ url }] });
      await expect(stranger.samples()).rejects.toMatchObject({ kind: 'denied' });
      await stranger.connection.close?.();
      const env = { LOGIN: `Basic ${Buffer.from('ada:love').toString('base64')}` };
      const servers = [{ url, authorizationVariable: 'LOGIN' }];
      const ada = await open(prometheus, { servers }, env);
      await until('all to be scraped', async () => (await ada.samples()).length === 3);
      await ada.connection.close?.();
    } finally {
      await guarded.stop();
    }
  });

  conformance('prometheus, a real one,', {
    source: prometheus,
    empty: () => ({ surroundings: bareMachine() }),
    ready: () => ({
      surroundings: bareMachine({ env: { PROMETHEUS_URL: server.url } }),
    }),
  });

  test('where an exporter ends, its readings stay as old as they are', async () => {
    const { connection, samples } = await open(prometheus, { servers: [{ url: server.url }] });
    await exporter.close();
    const newest = async () => Math.max(...(await samples()).map(({ at }) => at));
    // A scrape may be under way yet; two seconds later none can be.
    const last = await until('the readings to stand still', async () => {
      const before = await newest();
      return before < Date.now() - 3000 && before;
    });
    const again = await until('more time to pass', async () => {
      const at = await newest();
      return Date.now() - last > 6000 && at;
    });
    expect(again).toBe(last);
    await connection.close?.();
  });

  test('where the server itself ends, it is not reached', async () => {
    const { connection, samples } = await open(prometheus, { servers: [{ url: server.url }] });
    await samples();
    await server.stop();
    await expect(samples()).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('connection refused'),
    });
    await connection.close?.();
  });
});
