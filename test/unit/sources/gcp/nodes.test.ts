import { namesIn } from '@burnrate/shared/metering/names.ts';
import { gcp } from '@burnrate/shared/sources/gcp/index.ts';
import { ownershipOf } from '@burnrate/shared/sources/gcp/owners.ts';
import type { Observation } from '@burnrate/shared/sources/source.ts';
import { describe, expect, test } from 'vitest';
import { look, lookingAt, only } from '../open_account.ts';
import { type Cloud, customJob, googleOf, instance } from './cloud.ts';
import { openGcp, TOKEN } from './open.ts';
import { bytesSeries, gpuSeries } from './series.ts';

const seeing = (
  cloud: Omit<Cloud, 'token'>,
  task: (seen: Observation) => void | Promise<void>,
  section = {},
) => lookingAt(openGcp(googleOf({ token: TOKEN, ...cloud }), section), task);

describe('an instance', () => {
  test('is a node with its GPUs, its times, its price key and every name it has', () =>
    seeing({ instances: [instance()] }, ({ nodes }) => {
      expect(only(nodes)).toMatchObject({
        id: 'gcp:ada-lab:4711471147114711001',
        name: 'train',
        gpus: { count: 1, model: 'NVIDIA A100' },
        cores: 12,
        state: 'running',
        launchedAt: Date.parse('2026-01-02T09:02:30Z'),
        owner: 'ada',
        mine: true,
        priceKey: {
          provider: 'gcp',
          instanceType: 'a2-highgpu-1g',
          region: 'us-central1',
          zone: 'us-central1-a',
          market: 'on-demand',
        },
      });
      expect(only(nodes).aliases.sort()).toEqual(
        [
          '10.128.0.7',
          '34.1.2.3',
          '4711471147114711001',
          'gce://ada-lab/us-central1-a/train',
          'train',
          'train.c.ada-lab.internal',
          'train.us-central1-a.c.ada-lab.internal',
        ].sort(),
      );
    }));

  test('shares a provider id with the node that Kubernetes shows of it', () =>
    seeing({ instances: [instance()] }, ({ nodes }) => {
      const kubernetes = namesIn('gce://ada-lab/us-central1-a/train');
      const own = new Set(only(nodes).aliases);
      expect(
        kubernetes.some(({ text, strength }) => strength === 'provider' && own.has(text)),
      ).toBe(true);
    }));

  test.each([
    [{ scheduling: { provisioningModel: 'SPOT' } }, 'spot'],
    [{ scheduling: { preemptible: true } }, 'spot'],
    [{ scheduling: { provisioningModel: 'RESERVATION_BOUND' } }, 'reserved'],
  ])('with %j is of the market %s', (changes, market) =>
    seeing({ instances: [instance(changes)] }, ({ nodes }) => {
      expect(only(nodes).priceKey?.market).toBe(market);
    }),
  );

  test('of N1 has its fitted GPUs and local SSDs in its price key', () => {
    const scratch = { type: 'SCRATCH', diskSizeGb: '375', autoDelete: true };
    const changes = {
      type: 'n1-standard-8',
      guestAccelerators: [
        { acceleratorType: 'x/acceleratorTypes/nvidia-tesla-t4', acceleratorCount: 4 },
      ],
      disks: [scratch, scratch],
    };
    return seeing({ instances: [instance(changes)] }, ({ nodes }) => {
      expect(only(nodes).gpus).toEqual({ count: 4, model: 'NVIDIA T4' });
      expect(only(nodes).priceKey?.instanceType).toBe(
        'n1-standard-8+4xnvidia-tesla-t4+2xlocal-ssd',
      );
    });
  });

  test.each([
    [
      'an operating system that is charged for',
      {
        disks: [
          {
            licenses: [
              'https://www.googleapis.com/compute/v1/projects/windows-cloud/global/licenses/windows-server-2022-dc',
            ],
          },
        ],
      },
    ],
    [
      'a sole tenant’s host',
      { scheduling: { nodeAffinities: [{ key: 'compute.googleapis.com/node-group-name' }] } },
    ],
  ])('with %s has no list price, rather than a wrong one', (_, changes) =>
    seeing({ instances: [instance(changes)] }, ({ nodes, quotes }) => {
      expect(only(nodes).priceKey).toBeUndefined();
      expect(quotes).toEqual([]);
    }),
  );

  test('that has stopped says when; one that started again since does not', () => {
    const stopped = { status: 'TERMINATED', lastStopTimestamp: '2026-01-02T12:00:00.000-08:00' };
    return seeing(
      {
        instances: [
          instance(stopped),
          instance({
            ...stopped,
            id: '4711471147114711002',
            lastStartTimestamp: '2026-01-03T00:00:00Z',
            status: 'RUNNING',
          }),
        ],
      },
      ({ nodes = [] }) => {
        expect(nodes.map(({ state, endedAt }) => ({ state, endedAt }))).toEqual([
          { state: 'stopped', endedAt: Date.parse('2026-01-02T20:00:00Z') },
          { state: 'running', endedAt: undefined },
        ]);
      },
    );
  });

  test('that is said to have stopped before it last began does not say when it ended', () => {
    const changes = { status: 'TERMINATED', lastStopTimestamp: '2025-12-31T00:00:00Z' };
    return seeing({ instances: [instance(changes)] }, ({ nodes }) => {
      expect(only(nodes).state).toBe('stopped');
      expect(only(nodes).endedAt).toBeUndefined();
    });
  });

  test('of GKE is a scheduler’s, and nobody’s own without a label', () =>
    seeing(
      {
        instances: [instance({ labels: { 'goog-gke-node': '', 'goog-k8s-cluster-name': 'lab' } })],
      },
      ({ nodes, jobs }) => {
        expect(only(nodes)).toMatchObject({ scheduled: true, mine: false });
        expect(only(jobs).labels['burnrate:mine-because']).toMatch(/GKE cluster lab runs it/);
      },
    ));

  test.each([
    [{ owner: 'ada-example-com' }, true],
    [{ owner: 'ada_example_com' }, true],
    [{ owner: 'bob' }, false],
    [{}, true],
  ])('with labels %j is mine: %s', (labels, mine) =>
    seeing({ instances: [instance({ labels })] }, ({ nodes }) => {
      expect(only(nodes).mine).toBe(mine);
    }),
  );

  test('is one job with those of its group label and owner', () => {
    const labels = { 'skypilot-cluster-name': 'sky-1', owner: 'ada' };
    return seeing(
      {
        instances: [
          instance({ labels }),
          instance({ labels, id: '4711471147114711002', name: 'worker' }),
          instance({
            labels: { ...labels, owner: 'bob' },
            id: '4711471147114711003',
            name: 'bobs',
          }),
        ],
      },
      ({ jobs = [] }) => {
        expect(jobs.map(({ name, mine, shares }) => [name, mine, shares.length])).toEqual([
          ['sky-1', true, 2],
          ['sky-1', false, 1],
        ]);
      },
    );
  });
});

