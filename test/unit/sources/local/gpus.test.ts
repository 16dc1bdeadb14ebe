import { discover as discoverWithin } from '@burnrate/shared/sources/local/discover.ts';
import { local } from '@burnrate/shared/sources/local/index.ts';
import type { Observable, Observation, Surroundings } from '@burnrate/shared/sources/source.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bareMachine } from '../bare.ts';
import { apps, gpuLine, TestMachine, uuid } from './machine.ts';

const MIB = 1024 * 1024;

let machine: TestMachine;
beforeEach(async () => {
  machine = await TestMachine.start();
});
afterEach(() => machine.close());

async function look(
  what: Observable[],
  section?: Record<string, unknown>,
  surroundings: Surroundings = machine.surroundings,
): Promise<Observation> {
  const settings = local.settings.parse(section);
  const [account] = (await local.discover(surroundings, settings)).accounts;
  if (!account) throw new Error('no account');
  const connection = local.open(account, surroundings, settings);
  return connection.observe({
    what: new Set(what),
    wanted: [],
    signal: AbortSignal.timeout(20_000),
  });
}

async function figures() {
  const { samples = [] } = await look(['telemetry']);
  return samples.map(({ at: _, node: __, ...rest }) => rest);
}

test('what nvidia-smi prints is read in the units of the model', async () => {
  await machine.tool('nvidia-smi', { gpus: gpuLine(0) + gpuLine(1, '0, 4, 81559, 71.02') });
  expect(await figures()).toEqual([
    {
      gpu: uuid(0),
      gpuIndex: 0,
      model: 'NVIDIA H100 80GB HBM3',
      utilization: 0.92,
      memoryUsed: 40123 * MIB,
      memoryTotal: 81559 * MIB,
      power: 512.33,
    },
    {
      gpu: uuid(1),
      gpuIndex: 1,
      model: 'NVIDIA H100 80GB HBM3',
      utilization: 0,
      memoryUsed: 4 * MIB,
      memoryTotal: 81559 * MIB,
      power: 71.02,
    },
  ]);
});

test.each(['[N/A]', '[Not Supported]', 'ERR!', '[Unknown Error]', '[GPU requires reset]', ''])(
  'a figure that is %s is missing, not zero',
  async (text) => {
    await machine.tool('nvidia-smi', {
      gpus: `0, GPU-a, Tesla, Weird, ${text}, ${text}, 81559, ${text}\n`,
    });
    expect(await figures()).toEqual([
      { gpu: 'GPU-a', gpuIndex: 0, model: 'Tesla, Weird', memoryTotal: 81559 * MIB },
    ]);
  },
);

test('what rocm-smi prints is read, old names and new', async () => {
  const card = {
    'Unique ID': '0x719d230578348e8c',
    'GPU use (%)': '37',
    'VRAM Total Memory (B)': '68702699520',
    'VRAM Total Used Memory (B)': '34351349760',
  };
  const { pid } = machine.start('sleep', '600');
  await machine.tool('rocm-smi', {
    gpus: `WARNING: AMD GPU device(s) is/are in a low-power state.\n${JSON.stringify({
      card0: {
        ...card,
        'Card series': 'Instinct MI210',
        'Average Graphics Package Power (W)': '290.0',
      },
      card1: {
        ...card,
        'Unique ID': 'N/A',
        'Card Series': 'AMD Instinct MI300X',
        'Current Socket Graphics Package Power (W)': 'N/A (Secondary die)',
      },
      system: { 'Driver version': '6.10.5' },
    })}\n`,
    apps: `\n\n==== ROCm System Management Interface ====\n==== GPUs Indexed by PID ====\nPID 78912 is using 0 DRM device(s)\nPID ${pid} is using 2 DRM device(s):\n0 \n1 \n====\n==== End of ROCm SMI Log ====\n`,
  });
  const memory = { memoryTotal: 68702699520, memoryUsed: 34351349760, utilization: 0.37 };
  expect(await figures()).toEqual([
    { gpu: '0x719d230578348e8c', gpuIndex: 0, model: 'Instinct MI210', power: 290, ...memory },
    { gpu: 'card1', gpuIndex: 1, model: 'AMD Instinct MI300X', ...memory },
  ]);
  const { jobs } = await look(['jobs']);
  expect(jobs?.map(({ name, shares }) => [name, shares[0]?.gpuIndexes])).toEqual([
    ['sleep', [0, 1]],
  ]);
});

