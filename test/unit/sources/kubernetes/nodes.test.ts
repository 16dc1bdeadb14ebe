import { identify } from '@burnrate/shared/metering/identity.ts';
import { type Node, PER_SECOND } from '@burnrate/shared/model/node.ts';
import { expect, test } from 'vitest';
import { lab } from './lab.ts';
import { node, owner, pod } from './objects.ts';

test('GPUs are counted as they are, however they are cut or lent out', async () => {
  const product = (name: string) => ({ 'nvidia.com/gpu.product': name });
  await using place = await lab([
    node('whole', { labels: product('NVIDIA-H100-80GB-HBM3') }),
    // Every GPU in seven, as GPUs of their own.
    node('single', {
      capacity: { 'nvidia.com/gpu': '56' },
      labels: {
        ...product('A100-SXM4-40GB-MIG-1g.5gb'),
        'nvidia.com/gpu.count': '56',
        'nvidia.com/mig.strategy': 'single',
      },
    }),
    node('halves', {
      capacity: { 'nvidia.com/gpu': '16' },
      labels: { ...product('A100-SXM4-40GB-MIG-3g.20gb'), 'nvidia.com/mig.strategy': 'single' },
    }),
    node('mixed', {
      capacity: {
        'nvidia.com/gpu': '0',
        'nvidia.com/mig-3g.20gb': '8',
        'nvidia.com/mig-1g.5gb': '32',
      },
      labels: {
        ...product('NVIDIA-A100-SXM4-40GB'),
        'nvidia.com/gpu.count': '8',
        'nvidia.com/mig.strategy': 'mixed',
      },
    }),
    node('a30', { capacity: { 'nvidia.com/mig-1g.6gb': '16' }, labels: product('NVIDIA-A30') }),
    node('lent', {
      capacity: { 'nvidia.com/gpu': '16' },
      labels: {
        ...product('Tesla-T4-SHARED'),
        'nvidia.com/gpu.replicas': '4',
        'nvidia.com/gpu.count': '4',
      },
    }),
    node('renamed', {
      capacity: { 'nvidia.com/gpu': '0', 'nvidia.com/gpu.shared': '8' },
      labels: { ...product('Tesla-T4'), 'nvidia.com/gpu.replicas': '4' },
    }),
    node('amd', {
      capacity: { 'amd.com/gpu': '8' },
      labels: { 'amd.com/gpu.product-name': 'AMD_Instinct_MI300X_OAM' },
    }),
    node('none', { capacity: {} }),
  ]);
  const gpus = Object.fromEntries((await place.nodes()).map((one) => [one.name, one.gpus]));
  expect(gpus).toEqual({
    whole: { count: 8, model: 'NVIDIA H100 80GB HBM3' },
    single: { count: 8, model: 'A100 SXM4 40GB' },
    halves: { count: 8, model: 'A100 SXM4 40GB' },
    mixed: { count: 8, model: 'NVIDIA A100 SXM4 40GB' },
    a30: { count: 4, model: 'NVIDIA A30' },
    lent: { count: 4, model: 'Tesla T4' },
    renamed: { count: 2, model: 'Tesla T4' },
    amd: { count: 8, model: 'AMD Instinct MI300X OAM' },
  });
});

test("the clouds' spot machines are known by their labels, and priced as their own account has it", async () => {
  const at = (instanceType: string, region: string, zone: string) => ({
    'node.kubernetes.io/instance-type': instanceType,
    'topology.kubernetes.io/region': region,
    'topology.kubernetes.io/zone': zone,
  });
  await using place = await lab([
    node('eks', {
      providerID: 'aws:///us-east-1a/i-0123456789abcdef0',
      labels: {
        ...at('p5.48xlarge', 'us-east-1', 'us-east-1a'),
        'karpenter.sh/capacity-type': 'spot',
      },
    }),
    node('eks-group', {
      providerID: 'aws:///us-east-1b/i-0aaaaaaaaaaaaaaaa',
      labels: {
        ...at('g5.xlarge', 'us-east-1', 'us-east-1b'),
        'eks.amazonaws.com/capacityType': 'ON_DEMAND',
      },
    }),
    node('gke', {
      providerID: 'gce://project/us-central1-a/gke-pool-1',
      labels: {
        ...at('a3-highgpu-8g', 'us-central1', 'us-central1-a'),
        'cloud.google.com/gke-spot': 'true',
      },
    }),
    node('aks', {
      providerID:
        'azure:///subscriptions/S/resourceGroups/G/providers/Microsoft.Compute/virtualMachines/VM-1',
      labels: {
        ...at('Standard_ND96isr_H100_v5', 'eastus', 'eastus-1'),
        'kubernetes.azure.com/scalesetpriority': 'spot',
      },
    }),
    node('rack', { labels: at('x', 'here', 'there') }),
  ]);
  const keys = Object.fromEntries((await place.nodes()).map((one) => [one.name, one.priceKey]));
  expect(keys).toMatchObject({
    eks: {
      provider: 'aws',
      instanceType: 'p5.48xlarge',
      region: 'us-east-1',
      zone: 'us-east-1a',
      market: 'spot',
    },
    'eks-group': { provider: 'aws', market: 'on-demand' },
    gke: { provider: 'gcp', instanceType: 'a3-highgpu-8g', market: 'spot' },
    aks: { provider: 'azure', region: 'eastus', market: 'spot' },
  });
  expect(keys.rack).toBeUndefined();
});

