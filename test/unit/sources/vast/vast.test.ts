import { vast } from '@burnrate/shared/sources/vast/index.ts';
import { describe, expect, test } from 'vitest';
import { bareMachine } from '../bare.ts';
import { look, lookingAt, only, patience, planOf, stopOf } from '../open_account.ts';
import { json } from '../service.ts';
import { type CloudInstance, instance, missing, vastOf } from './cloud.ts';
import { KEY, openVast } from './open.ts';

function withInstances(
  instances: CloudInstance[],
  task: Parameters<typeof lookingAt>[1],
  section: Record<string, unknown> = {},
): Promise<void> {
  return lookingAt(openVast(vastOf(KEY, instances), section), task);
}

describe('a Vast.ai instance', () => {
  test('is a node at its own price with its disk, billed by the second', () =>
    withInstances([instance()], (seen) => {
      expect(only(seen.nodes)).toMatchObject({
        id: 'vast:default:312',
        name: 'ML Training Job 2025',
        aliases: ['312', 'c.312', '192.0.2.45'],
        gpus: { count: 1, model: 'RTX 4090' },
        cores: 4,
        state: 'running',
        launchedAt: 1_668_804_745_122,
        billing: { incrementMs: 1000, minimumMs: 1000 },
        rate: { microsPerHour: 802_100, provenance: 'quoted' },
        priceKey: { instanceType: '1x RTX 4090', market: 'on-demand' },
        labels: { 'vast:disk': '10 GB for $0.0021 an hour, charged for also while stopped' },
      });
      expect(only(seen.quotes).nodeId).toBe('vast:default:312');
      expect(only(seen.jobs)).toMatchObject({ state: 'running', level: 'machine' });
    }));

  test('on the same machine as another is not taken for it by their address', () =>
    withInstances([instance(), instance({ id: 313 })], (seen) => {
      expect(seen.nodes?.flatMap(({ aliases }) => aliases)).toEqual([
        '312',
        'c.312',
        '313',
        'c.313',
      ]);
    }));

  test('that is reserved costs what it was reduced to; one by bid is spot', () => {
    const reserved = instance({
      credit_discount: 0.37,
      instance: { discountedTotalPerHour: 0.5034 },
    });
    return withInstances([reserved, instance({ id: 313, is_bid: true })], (seen) => {
      expect(seen.nodes?.map(({ rate }) => rate?.microsPerHour)).toEqual([503_400, 802_100]);
      expect(seen.nodes?.map(({ priceKey }) => priceKey?.market)).toEqual(['reserved', 'spot']);
    });
  });

  test('that has been up for far less than its contract began at a time nobody knows', () =>
    withInstances([instance({ uptime_mins: 5 })], (seen) => {
      expect(only(seen.nodes).launchedAt).toBeUndefined();
    }));

  test.each<[string, Partial<CloudInstance>, string]>([
    ['is prepared', { actual_status: null }, 'starting'],
    ['loads its image, which is free', { actual_status: 'loading' }, 'starting'],
    ['is frozen, which is not free', { actual_status: 'frozen' }, 'running'],
    ['has exited and holds its GPUs', { actual_status: 'exited' }, 'running'],
    ['is out of reach', { actual_status: 'offline' }, 'running'],
    ['is of a status unheard of', { actual_status: 'dreaming' }, 'running'],
    ['is being stopped', { intended_status: 'stopped' }, 'stopping'],
    [
      'has exited and let its GPUs go',
      { actual_status: 'exited', cur_state: 'stopped' },
      'stopped',
    ],
    ['is stopped', { actual_status: 'stopped', cur_state: 'stopped' }, 'stopped'],
    ['is destroyed', { cur_state: 'unloaded' }, 'ended'],
  ])('that %s: %s', (_, changes, state) =>
    withInstances([instance(changes)], (seen) => {
      expect(only(seen.nodes).state).toBe(state);
    }),
  );
});