test('where rocm-smi is gone, amd-smi is asked; its list may be wrapped', async () => {
  const { pid } = machine.start('sleep', '600');
  const metrics = [
    {
      gpu: 0,
      usage: { gfx_activity: { value: 47, unit: '%' } },
      mem_usage: {
        total_vram: { value: 294896, unit: 'MB' },
        used_vram: { value: 283, unit: 'MB' },
      },
      power: { socket_power: { value: 239, unit: 'W' } },
    },
    { gpu: 1, usage: 'N/A', mem_usage: 'N/A', power: { socket_power: 'N/A' } },
  ];
  await machine.tool('amd-smi', {
    gpus: JSON.stringify({ gpu_data: metrics }),
    list: JSON.stringify([{ gpu: 0, bdf: '0000:05:00.0', uuid: '1-2-3' }]),
    static: JSON.stringify({
      gpu_data: [{ gpu: 0, asic: { market_name: 'AMD Instinct MI355X' } }],
    }),
    apps: JSON.stringify([
      { gpu: 0, process_list: [{ process_info: { name: 'python', pid } }] },
      { gpu: 1, process_list: [{ process_info: 'No running processes detected' }] },
    ]),
  });
  expect(await figures()).toEqual([
    {
      gpu: '1-2-3',
      gpuIndex: 0,
      model: 'AMD Instinct MI355X',
      utilization: 0.47,
      memoryUsed: 283 * MIB,
      memoryTotal: 294896 * MIB,
      power: 239,
    },
    { gpu: 'gpu1', gpuIndex: 1 },
  ]);
  expect((await look(['jobs'])).jobs?.map(({ shares }) => shares[0]?.gpuIndexes)).toEqual([[0]]);
});

test("two makers' GPUs in one machine are counted on", async () => {
  await machine.tool('nvidia-smi', { gpus: gpuLine(0) + gpuLine(1), apps: '' });
  const { pid } = machine.start('sleep', '600');
  await machine.tool('rocm-smi', {
    gpus: JSON.stringify({ card0: { 'GPU use (%)': '5' } }),
    apps: `PID ${pid} is using 1 DRM device(s):\n0 \n`,
  });
  const { nodes, jobs } = await look(['nodes', 'jobs']);
  expect(nodes?.[0]?.gpus).toEqual({ count: 3, model: 'NVIDIA H100 80GB HBM3' });
  expect(jobs?.[0]?.shares[0]?.gpuIndexes).toEqual([2]);
});

test("one maker's tool that fails costs nothing of the other's, nor their numbers", async () => {
  await machine.tool('nvidia-smi', { gpus: gpuLine(0), apps: '' });
  await machine.tool('rocm-smi', { gpus: JSON.stringify({ card0: {} }), apps: '' });
  const settings = local.settings.parse(undefined);
  const [account] = (await local.discover(machine.surroundings, settings)).accounts;
  if (!account) throw new Error('no account');
  const connection = local.open(account, machine.surroundings, settings);
  const observe = () =>
    connection.observe({
      what: new Set<Observable>(['nodes', 'telemetry']),
      wanted: [],
      signal: AbortSignal.timeout(20_000),
    });
  const indexes = ({ samples = [] }: Observation) => samples.map(({ gpuIndex }) => gpuIndex);
  expect(indexes(await observe())).toEqual([0, 1]);
  await machine.tool('nvidia-smi', { fails: 'GPU is lost. Reboot the system.', code: '15' });
  const after = await observe();
  expect(indexes(after)).toEqual([1]);
  expect(after.partial?.map(({ kind, message }) => `${kind} ${message}`)).toEqual([
    'unreachable nvidia-smi: GPU is lost. Reboot the system.',
  ]);
});

test('a rocm-smi without its driver prints nothing, and is no failure', async () => {
  await machine.tool('nvidia-smi', { gpus: gpuLine(0), apps: '' });
  await machine.tool('rocm-smi', { gpus: '\n' });
  expect((await look(['nodes'])).partial).toBeUndefined();
});

