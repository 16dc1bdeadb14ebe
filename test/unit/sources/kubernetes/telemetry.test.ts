import type { Observation } from '@burnrate/shared/sources/source.ts';
import { expect, test } from 'vitest';
import { type Lab, lab, patience } from './lab.ts';
import { node, owner, pod } from './objects.ts';
import type { Thing } from './server.ts';

/** As dcgm-exporter writes it; its own name for the machine is the pod's. */
const DCGM = `# HELP DCGM_FI_DEV_GPU_UTIL GPU utilization (in %).
# TYPE DCGM_FI_DEV_GPU_UTIL gauge
DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-a",modelName="NVIDIA A100-SXM4-40GB",Hostname="dcgm-exporter-x7k2p",namespace="ml",pod="train-0"} 93
DCGM_FI_DEV_GPU_UTIL{gpu="1",UUID="GPU-b",modelName="NVIDIA A100-SXM4-40GB",Hostname="dcgm-exporter-x7k2p"} 0
`;
/** As AMD's device-metrics-exporter does. */
const AMD = `# TYPE gpu_gfx_activity gauge
gpu_gfx_activity{gpu_id="0",gpu_uuid="amd-0",hostname="gpu-2",card_series="AMD Instinct MI300X",pod="infer-0",namespace="ml"} 41
`;

const exporter = (name: string, on: string, image: string, port: number): Thing =>
  pod(name, {
    on,
    namespace: 'gpu-operator',
    limits: {},
    image,
    ports: [{ name: 'metrics', containerPort: port }],
  });

function things(): Thing[] {
  const train = owner('batch/v1', 'Job', 'train', { labels: { owner: 'ada' } });
  const infer = owner('batch/v1', 'Job', 'infer', { labels: { owner: 'ada' } });
  const other = owner('batch/v1', 'Job', 'other', { labels: { owner: 'bob' } });
  return [
    node('gpu-1'),
    node('gpu-2', { capacity: { 'amd.com/gpu': '8' } }),
    node('gpu-3'),
    train,
    infer,
    other,
    pod('train-0', { on: 'gpu-1', by: train }),
    pod('infer-0', { on: 'gpu-2', by: infer, limits: { 'amd.com/gpu': '1' } }),
    pod('other-0', { on: 'gpu-3', by: other }),
    exporter('dcgm-1', 'gpu-1', 'nvcr.io/nvidia/k8s/dcgm-exporter:4.2.0-4.1.0-ubuntu22.04', 9400),
    exporter('amd-2', 'gpu-2', 'docker.io/rocm/device-metrics-exporter:v1.3.0', 5000),
    exporter('dcgm-3', 'gpu-3', 'nvcr.io/nvidia/k8s/dcgm-exporter@sha256:0123', 9400),
  ];
}

const look = ({ connection }: Lab): Promise<Observation> =>
  connection.observe({ what: new Set(['telemetry']), wanted: [], signal: patience() });

const proxied = ({ server }: Lab) =>
  server.asked.map(({ path }) => path).filter((path) => path.includes('/proxy/'));

test('exporters of my jobs’ nodes are asked by way of the API server, and none of others’', async () => {
  await using place = await lab(things());
  place.server.pods.set('dcgm-1:9400/metrics', DCGM);
  place.server.pods.set('amd-2:5000/metrics', AMD);
  const { samples, partial } = await look(place);
  expect(partial).toBeUndefined();
  expect(samples).toMatchObject([
    { node: 'gpu-1', gpu: 'GPU-a', utilization: 0.93, namespace: 'ml', pod: 'train-0' },
    { node: 'gpu-1', gpu: 'GPU-b', utilization: 0 },
    { node: 'gpu-2', gpu: 'amd-0', utilization: 0.41, pod: 'infer-0' },
  ]);
  expect(proxied(place)).toEqual([
    '/api/v1/namespaces/gpu-operator/pods/dcgm-1:9400/proxy/metrics',
    '/api/v1/namespaces/gpu-operator/pods/amd-2:5000/proxy/metrics',
  ]);
});

test('where that is not allowed nothing is asked, nothing fails, and the doctor says how', async () => {
  await using place = await lab(things());
  place.server.forbids = (_, resource) => resource === 'pods/proxy';
  expect((await look(place)).samples).toEqual([]);
  expect(proxied(place)).toEqual([]);
  const checks = await place.connection.diagnose(patience());
  expect(checks.find(({ capability }) => capability === 'telemetry')).toMatchObject({
    ok: true,
    message: expect.stringContaining('doctor --policy kubernetes/telemetry'),
  });
});

test('one exporter that does not answer does not cost the others', async () => {
  await using place = await lab(things());
  place.server.pods.set('amd-2:5000/metrics', AMD);
  const { samples, partial } = await look(place);
  expect(samples?.map(({ gpu }) => gpu)).toEqual(['amd-0']);
  expect(partial?.[0]?.message).toContain('pods/proxy');
});

test('what is no metrics of GPUs is told, and fails the reading where it is all there is', async () => {
  await using place = await lab(things().filter(({ metadata }) => metadata.name !== 'amd-2'));
  place.server.pods.set('dcgm-1:9400/metrics', 'go_goroutines 12\n');
  const { samples, partial } = await look(place);
  expect(samples).toEqual([]);
  expect(partial?.[0]?.message).toMatch(/none of GPUs/);
});