describe('Vast.ai’s telemetry', () => {
  test('is how busy the GPU is and how full', () =>
    withInstances([instance()], (seen) => {
      expect(only(seen.samples)).toMatchObject({
        node: 'vast:default:312',
        gpu: 'GPU of 312',
        utilization: 0.37,
        memoryUsed: Math.round(0.543945 * 1024 ** 3),
        memoryTotal: 24 * 1024 ** 3,
      });
    }));

  test('is one figure for all of several GPUs, and of memory none', () =>
    withInstances([instance({ num_gpus: 4 })], (seen) => {
      expect(only(seen.samples).gpu).toBe('all 4 GPUs of 312');
      expect(only(seen.samples).memoryUsed).toBeUndefined();
    }));

  test('leaves out what does not run, or is not told', () =>
    withInstances(
      [
        instance({ actual_status: 'stopped', cur_state: 'stopped' }),
        instance({ id: 313, gpu_util: null }),
      ],
      (seen) => {
        expect(seen.samples).toEqual([]);
      },
    ));
});

describe('stopping a Vast.ai instance', () => {
  test('keeps its disk at a cost, may lose the GPU, and is followed', () => {
    const instances = [instance({ volume_info: [{ id: 1 }] })];
    return withInstances(instances, async (seen, place) => {
      const job = only(seen.jobs);
      expect(await planOf(place, job)).toMatchObject({
        action: 'Stop instance ML Training Job 2025 (312, Vast.ai)',
        equivalent: 'vastai stop instance 312',
        loses: [expect.stringContaining('hold on the GPUs'), expect.stringContaining('memory')],
        keeps: [
          expect.stringContaining('10 GB for $0.0021 an hour'),
          'Its volume, charged for as before',
        ],
        reversible: true,
      });
      await stopOf(place, job);
      expect(place.service.asked.at(-1)).toMatchObject({
        call: 'PUT /api/v0/instances/312/',
        body: { state: 'stopped' },
      });
      expect(only((await look(place)).jobs).state).toBe('stopping');
      Object.assign(instances[0] ?? {}, { actual_status: 'exited', cur_state: 'stopped' });
      const after = await look(place);
      expect(only(after.nodes).state).toBe('stopped');
      expect(after.jobs).toEqual([]);
    });
  });

  test('destroys it where burnrate.yaml says so, and says that all is lost', () =>
    withInstances(
      [instance()],
      async (seen, place) => {
        const job = only(seen.jobs);
        expect(await planOf(place, job)).toMatchObject({
          action: 'Destroy instance ML Training Job 2025 (312, Vast.ai)',
          loses: ['Its disk with all data (10 GB)'],
          keeps: [],
          reversible: false,
        });
        await stopOf(place, job);
        expect((await look(place)).nodes).toEqual([]);
      },
      { onStop: 'destroy' },
    ));

  test('that Vast.ai does not accept has failed', () =>
    withInstances([instance()], async (seen, place) => {
      const job = only(seen.jobs);
      const plan = await planOf(place, job);
      const whole = vastOf(KEY, [instance()]);
      place.service.on((ask) =>
        ask.call.startsWith('PUT')
          ? json({ success: false, error: 'missing_billing', msg: 'no credit' })
          : whole(ask),
      );
      await expect(place.connection.stop?.(job, plan, patience)).rejects.toThrow(/no credit/);
    }));

  test('that was destroyed since it was looked at is no failure', () =>
    withInstances([instance()], async (seen, place) => {
      const job = only(seen.jobs);
      const plan = await planOf(place, job);
      const whole = vastOf(KEY, [instance()]);
      place.service.on((ask) => (ask.call.startsWith('PUT') ? missing : whole(ask)));
      await place.connection.stop?.(job, plan, patience);
      expect(place.service.asked.at(-1)?.call).toBe('PUT /api/v0/instances/312/');
    }));

  test('is refused for what is not mine', () =>
    withInstances(
      [instance({ label: 'bob' })],
      async (seen, place) => {
        const job = { ...only(seen.jobs), mine: true };
        await expect(planOf(place, job)).rejects.toThrow(/not yours/);
      },
      { mine: ['ada-'] },
    ));
});

describe('finding a Vast.ai account', () => {
  test('reads the file of the second factor first, where XDG_CONFIG_HOME says', async () => {
    const files: Record<string, string> = {
      '/etc/xdg/vastai/vast_tfa_key': 'second\n',
      '/etc/xdg/vastai/vast_api_key': 'first\n',
    };
    const machine = bareMachine({
      env: { XDG_CONFIG_HOME: '/etc/xdg' },
      readFile: (path) => Promise.resolve(files[path]),
    });
    const { accounts } = await vast.discover(machine, vast.settings.parse(undefined));
    expect(only(accounts).foundIn).toBe('/etc/xdg/vastai/vast_tfa_key');
  });
});