test('the machine is a node of mine, running since it was started, at the price that I say', async () => {
  await machine.tool('nvidia-smi', { gpus: gpuLine(0), apps: apps() });
  const { nodes } = await look(['nodes'], { pricePerHour: 1.25 });
  expect(nodes).toHaveLength(1);
  expect(nodes?.[0]).toMatchObject({
    state: 'running',
    mine: true,
    owner: machine.surroundings.user.name,
    rate: { microsPerHour: 1_250_000, provenance: 'list', basis: 'your burnrate.yaml' },
  });
  expect(nodes?.[0]?.launchedAt).toBeLessThan(Date.now());
  expect((await look(['nodes'])).nodes?.[0]).not.toHaveProperty('rate');
});

test('a rented container costs from its own start, not from that of the machine that it is on', async () => {
  await machine.tool('nvidia-smi', { gpus: gpuLine(0) });
  const files: Record<string, string> = {
    '/proc/stat': 'cpu  1 2 3\ncpu0 1 2 3\ncpu1 1 2 3\nbtime 1790000000\n',
    '/proc/1/stat': `1 (a (b) c) S 0 1 1 ${'0 '.repeat(15)}360000 1 2 3\n`,
    '/proc/sys/kernel/hostname': 'pod-7\n',
  };
  const surroundings: Surroundings = {
    ...machine.surroundings,
    readFile: (path) => Promise.resolve(files[path]),
  };
  expect((await look(['nodes'], {}, surroundings)).nodes?.[0]).toMatchObject({
    name: 'pod-7',
    cores: 2,
    launchedAt: 1790000000_000 + 3600_000,
  });
});

test('on a cloud, the machine has the name that its cloud gave it; what images share is none', async () => {
  await machine.tool('nvidia-smi', { gpus: gpuLine(0) });
  const aliases = async (files: Record<string, string>) => {
    const surroundings: Surroundings = {
      ...machine.surroundings,
      readFile: (path) => Promise.resolve(files[path]),
    };
    return (await look(['nodes'], {}, surroundings)).nodes?.[0]?.aliases;
  };
  const hostname = { '/proc/sys/kernel/hostname': 'IP-10-0-0-1\n' };
  const tag = '/sys/devices/virtual/dmi/id/board_asset_tag';
  const cloudInit = '/var/lib/cloud/data/instance-id';
  expect(
    await aliases({
      ...hostname,
      [tag]: 'i-0abcdef1234567890\n',
      [cloudInit]: 'i-0abcdef1234567890\n',
    }),
  ).toEqual(['ip-10-0-0-1', 'i-0abcdef1234567890']);
  expect(await aliases({ ...hostname, [cloudInit]: '4711081542231999999\n' })).toEqual([
    'ip-10-0-0-1',
    '4711081542231999999',
  ]);
  expect(
    await aliases({ ...hostname, [tag]: 'Default string\n', [cloudInit]: 'iid-local01\n' }),
  ).toEqual(['ip-10-0-0-1']);
});

test('a machine without GPUs is no account; one whose driver fails is, and says so', async () => {
  const discover = (section?: unknown) =>
    local.discover(machine.surroundings, local.settings.parse(section));
  expect(await local.discover(bareMachine(), local.settings.parse(undefined))).toEqual({
    accounts: [],
    looked: [
      'nvidia-smi, /usr/lib/wsl/lib/nvidia-smi: not installed',
      'rocm-smi, /opt/rocm/bin/rocm-smi: not installed',
      'amd-smi, /opt/rocm/bin/amd-smi: not installed',
    ],
  });
  await machine.tool('nvidia-smi', { gpus: 'No devices were found\n' });
  expect((await discover()).accounts).toEqual([]);
  await machine.tool('nvidia-smi', {
    fails: 'Failed to initialize NVML: Driver/library version mismatch\n',
    code: '18',
  });
  const { accounts } = await discover();
  expect(accounts.map(({ foundIn }) => foundIn)).toEqual([
    'nvidia-smi: Failed to initialize NVML: Driver/library version mismatch',
  ]);
  await expect(look(['nodes'])).rejects.toMatchObject({
    kind: 'unreachable',
    remedy: expect.stringContaining('restart this machine'),
  });
  await machine.tool('nvidia-smi', { hang: '' });
  const hung = await discoverWithin(machine.surroundings, local.settings.parse(undefined), 300);
  expect(hung.accounts.map(({ foundIn }) => foundIn)).toEqual(['nvidia-smi: no answer']);
  expect(await discover({ enabled: false })).toEqual({
    accounts: [],
    looked: ['burnrate.yaml, sources.local.enabled: false'],
  });
});
