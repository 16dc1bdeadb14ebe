import { expect, test } from 'vitest';
import { look, samplesOf } from './open.ts';
import { gpu, matrix, zipped } from './server.ts';

const MIB = 1024 * 1024;
const AT = 1_760_000_000.25;

test('all series of a GPU become one sample, in the units of the model, at their own time', async () => {
  const values = {
    DCGM_FI_DEV_GPU_UTIL: 57,
    DCGM_FI_PROF_GR_ENGINE_ACTIVE: '0.25',
    DCGM_FI_PROF_PIPE_TENSOR_ACTIVE: '1.0004',
    DCGM_FI_DEV_FB_USED: 1000,
    DCGM_FI_DEV_FB_FREE: 500,
    DCGM_FI_DEV_POWER_USAGE: '301.254',
    DCGM_FI_PROF_PCIE_TX_BYTES: '1.5e+09',
  };
  const labels = { gpu: '3', Hostname: 'GPU-Node-7', hpc_job: '4711' };
  expect(await samplesOf(gpu(values, labels, AT))).toEqual([
    {
      at: 1_760_000_000_250,
      node: 'gpu-node-7',
      gpu: 'GPU-0',
      gpuIndex: 3,
      model: 'NVIDIA H100',
      utilization: 0.57,
      engineActive: 0.25,
      tensorActive: 1,
      memoryUsed: 1000 * MIB,
      memoryTotal: 1500 * MIB,
      power: 301.254,
      pcieTx: 1.5e9,
      slurmJob: '4711',
    },
  ]);
});

// https://github.com/ROCm/device-metrics-exporter/blob/main/docs/configuration/metricslist.md
test.each(['', 'amd_'])('GPUs of AMD, whose names begin with "%s"', async (prefix) => {
  const names = {
    gpu_gfx_activity: 40,
    gpu_used_vram: 1024,
    gpu_total_vram: 196_592,
    gpu_package_power: 512,
    gpu_power_usage: 65_535,
  };
  const series = Object.entries(names).map(([name, value]) => {
    const metric = {
      __name__: prefix + name,
      card_model: '102-G30211-0C',
      card_series: 'AMD Instinct MI300X OAM',
      gpu_id: '2',
      gpu_uuid: 'ccff74a1-0000-1000-80e0-c6d49f5b0d86',
      gpu_partition_id: '0',
      hostname: 'tw038',
      job_id: '8',
      pod: '',
      serial_number: '692409005408',
    };
    return [metric, [AT, String(value)]] as [typeof metric, [number, string]];
  });
  expect(await samplesOf(series)).toEqual([
    {
      at: 1_760_000_000_250,
      node: 'tw038',
      gpu: 'ccff74a1-0000-1000-80e0-c6d49f5b0d86',
      gpuIndex: 2,
      model: 'AMD Instinct MI300X OAM',
      utilization: 0.4,
      memoryUsed: 1024 * MIB,
      memoryTotal: 196_592 * MIB,
      power: 512,
      slurmJob: '8',
    },
  ]);
});

test.each(['65535', '4294967295', '18446744073709551615', '255'])(
  'of AMD, an activity of %s is none',
  async (value) => {
    const [sample] = await samplesOf(gpu({ gpu_gfx_activity: value, gpu_package_power: 255 }));
    expect(sample).not.toHaveProperty('utilization');
    expect(sample).toHaveProperty('power', 255);
  },
);

test.each(['9223372036854775794', '2147483632', '+Inf', '-Inf', '-1', 'NaN'])(
  '%s is no reading, and never a number',
  async (value) => {
    const [sample] = await samplesOf(gpu({ DCGM_FI_DEV_GPU_UTIL: value, DCGM_FI_DEV_FB_USED: 0 }));
    expect(sample).not.toHaveProperty('utilization');
    expect(sample).toHaveProperty('memoryUsed', 0);
  },
);

test('a pod that has left the GPU is not its user any more, nor is its job', async () => {
  const before = { pod: 'old', namespace: 'n', hpc_job: '1' };
  const samples = await samplesOf([
    ...gpu({ DCGM_FI_DEV_GPU_UTIL: 100, DCGM_FI_DEV_POWER_USAGE: 700 }, before, AT - 15),
    ...gpu({ DCGM_FI_DEV_GPU_UTIL: 3 }, { pod: 'new', namespace: 'n', hpc_job: '2' }, AT),
  ]);
  expect(samples).toHaveLength(1);
  expect(samples[0]).toMatchObject({ utilization: 0.03, pod: 'new', slurmJob: '2' });
  expect(samples[0]).not.toHaveProperty('power');
});

test('a series whose latest value is none has ended, and its labels are of the past', async () => {
  const ended = { pod: 'old', namespace: 'n', hpc_job: '1' };
  const samples = await samplesOf([
    ...gpu({ DCGM_FI_DEV_GPU_UTIL: 'NaN' }, ended, AT),
    ...gpu({ DCGM_FI_DEV_GPU_UTIL: 3 }, { pod: 'new', namespace: 'n', hpc_job: '2' }, AT),
    ...gpu({ DCGM_FI_DEV_GPU_UTIL: 'NaN' }, { UUID: 'GPU-1' }, AT),
  ]);
  expect(samples).toHaveLength(1);
  expect(samples[0]).toMatchObject({ utilization: 0.03, pod: 'new', slurmJob: '2' });
});

test('what two servers of a pair have scraped is one GPU, as the later saw it', async () => {
  const samples = await samplesOf([
    ...gpu({ DCGM_FI_DEV_GPU_UTIL: 80 }, { prometheus_replica: 'b' }, AT),
    ...gpu({ DCGM_FI_DEV_GPU_UTIL: 20 }, { prometheus_replica: 'a' }, AT - 4),
  ]);
  expect(samples.map(({ utilization }) => utilization)).toEqual([0.8]);
});

