import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '@burnrate/shared/model/time.ts';
import { dcgm } from '@burnrate/shared/sources/dcgm/index.ts';
import type { Connection, Observable, SourceError } from '@burnrate/shared/sources/source.ts';
import { afterEach, expect, test } from 'vitest';
import { bareMachine } from '../bare.ts';
import {
  type Exporter,
  gpu,
  hang,
  metrics,
  openExporters,
  startExporter,
  status,
  zipped,
} from './exporter.ts';

const TELEMETRY: ReadonlySet<Observable> = new Set<Observable>(['telemetry']);
const MIB = 1024 * 1024;

const open: { close?(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close?.();
});

async function exporter(handler: Parameters<Exporter['on']>[0]): Promise<Exporter> {
  const started = await startExporter(handler);
  open.push(started);
  return started;
}

async function connect(
  endpoints: string[],
  settings: Record<string, unknown> = {},
  surroundings = bareMachine(),
): Promise<Connection> {
  const connection = await openExporters({ endpoints, ...settings }, surroundings);
  open.unshift(connection);
  return connection;
}

function look(connection: Connection, stopped: ReadonlySet<string> = new Set()) {
  const signal = AbortSignal.timeout(15_000);
  return connection.observe({ what: TELEMETRY, wanted: [], stopped, signal });
}

async function failureOf(connection: Connection): Promise<SourceError> {
  try {
    await look(connection);
  } catch (error) {
    return error as SourceError;
  }
  throw new Error('it was read');
}

async function sampleOf(body: string) {
  const { address } = await exporter(metrics(body));
  const { samples = [], partial } = await look(await connect([address]));
  expect(partial).toBeUndefined();
  expect(samples).toHaveLength(1);
  const { at: _, ...sample } = samples[0] ?? { at: 0 };
  return sample;
}

test('all that is known of a GPU becomes one sample, in the units of the model', async () => {
  const body = gpu(
    {
      DCGM_FI_DEV_GPU_UTIL: 57,
      DCGM_FI_PROF_GR_ENGINE_ACTIVE: '0.250000',
      DCGM_FI_PROF_PIPE_TENSOR_ACTIVE: '1.000400',
      DCGM_FI_DEV_FB_USED: 1000,
      DCGM_FI_DEV_FB_FREE: 500,
      DCGM_FI_DEV_FB_RESERVED: 12,
      DCGM_FI_DEV_POWER_USAGE: '301.254000',
      DCGM_FI_PROF_PCIE_TX_BYTES: '1.5e+09',
      DCGM_FI_PROF_PCIE_RX_BYTES: 7,
      DCGM_FI_PROF_NVLINK_TX_BYTES: 8,
      DCGM_FI_PROF_NVLINK_RX_BYTES: 9,
      DCGM_FI_DEV_SM_CLOCK: 1980,
    },
    { gpu: '3', Hostname: 'GPU-Node-7', hpc_job: '4711', pod: 'p', namespace: 'n', container: 'c' },
  );
  expect(await sampleOf(body)).toEqual({
    node: 'gpu-node-7',
    gpu: 'GPU-0',
    gpuIndex: 3,
    model: 'NVIDIA H100',
    utilization: 0.57,
    engineActive: 0.25,
    tensorActive: 1,
    memoryUsed: 1000 * MIB,
    memoryTotal: 1512 * MIB,
    power: 301.254,
    pcieTx: 1.5e9,
    pcieRx: 7,
    nvlinkTx: 8,
    nvlinkRx: 9,
    slurmJob: '4711',
    pod: 'p',
    namespace: 'n',
    container: 'c',
  });
});

test.each([
  '9223372036854775794',
  '9223372036854775792',
  '9.223372036854776e+18',
  '2147483632',
  '2147483635',
  '140737488355328.000000',
  '140737488355330.000000',
  'NaN',
  '+Inf',
  '-1',
])('%s is no reading, and never a number', async (value) => {
  const sample = await sampleOf(
    gpu({ DCGM_FI_DEV_GPU_UTIL: value, DCGM_FI_DEV_POWER_USAGE: value, DCGM_FI_DEV_FB_USED: 0 }),
  );
  expect(sample).not.toHaveProperty('utilization');
  expect(sample).not.toHaveProperty('power');
  expect(sample).toHaveProperty('memoryUsed', 0);
});