test("prices in OpenCost's format add up cores, memory and GPUs, and spot has its own", async () => {
  const prices = {
    // As OpenCost's own default.json has it.
    lab: {
      provider: 'custom',
      description: 'x',
      CPU: '0.03',
      RAM: '0.004',
      GPU: '0.95',
      spotGPU: 0.3,
      storage: '0.00005',
    },
  };
  await using place = await lab(
    [node('a'), node('b', { labels: { 'karpenter.sh/capacity-type': 'spot' } })],
    { settings: { prices } },
  );
  const rates = (await place.nodes()).map(({ rate }) => rate);
  expect(rates).toMatchObject([
    {
      microsPerHour: Math.round((96 * 0.03 + 1056 * 0.004 + 8 * 0.95) * 1e6),
      provenance: 'list',
      basis: 'your burnrate.yaml',
    },
    { microsPerHour: Math.round((96 * 0.03 + 1056 * 0.004 + 8 * 0.3) * 1e6) },
  ]);
});

test('a node that is an EC2 instance is one machine, and is paid once', async () => {
  const job = owner('batch/v1', 'Job', 'train', { labels: { owner: 'ada' } });
  await using place = await lab([
    node('ip-10-0-0-7.ec2.internal', {
      providerID: 'aws:///us-east-1a/i-0123456789abcdef0',
      addresses: [
        ['InternalIP', '10.0.0.7'],
        ['InternalDNS', 'ip-10-0-0-7.ec2.internal'],
      ],
      labels: {
        'node.kubernetes.io/instance-type': 'p5.48xlarge',
        'topology.kubernetes.io/region': 'us-east-1',
      },
    }),
    job,
    pod('train-0', { on: 'ip-10-0-0-7.ec2.internal', by: job }),
  ]);
  const [seen] = await place.nodes();
  if (!seen) throw new Error('no node');
  const instance: Node = {
    id: 'aws:dev:i-0123456789abcdef0',
    source: 'aws',
    account: 'aws:dev',
    name: 'worker',
    aliases: ['i-0123456789abcdef0'],
    gpus: { count: 8 },
    state: 'running',
    billing: PER_SECOND,
    mine: false,
    priceKey: {
      provider: 'aws',
      instanceType: 'p5.48xlarge',
      region: 'us-east-1',
      market: 'on-demand',
    },
    labels: {},
  };
  expect(seen.aliases).toEqual(expect.arrayContaining(instance.aliases));
  const fleet = identify([seen, instance]);
  expect(fleet.nodes).toHaveLength(1);
  expect(fleet.nodes[0]).toMatchObject({ id: instance.id, scheduled: true });
  const [share] = (await place.job('train')).shares;
  expect(fleet.resolve(`kubernetes:lab:${share?.node}`)?.id).toBe(instance.id);
});

test("a month's prices, as a chart has them, are brought down to the hour", async () => {
  const prices = { lab: { CPU: '21.9', RAM: '2.92', GPU: '730', per: 'month' } };
  await using place = await lab([node('a')], { settings: { prices } });
  const [seen] = await place.nodes();
  expect(seen?.rate?.microsPerHour).toBe(Math.round((96 * 0.03 + 1056 * 0.004 + 8) * 1e6));
});

test("a node of CoreWeave is priced as theirs; what they run on it themselves is nobody's job", async () => {
  const job = owner('batch/v1', 'Job', 'train', { labels: { owner: 'ada' } });
  const things = [
    node('g1234', {
      labels: {
        'node.coreweave.cloud/state': 'production',
        'node.kubernetes.io/instance-type': 'gd-8xh100ib-i128',
        'topology.kubernetes.io/region': 'US-EAST-04',
      },
    }),
    job,
    pod('train-0', { on: 'g1234', by: job }),
    pod('hpc-verification-x7k2p', { on: 'g1234', namespace: 'cw-hpc-verification' }),
  ];
  await using place = await lab(things);
  const [seen] = await place.nodes();
  expect(seen?.priceKey).toEqual({
    provider: 'coreweave',
    instanceType: 'gd-8xh100ib-i128',
    region: 'US-EAST-04',
    market: 'on-demand',
  });
  expect((await place.jobs()).map(({ name }) => name)).toEqual(['train']);
});