test.each([
  ['ada-lovelace', true],
  ['ada-lovelace-example-com', true],
  ['ada-lovelace-elsewhere-org', false],
  ['root', false],
])('the owner label %s is ada.lovelace@example.com, working as root: %s', (owner, mine) => {
  const caller = { email: 'ada.lovelace@example.com' };
  const settings = gcp.settings.parse(undefined);
  expect(ownershipOf({ labels: { owner } }, caller, { name: 'root', uid: 0 }, settings).mine).toBe(
    mine,
  );
});

test.each([
  [undefined, 'Google did not say who you are'],
  [{ email: '4711-compute@developer.gserviceaccount.com' }, 'you are a machine yourself'],
])('without a label nothing is mine while the caller is %j', (caller, because) => {
  const settings = gcp.settings.parse(undefined);
  const { mine, because: told } = ownershipOf(
    { labels: {} },
    caller,
    { name: 'ada', uid: 1 },
    settings,
  );
  expect({ mine, told }).toEqual({ mine: false, told: `no owner label, and ${because}` });
});

describe('a Vertex AI job', () => {
  test('is a job with a node for each replica, each priced by Vertex AI’s list', () =>
    seeing({ jobs: [customJob()] }, ({ nodes = [], jobs, quotes }) => {
      expect(only(jobs)).toMatchObject({
        nativeId: 'vertex/us-central1/9001',
        name: 'finetune',
        state: 'running',
        startedAt: Date.parse('2026-01-02T08:05:00Z'),
        limitAt: Date.parse('2026-01-03T08:05:00Z'),
        mine: true,
      });
      expect(nodes.map(({ gpus, cores }) => ({ gpus, cores }))).toEqual(
        Array(2).fill({ gpus: { count: 1, model: 'NVIDIA T4' }, cores: 8 }),
      );
      expect(only(quotes).rate.microsPerHour).toBe(908_903);
    }));

  test('on a persistent resource has no node of its own', () => {
    const jobSpec = { persistentResourceId: 'pool', workerPoolSpecs: [{ replicaCount: 1 }] };
    return seeing({ jobs: [customJob({ jobSpec })] }, ({ nodes, jobs }) => {
      expect(nodes).toEqual([]);
      expect(only(jobs).shares).toEqual([{ node: 'vertex-persistent-resource/pool' }]);
    });
  });

  test('that failed before it began has no time that it could be charged for', () => {
    const changes = {
      state: 'JOB_STATE_FAILED',
      startTime: undefined,
      endTime: '2026-01-02T09:00:00Z',
    };
    return seeing({ jobs: [customJob(changes)] }, ({ nodes = [], jobs }) => {
      expect(only(jobs)).toMatchObject({ state: 'ended' });
      for (const one of [only(jobs), ...nodes]) expect(one).not.toHaveProperty('endedAt');
    });
  });

  test('that is no longer in the list has ended, and says when', async () => {
    const endTime = new Date().toISOString();
    const job = customJob();
    const cloud = { token: TOKEN, jobs: [job] };
    await lookingAt(openGcp(googleOf(cloud)), async (_, place) => {
      const whole = googleOf(cloud);
      Object.assign(job, { state: 'JOB_STATE_SUCCEEDED', endTime });
      place.service.on((ask) => (ask.call.endsWith('/customJobs') ? { body: '{}' } : whole(ask)));
      const what = new Set(['jobs'] as const);
      const signal = AbortSignal.timeout(20_000);
      const { jobs } = await place.connection.observe({ what, wanted: [], signal });
      expect(only(jobs)).toMatchObject({ state: 'ended', endedAt: Date.parse(endTime) });
    });
  });
});

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