test("AMD's exporter is read as well", async () => {
  const labels =
    'gpu_id="5",gpu_uuid="ccff74a1",hostname="tw038",card_series="AMD Instinct MI300X"';
  const body = `gpu_gfx_activity{${labels}} 40\ngpu_used_vram{${labels}} 3\ngpu_package_power{${labels}} 65535\n`;
  expect(await sampleOf(body)).toEqual({
    node: 'tw038',
    gpu: 'ccff74a1',
    gpuIndex: 5,
    model: 'AMD Instinct MI300X',
    utilization: 0.4,
    memoryUsed: 3 * MIB,
  });
});

test('a GPU that two jobs share names neither', async () => {
  const shared =
    gpu({ DCGM_FI_DEV_GPU_UTIL: 5 }, { hpc_job: '1' }) +
    gpu({ DCGM_FI_DEV_GPU_UTIL: 5 }, { hpc_job: '2' });
  expect(await sampleOf(shared)).not.toHaveProperty('slurmJob');
});

test('each part of a partitioned GPU is read by itself, and does not draw the power of all', async () => {
  const part = (id: string, active: string) =>
    gpu(
      { DCGM_FI_PROF_GR_ENGINE_ACTIVE: active, DCGM_FI_DEV_POWER_USAGE: 300 },
      { GPU_I_PROFILE: '1g.10gb', GPU_I_ID: id, pod: `pod-${id}` },
    );
  const { address } = await exporter(metrics(part('7', '0.9') + part('8', '0.1')));
  const { samples = [] } = await look(await connect([address]));
  expect(samples.map(({ at: _, ...rest }) => rest)).toEqual([
    {
      node: 'node1',
      gpu: 'GPU-0/7',
      gpuIndex: 0,
      model: 'NVIDIA H100 (MIG 1g.10gb)',
      engineActive: 0.9,
      pod: 'pod-7',
    },
    {
      node: 'node1',
      gpu: 'GPU-0/8',
      gpuIndex: 0,
      model: 'NVIDIA H100 (MIG 1g.10gb)',
      engineActive: 0.1,
      pod: 'pod-8',
    },
  ]);
});

test.each([
  [{ Hostname: 'Node1.Example' }, 'node1.example'],
  [{ Hostname: '' }, '127.0.0.1'],
  [{ Hostname: '', hostname: 'new' }, 'new'],
  [
    { Hostname: 'dcgm-exporter-x7k2p', node: 'ip-10-0-0-1.ec2.internal' },
    'ip-10-0-0-1.ec2.internal',
  ],
  [{ Hostname: 'gpu-01', node: 'pool-a' }, 'gpu-01'],
  [{ Hostname: 'dcgm-exporter-x7k2p' }, 'dcgm-exporter-x7k2p'],
])('the machine of %j is %s', async (labels, node) => {
  expect(
    await sampleOf(gpu({ DCGM_FI_DEV_GPU_UTIL: 1 }, labels as Record<string, string>)),
  ).toMatchObject({ node });
});

test('the job is named by what a Prometheus between us has put aside', async () => {
  const labels = {
    pod: 'dcgm-exporter-x',
    exported_pod: 'train-0',
    namespace: 'gpu-operator',
    exported_namespace: 'research',
  };
  expect(await sampleOf(gpu({ DCGM_FI_DEV_GPU_UTIL: 1 }, labels))).toMatchObject({
    pod: 'train-0',
    namespace: 'research',
  });
});

test('an answer in gzip is read, over one connection that stays open', async () => {
  const server = await exporter(zipped(gpu({ DCGM_FI_DEV_GPU_UTIL: 10 })));
  const connection = await connect([server.address]);
  for (const _ of [1, 2, 3]) expect((await look(connection)).samples).toHaveLength(1);
  expect(server.asked).toHaveLength(3);
  expect(server.connections).toBe(1);
});

