import { expect, test } from 'vitest';
import { look, only } from '../open_account.ts';
import { googleOf, instance } from './cloud.ts';
import { openGcp, seeing, TOKEN } from './open.ts';
import { bytesSeries, gpuSeries } from './series.ts';

test('telemetry is each GPU’s newest reading, by the number of its instance', () => {
  const at = Date.now() - 60_000;
  return seeing({ instances: [instance()], series: gpuSeries(at) }, ({ samples }) => {
    expect(only(samples)).toEqual({
      at,
      node: '4711471147114711001',
      gpu: 'GPU-a100',
      gpuIndex: 0,
      model: 'NVIDIA A100-SXM4-40GB',
      utilization: 0.87,
      memoryUsed: 30e9,
      memoryTotal: 40e9,
    });
  });
});

test('what a machine sends and writes is of minutes, where nobody else tells of it', async () => {
  const end = Math.floor(Date.now() / 60_000) * 60_000 - 240_000;
  const series = {
    'compute.googleapis.com/instance/network/sent_bytes_count': [
      bytesSeries({ loadbalanced: 'false' }, end, [700, 600]),
      bytesSeries({ loadbalanced: 'true' }, end, [5]),
    ],
    'compute.googleapis.com/instance/disk/write_bytes_count': [
      bytesSeries({ device_name: 'boot' }, end, [40]),
    ],
  };
  const place = await openGcp(googleOf({ token: TOKEN, instances: [instance()], series }));
  try {
    const { traffic, nodes = [] } = await look(place, ['nodes', 'telemetry']);
    const of = { node: '4711471147114711001', at: end, since: end - 60_000 };
    expect(traffic).toEqual([
      { ...of, device: 'sent false', at: end - 60_000, since: end - 120_000, sent: 600 },
      { ...of, device: 'sent false', sent: 700 },
      { ...of, device: 'sent true', sent: 5 },
      { ...of, device: 'written boot', written: 40 },
    ]);
    const told = new Set([nodes[0]?.id ?? '']);
    const signal = AbortSignal.timeout(20_000);
    const what = new Set(['telemetry'] as const);
    const asked = place.service.asked.length;
    await place.connection.observe({ what, wanted: [], trafficTold: told, signal });
    // Of the two of GPUs alone the first is asked for: it has none.
    expect(place.service.asked.length - asked).toBe(1);
  } finally {
    await place.close();
  }
});

test('nobody is asked how busy GPUs are where no machine with a GPU runs: that costs money', async () => {
  const asked = async (changes: Record<string, unknown>) => {
    const instances = [instance(changes)];
    const place = await openGcp(googleOf({ token: TOKEN, instances, series: gpuSeries() }));
    try {
      const { samples } = await look(place, ['telemetry']);
      const calls = place.service.asked.filter(({ call }) => call.endsWith('/timeSeries'));
      return { samples: samples?.length, calls: calls.length };
    } finally {
      await place.close();
    }
  };
  // Two of GPUs, and three of what the machine sends and writes.
  expect(await asked({})).toEqual({ samples: 1, calls: 5 });
  expect(await asked({ status: 'TERMINATED' })).toEqual({ samples: 0, calls: 0 });
  expect(await asked({ type: 'e2-medium', guestAccelerators: [] })).toEqual({
    samples: 0,
    calls: 0,
  });
});