test('each GPU is as old as its own readings', async () => {
  const samples = await samplesOf([
    ...gpu({ DCGM_FI_DEV_GPU_UTIL: 1 }, {}, AT),
    ...gpu({ DCGM_FI_DEV_GPU_UTIL: 2 }, { UUID: 'GPU-1' }, AT - 60),
    ...gpu({ DCGM_FI_DEV_GPU_UTIL: 3 }, { Hostname: 'node2' }, AT - 90),
  ]);
  expect(samples.map(({ node, gpu, at }) => [node, gpu, at - AT * 1000])).toEqual([
    ['node1', 'GPU-0', 0],
    ['node1', 'GPU-1', -60_000],
    ['node2', 'GPU-0', -90_000],
  ]);
});

test.each([
  ['the exported labels are the workload', { exported_pod: 'train-0', exported_namespace: 'ml' }],
  ['nobody uses the GPU, and the pod is the exporter', {}],
])('in Kubernetes, where %s', async (_, exported) => {
  const scraped = {
    pod: 'dcgm-exporter-x7k2p',
    namespace: 'gpu-operator',
    container: 'nvidia-dcgm-exporter',
    Hostname: 'dcgm-exporter-x7k2p',
    node: 'gke-pool-1',
  };
  const [sample] = await samplesOf(gpu({ DCGM_FI_DEV_GPU_UTIL: 1 }, { ...scraped, ...exported }));
  expect(sample?.node).toBe('gke-pool-1');
  expect(sample?.pod).toBe('exported_pod' in exported ? 'train-0' : undefined);
  expect(sample?.namespace).toBe('exported_pod' in exported ? 'ml' : undefined);
});

test.each([
  [{ Hostname: '' }, 'node1'],
  [{ Hostname: '', instance: '[fd00::1]:9400' }, 'fd00::1'],
  [{ Hostname: '', kubernetes_node: 'K8S-Node' }, 'k8s-node'],
  [{ exported_Hostname: 'inner' }, 'inner'],
])('the machine of %o is %s', async (labels, node) => {
  const [sample] = await samplesOf(gpu({ DCGM_FI_DEV_GPU_UTIL: 1 }, labels));
  expect(sample?.node).toBe(node);
});

test('by a server whose clock is ahead, a reading is of now, not of the future', async () => {
  const ahead = Date.now() / 1000 + 3600;
  const [sample] = await samplesOf(gpu({ DCGM_FI_DEV_GPU_UTIL: 1 }, {}, ahead));
  expect(sample?.at).toBeLessThanOrEqual(Date.now());
  expect(sample?.at).toBeGreaterThan(Date.now() - 60_000);
});

test('a GPU on no machine is told, and the others are read', async () => {
  const nowhere = { Hostname: '', instance: '', UUID: 'GPU-9' };
  const { seen } = await look(
    matrix([
      ...gpu({ DCGM_FI_DEV_GPU_UTIL: 1 }, nowhere),
      ...gpu({ DCGM_FI_DEV_GPU_UTIL: 1 }, { UUID: 'GPU-1' }),
    ]),
  );
  expect(seen?.samples?.map(({ gpu }) => gpu)).toEqual(['GPU-1']);
  expect(seen?.partial?.[0]?.message).toMatch(/1 GPU.*neither Hostname nor node nor instance/);
});

test('no series are no samples, and no failure', async () => {
  const { seen } = await look(matrix([]));
  expect(seen?.samples).toEqual([]);
  expect(seen?.partial).toBeUndefined();
});

test('histograms and series of other names are passed over', async () => {
  const body = JSON.stringify({
    status: 'success',
    data: {
      resultType: 'matrix',
      result: [
        { metric: { __name__: 'DCGM_FI_DEV_GPU_UTIL', UUID: 'x' }, histograms: [] },
        { metric: { __name__: 'up' }, values: [[AT, '1']] },
        { metric: {}, values: [[AT, '1']] },
      ],
    },
  });
  expect((await look({ body })).seen?.samples).toEqual([]);
});

test('a compressed answer is read', async () => {
  const reply = matrix(gpu({ DCGM_FI_DEV_GPU_UTIL: 50 }));
  if (typeof reply === 'string') throw new Error('no answer');
  const { seen, asked } = await look(zipped(reply));
  expect(seen?.samples?.[0]?.utilization).toBe(0.5);
  expect(asked[0]?.headers['accept-encoding']).toBe('gzip');
});

test('counters of jobs are read with their pods, each at its own time', async () => {
  const of = (name: string, pod: string, at: number, value: string) =>
    [
      { __name__: name, pod, namespace: 'ml', instance: '10.1.2.3:8000', model_name: 'llama' },
      [at, value],
    ] as Parameters<typeof matrix>[0][number];
  const series = [
    of('vllm:generation_tokens_total', 'serve-0', AT, '1000'),
    of('vllm:generation_tokens_total', 'serve-1', AT - 15, '2000'),
    of('tgi_request_generated_tokens_sum', 'tgi-0', AT, '30'),
    of('vllm:prompt_tokens_total', 'gone-0', AT, 'NaN'),
  ];
  const { samples, progress } = (await look(matrix(series))).seen ?? {};
  expect(samples).toEqual([]);
  expect(progress?.map(({ at, value, of: hint }) => [at, value, hint])).toEqual([
    [1_760_000_000_250, 1000, { pod: 'serve-0', namespace: 'ml', host: '10.1.2.3' }],
    [1_759_999_985_250, 2000, { pod: 'serve-1', namespace: 'ml', host: '10.1.2.3' }],
    [1_760_000_000_250, 30, { pod: 'tgi-0', namespace: 'ml', host: '10.1.2.3' }],
  ]);
});