test('what fails is said by exporter, and disturbs none of the others', async () => {
  const good = await exporter(metrics(gpu({ DCGM_FI_DEV_GPU_UTIL: 10 })));
  const page = await exporter(
    status(200, { 'Content-Type': 'text/html; charset=utf-8' }, '<html>'),
  );
  const silent = await exporter(hang);
  const gone = await exporter(hang);
  await gone.close();
  const connection = await connect(
    [good, page, silent, gone].map(({ address }) => address),
    {
      timeoutSeconds: 0.5,
    },
  );
  const { samples, partial = [] } = await look(connection);
  expect(samples).toHaveLength(1);
  const [summary, ...each] = partial;
  expect(summary?.message).toMatch(/^3 of 4 exporters could not be read: /);
  expect(each.map(({ kind, message }) => `${kind} ${message}`).sort()).toEqual(
    [
      `malformed ${page.address}: an HTML page instead of metrics`,
      `unreachable ${silent.address}: no answer in time`,
      `unreachable ${gone.address}: connection refused`,
    ].sort(),
  );
  const checks = await connection.diagnose(AbortSignal.timeout(10_000));
  expect(checks[0]).toEqual({
    capability: 'connect',
    ok: true,
    message: '1 of 4 exporters answered',
  });
  expect(checks.filter(({ ok }) => !ok)).toHaveLength(3);
});

test('a line that makes no sense is said, and costs no more than itself', async () => {
  const hostile = 'DCGM_FI_DEV_GPU_UTIL{gpu="1",pod="a"b"} 1\n';
  const { address } = await exporter(metrics(gpu({ DCGM_FI_DEV_GPU_UTIL: 10 }) + hostile));
  const { samples, partial } = await look(await connect([address]));
  expect(samples).toHaveLength(1);
  expect(partial?.[0]?.message).toContain('1 of 3 lines make no sense, the first is line 3');
});

test.each([
  ['an HTML page by any other type', metrics('\n<!DOCTYPE html><html></html>'), 'HTML page'],
  ['nothing', metrics(''), 'nothing'],
  ['metrics of something else', metrics('# TYPE up gauge\nup 1\n'), 'none of GPUs'],
  ['a page that is not there', status(404), 'status 404'],
  [
    'another address',
    status(302, { Location: 'https://login.example/' }),
    'https://login.example/',
  ],
  [
    'bytes that are no gzip',
    status(200, { 'Content-Encoding': 'gzip' }, 'not gzip'),
    'Z_DATA_ERROR',
  ],
])('%s is not taken for readings', async (_, handler, message) => {
  const { address } = await exporter(handler);
  const failure = await failureOf(await connect([address]));
  expect(failure).toMatchObject({ kind: 'malformed', message: expect.stringContaining(message) });
  expect(failure.message).toContain(address);
});

test.each([['plain'], ['gzip']])(
  'an exposition of 500 MB (%s) is cut off early, not kept',
  async (encoding) => {
    const line = `DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-0",Hostname="n"} 1\n`;
    let sent = 0;
    const total = 500 * 1024 * 1024;
    const chunk = Buffer.from(line.repeat(Math.ceil((256 * 1024) / line.length)));
    const { createGzip } = await import('node:zlib');
    const { address } = await exporter((_, response) => {
      response.writeHead(200, {
        'Content-Type': 'text/plain',
        ...(encoding === 'gzip' && { 'Content-Encoding': 'gzip' }),
      });
      const out = encoding === 'gzip' ? createGzip() : response;
      if (out !== response) out.pipe(response);
      const more = () => {
        while (sent < total && !response.destroyed) {
          sent += chunk.length;
          if (!out.write(chunk)) return;
        }
        out.end();
      };
      out.on('drain', more);
      out.on('error', () => undefined);
      more();
    });
    const failure = await failureOf(await connect([address], { timeoutSeconds: 10 }));
    expect(failure).toMatchObject({
      kind: 'malformed',
      message: expect.stringContaining('more than 8 MB'),
    });
    // Some of it is on its way in buffers, of the system and of gzip; far from all of it.
    expect(sent).toBeLessThan(total / 2);
  },
);

test('an exporter that asks for a pause is left alone, while the others are asked', async () => {
  let now = 1_800_000_000_000;
  const clock = { ...systemClock, now: () => now };
  const tired = await exporter(status(503, { 'Retry-After': '60' }));
  const good = await exporter(metrics(gpu({ DCGM_FI_DEV_GPU_UTIL: 10 })));
  const connection = await connect([tired.address, good.address], {}, bareMachine({ clock }));
  for (const _ of [1, 2]) expect((await look(connection)).partial?.[0]?.kind).toBe('throttled');
  expect(tired.asked).toHaveLength(1);
  expect(good.asked).toHaveLength(2);
  tired.on(metrics(gpu({ DCGM_FI_DEV_GPU_UTIL: 10 }, { UUID: 'GPU-1' })));
  now += 61_000;
  const after = await look(connection);
  expect(after.samples).toHaveLength(2);
  expect(after.partial).toBeUndefined();
});

