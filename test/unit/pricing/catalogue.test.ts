import { mkdtempSync } from 'node:fs';
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PriceKey } from '@burnrate/shared/model/rate.ts';
import { Catalogue } from '@burnrate/shared/pricing/catalogue/catalogue.ts';
import { gpuKindOf, isSameGpu } from '@burnrate/shared/pricing/catalogue/gpu.ts';
import { machineTypesOf, PriceList } from '@burnrate/shared/pricing/catalogue/price_list.ts';
import priceLists from '@burnrate/shared/pricing/catalogue/price_lists.json' with { type: 'json' };
import { readSkyPilot } from '@burnrate/shared/pricing/catalogue/skypilot.ts';
import { describe, expect, test } from 'vitest';

const key = (changes: Partial<PriceKey>): PriceKey => ({
  provider: 'aws',
  instanceType: 'p5.48xlarge',
  region: 'us-east-1',
  market: 'on-demand',
  ...changes,
});

describe('the catalogue that ships', () => {
  const types = machineTypesOf(priceLists);

  test('is some 80 kinds of GPU machines, each with a source, a date and a price that can be', () => {
    expect(types.length).toBeGreaterThanOrEqual(80);
    for (const list of priceLists) PriceList.parse(list);
    const now = Date.parse('2026-11-25');
    for (const { type, gpus, microsPerHour, readAt, vcpus = 1 } of types) {
      // Nobody asks less than a dime for a GPU, or more than $30.
      const perGpu = microsPerHour / gpus.count / 1e6;
      expect(perGpu, type).toBeGreaterThan(0.1);
      expect(perGpu, type).toBeLessThan(30);
      expect(gpus.count, type).toBeLessThanOrEqual(16);
      expect(vcpus, type).toBeLessThanOrEqual(512);
      expect(readAt, type).toBeLessThan(now);
    }
  });

  test('names each machine once a region, and the clouds that people use', () => {
    const names = types.map(({ provider, type, region }) => `${provider}/${type}/${region}`);
    expect(new Set(names).size).toBe(names.length);
    const providers = new Set(types.map(({ provider }) => provider));
    for (const one of ['aws', 'gcp', 'azure', 'lambda', 'runpod', 'coreweave', 'nebius', 'crusoe'])
      expect(providers).toContain(one);
  });
});

describe('a list price', () => {
  const catalogue = new Catalogue();

  test('says its source and date', () => {
    expect(catalogue.rateOf(key({}))).toEqual({
      microsPerHour: 55_040_000,
      provenance: 'list',
      basis: 'catalogue, 2026-07-20, from github.com/aws/karpenter-provider-aws',
      asOf: Date.parse('2026-07-20'),
    });
  });

  test('of another region stands in, and says so', () => {
    expect(catalogue.rateOf(key({ region: 'eu-west-1' }))?.basis).toMatch(
      /^that of us-east-1, since none is known of eu-west-1: catalogue/,
    );
    const h100 = key({ provider: 'coreweave', instanceType: 'gd-8xh100ib-i128', region: 'X' });
    expect(catalogue.rateOf(h100)?.basis).toMatch(/^catalogue/);
  });

  test('is none of a spot or reserved machine, or of one that is unknown', () => {
    expect(catalogue.rateOf(key({ market: 'spot' }))).toBeUndefined();
    expect(catalogue.rateOf(key({ market: 'reserved' }))).toBeUndefined();
    expect(catalogue.rateOf(key({ instanceType: 'm5.large' }))).toBeUndefined();
  });

  test('by the GPU is multiplied', () => {
    const eight = key({ provider: 'runpod', instanceType: '8x NVIDIA H200', region: 'EU-RO-1' });
    expect(catalogue.rateOf(eight)?.microsPerHour).toBe(8 * 4_590_000);
    expect(catalogue.rateOf({ ...eight, provider: 'aws' })).toBeUndefined();
  });

  test('gives way to a newer one', () => {
    const own = new Catalogue();
    const [first] = own.all();
    if (!first) throw new Error('it is empty');
    own.add([{ ...first, microsPerHour: 7, readAt: first.readAt + 1 }]);
    own.add([{ ...first, microsPerHour: 9, readAt: first.readAt - 1 }]);
    expect(own.find(first.provider, first.type, first.region)?.microsPerHour).toBe(7);
  });
});