test('an exporter that never answers holds up the others less and less', async () => {
  let now = 1_800_000_000_000;
  const clock = { ...systemClock, now: () => now };
  const deaf = await exporter(() => {});
  const good = await exporter(metrics(gpu({ DCGM_FI_DEV_GPU_UTIL: 10 })));
  const settings = { timeoutSeconds: 1 };
  const addresses = [deaf.address, good.address];
  const connection = await connect(addresses, settings, bareMachine({ clock }));
  for (const asked of [1, 2, 2, 2]) {
    expect((await look(connection)).partial?.[0]?.kind).toBe('unreachable');
    expect(deaf.asked).toHaveLength(asked);
  }
  expect(good.asked).toHaveLength(4);
  now += 11_000;
  await look(connection);
  expect(deaf.asked).toHaveLength(3);
  now += 11_000;
  await look(connection);
  expect(deaf.asked).toHaveLength(3);
  // The doctor does not wait, and what answers again is read at once.
  deaf.on(metrics(gpu({ DCGM_FI_DEV_GPU_UTIL: 10 }, { UUID: 'GPU-1' })));
  await connection.diagnose(AbortSignal.timeout(15_000));
  expect((await look(connection)).samples).toHaveLength(2);
});

test('the header of the variable is sent, and to nobody else', async () => {
  const server = await exporter(metrics(gpu({ DCGM_FI_DEV_GPU_UTIL: 10 })));
  const surroundings = bareMachine({ env: { TOKEN: 'Bearer abc' } });
  await look(await connect([server.address], { authorizationVariable: 'TOKEN' }, surroundings));
  expect(server.asked[0]?.headers.authorization).toBe('Bearer abc');
  expect(server.asked[0]?.url).toBe('/metrics');
  await look(await connect([server.address]));
  expect(server.asked[1]?.headers.authorization).toBeUndefined();
});

test('a thousand exporters are one account and one reading', async () => {
  const server = await exporter((request, response) => {
    const id = /\d+/.exec(request.url ?? '')?.[0] ?? '';
    metrics(gpu({ DCGM_FI_DEV_GPU_UTIL: 10 }, { UUID: `GPU-${id}`, Hostname: `node${id}` }))(
      request,
      response,
    );
  });
  const endpoints = Array.from({ length: 1000 }, (_, id) => `http://${server.address}/${id}`);
  const settings = dcgm.settings.parse({ endpoints });
  const { accounts } = await dcgm.discover(bareMachine(), settings);
  expect(accounts.map(({ name }) => name)).toEqual(['1,000 exporters']);
  const connection = await connect([...endpoints, '127.0.0.1:1']);
  const { samples, partial } = await look(connection);
  expect(partial?.map(({ message }) => message)).toEqual(['127.0.0.1:1: connection refused']);
  expect(new Set(samples?.map(({ node }) => node)).size).toBe(1000);
  const checks = await connection.diagnose(AbortSignal.timeout(20_000));
  expect(checks.map(({ message }) => message)).toEqual([
    '1,000 of 1,001 exporters answered',
    '1,000 exporters: 1,000 GPUs',
    '127.0.0.1:1: connection refused',
  ]);
});

test('without a word, the exporter of this machine is found where it answers', async () => {
  const server = await exporter(metrics(gpu({ DCGM_FI_DEV_GPU_UTIL: 10 })));
  const at = (address: string) =>
    dcgm.discover(
      bareMachine({ env: { DCGM_EXPORTER_LISTEN: address } }),
      dcgm.settings.parse(undefined),
    );
  expect((await at(server.address)).accounts).toEqual([
    {
      id: 'dcgm:local',
      source: 'dcgm',
      name: server.address,
      foundIn: `http://${server.address}/metrics`,
      options: { endpoints: [server.address] },
    },
  ]);
  server.on(status(200, { 'Content-Type': 'text/html' }, '<html>'));
  const { accounts, looked } = await at(server.address);
  expect(accounts).toEqual([]);
  expect(looked).toContain(`http://${server.address}/metrics: an HTML page instead of metrics`);
});

test('an exporter that is silent because its machine was stopped is no failure', async () => {
  const on = (host: string) => metrics(gpu({ DCGM_FI_DEV_GPU_UTIL: 57 }, { Hostname: host }));
  const [first, second] = [await exporter(on('gpu-1')), await exporter(on('gpu-2'))];
  const connection = await connect([first.address, second.address]);
  expect((await look(connection)).samples).toHaveLength(2);
  await second.close();
  expect((await look(connection)).partial).toHaveLength(1);
  // Another machine's end explains nothing.
  expect((await look(connection, new Set(['gpu-1']))).partial).toHaveLength(1);
  const after = await look(connection, new Set(['gpu-2']));
  expect(after.partial).toBeUndefined();
  expect(after.samples?.map(({ node }) => node)).toEqual(['gpu-1']);
  // All of them may be off: then there is nothing to read, and nothing wrong.
  await first.close();
  const none = await look(connection, new Set(['gpu-1', 'gpu-2']));
  expect(none.samples).toEqual([]);
  expect(none.partial).toBeUndefined();
});

// https://docs.vllm.ai/en/latest/usage/metrics/
const VLLM = `# TYPE vllm:prompt_tokens_total counter
vllm:prompt_tokens_total{engine="0",model_name="llama"} 1.2e+06
vllm:generation_tokens_total{engine="0",model_name="llama"} 340000
vllm:generation_tokens_total{engine="1",model_name="llama"} 60000
vllm:num_requests_running{engine="0",model_name="llama"} 4
`;

test('the tokens of an inference server are read, for the job that its user names', async () => {
  const server = await exporter(metrics(VLLM));
  const surroundings = bareMachine();
  const services = [{ url: server.address, job: 'serve-llama' }];
  const settings = dcgm.settings.parse({ services });
  const { accounts } = await dcgm.discover(surroundings, settings);
  const account = accounts.find(({ id }) => id === 'dcgm:services');
  if (!account) throw new Error('no account');
  const connection = dcgm.open(account, surroundings, settings);
  open.unshift(connection);
  const { samples, progress = [] } = await look(connection);
  expect(samples).toEqual([]);
  expect(progress.map(({ counter, value }) => [counter, value])).toEqual([
    ['tokens', 1_200_000],
    ['tokens', 340_000],
    ['tokens', 60_000],
  ]);
  expect(new Set(progress.map(({ series }) => series)).size).toBe(3);
  for (const { of } of progress) expect(of).toEqual({ host: '127.0.0.1', job: 'serve-llama' });
  const checks = await connection.diagnose(AbortSignal.timeout(15_000));
  expect(checks.every(({ ok }) => ok)).toBe(true);
  expect(checks.at(-1)?.message).toContain('3 of a job');
});

test('an exporter that writes what it wrote before is read as now, and what it changes is read', async () => {
  const body = (util: number) =>
    gpu({ DCGM_FI_DEV_GPU_UTIL: util }) + gpu({ DCGM_FI_DEV_POWER_USAGE: 500 });
  const { address, on } = await exporter(metrics(body(90)));
  const connection = await connect([address]);
  const read = async () => {
    const { samples = [] } = await look(connection);
    return samples.map(({ at, utilization, power }) => ({ at, utilization, power }));
  };
  const [first] = await read();
  await pause(5);
  const [again] = await read();
  expect(again).toEqual({ ...first, at: again?.at });
  expect(again?.at).toBeGreaterThan(first?.at ?? Number.POSITIVE_INFINITY);
  on(metrics(body(20)));
  expect(await read()).toMatchObject([{ utilization: 0.2, power: 500 }]);
  on(metrics(gpu({ DCGM_FI_DEV_GPU_UTIL: 20 })));
  expect(await read()).toEqual([expect.objectContaining({ utilization: 0.2, power: undefined })]);
  on(metrics(''));
  expect((await failureOf(connection)).message).toContain('nothing');
  on(metrics(gpu({ DCGM_FI_DEV_GPU_UTIL: 20 })));
  expect(await read()).toMatchObject([{ utilization: 0.2 }]);
});