describe('GPUs', () => {
  test.each([
    ['NVIDIA A100-SXM4-80GB', { family: 'A100', memoryGb: 80, form: 'SXM' }],
    ['A100-40GB', { family: 'A100', memoryGb: 40 }],
    ['H100 (80 GB SXM5)', { family: 'H100', memoryGb: 80, form: 'SXM' }],
    ['NVIDIA H100 80GB HBM3', { family: 'H100', memoryGb: 80, form: 'SXM' }],
    ['H100-80G-PCIe', { family: 'H100', memoryGb: 80, form: 'PCIe' }],
    ['NVIDIA H100 NVL', { family: 'H100', form: 'NVL' }],
    ['H100_SXM', { family: 'H100', form: 'SXM' }],
    ['nvidia_h100', { family: 'H100' }],
    ['Tesla T4', { family: 'T4' }],
    ['NVIDIA A10G', { family: 'A10G' }],
    ['NVIDIA L40S', { family: 'L40S' }],
    ['AMD Instinct MI300X OAM', { family: 'MI300X' }],
    ['NVIDIA GeForce RTX 4090', { family: 'RTX 4090' }],
    ['RTX-A6000', { family: 'A6000' }],
  ])('%s are read', (text, kind) => {
    expect(gpuKindOf(text)).toEqual(kind);
  });

  test('of which only a slice is held, or that are unknown, are none', () => {
    expect(gpuKindOf('NVIDIA A100 (MIG 1g.5gb)')).toBeUndefined();
    expect(gpuKindOf('GPU')).toBeUndefined();
  });

  test.each([
    ['A100 SXM 80GB', 'A100', true],
    ['A100 SXM 80GB', 'A100 SXM 40GB', false],
    ['A100 SXM 80GB', 'A100 PCIe 80GB', false],
    ['H200 SXM 141GB', 'H200 144GB', true],
    ['A10 24GB', 'A10G 24GB', false],
    ['L40 48GB', 'L40S 48GB', false],
  ])('%s and %s are the same: %s', (a, b, same) => {
    const [one, other] = [gpuKindOf(a), gpuKindOf(b)];
    if (!one || !other) throw new Error('unknown GPUs');
    expect(isSameGpu(one, other)).toBe(same);
    expect(isSameGpu(other, one)).toBe(same);
  });
});

test('SkyPilot’s own catalogue is read where it is, of each cloud the newest version', async () => {
  const home = mkdtempSync(join(tmpdir(), 'burnrate-sky-'));
  const put = async (path: string, lines: string[], at: string) => {
    const file = join(home, '.sky/catalogs', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, lines.join('\n'));
    await utimes(file, new Date(at), new Date(at));
  };
  const header =
    'InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,AvailabilityZone';
  const info = `"{'Gpus': [{'Name': 'H100', 'Count': 8.0, 'MemoryInfo': {'SizeInMiB': 81920}}], 'TotalGpuMemoryInMiB': 655360}"`;
  try {
    await put(
      'v8/aws/vms.csv',
      [
        header,
        'm5.large,,,2.0,8.0,,0.096,0.04,us-east-1,use1-az1',
        `p5.48xlarge,H100,8.0,192.0,2048.0,${info},51.5,20.1,us-east-1,use1-az1`,
      ],
      '2026-11-01',
    );
    await put(
      'v7/aws/vms.csv',
      [header, `p5.48xlarge,H100,8,192,2048,${info},99,,us-east-1,a`],
      '2026-11-02',
    );
    await put('v8/nebius/vms.csv', ['not,a,catalogue', '\0\0'], '2026-11-02');
    const types = await readSkyPilot(home);
    expect(types).toEqual([
      expect.objectContaining({
        provider: 'aws',
        type: 'p5.48xlarge',
        region: 'us-east-1',
        gpus: { count: 8, model: 'H100 80GB', kind: { family: 'H100', memoryGb: 80 } },
        vcpus: 192,
        microsPerHour: 51_500_000,
        readAt: Date.parse('2026-11-01'),
      }),
    ]);
    const catalogue = new Catalogue();
    catalogue.add(types);
    expect(catalogue.rateOf(key({}))).toMatchObject({
      microsPerHour: 51_500_000,
      basis: 'catalogue, 2026-11-01, from SkyPilot’s catalogue on this disk',
    });
  } finally {
    await rm(home, { recursive: true });
  }
  expect(await readSkyPilot(home)).toEqual([]);
});
