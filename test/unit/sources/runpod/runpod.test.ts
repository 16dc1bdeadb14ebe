import { runpod } from '@burnrate/shared/sources/runpod/index.ts';
import { describe, expect, test } from 'vitest';
import { bareMachine } from '../bare.ts';
import { look, lookingAt, only, patience, planOf, stopOf } from '../open_account.ts';
import { type CloudPod, pod, runpodOf, type Utilization } from './cloud.ts';
import { KEY, openRunPod } from './open.ts';

function withPods(
  pods: CloudPod[],
  task: Parameters<typeof lookingAt>[1],
  options: { section?: Record<string, unknown>; utilization?: Utilization } = {},
): Promise<void> {
  return lookingAt(openRunPod(runpodOf(KEY, pods, options.utilization), options.section), task);
}

describe('a RunPod pod', () => {
  test('is a node at its own price after savings plans, billed by the second', () =>
    withPods([pod()], (seen) => {
      expect(only(seen.nodes)).toMatchObject({
        id: 'runpod:default:xedezhzb9la3ye',
        name: 'train',
        gpus: { count: 2, model: 'RTX 4090' },
        cores: 24,
        state: 'running',
        launchedAt: Date.parse('2024-07-12T19:14:40.144Z'),
        billing: { incrementMs: 1000, minimumMs: 1000 },
        rate: { microsPerHour: 690_000, provenance: 'quoted' },
        priceKey: { instanceType: '2x NVIDIA GeForce RTX 4090', region: 'EU-RO-1' },
        labels: { 'runpod:volume': '20 GB, charged for also while stopped' },
      });
      expect(only(seen.quotes).nodeId).toBe(only(seen.nodes).id);
    }));

  test('costs what it says where no savings plan adjusts that, be it a string', () =>
    withPods([pod({ adjustedCostPerHr: undefined })], (seen) => {
      expect(only(seen.nodes).rate?.microsPerHour).toBe(740_000);
    }));

  test('is known by its id, among pods, by its address and by the proxy of its HTTP ports', () =>
    withPods([pod()], (seen) => {
      expect(only(seen.nodes).aliases).toEqual([
        'xedezhzb9la3ye',
        'xedezhzb9la3ye.runpod.internal',
        '100.65.0.119',
        'xedezhzb9la3ye-9400.proxy.runpod.net',
      ]);
    }));

  test('on the same machine as another is not taken for it by their address', () =>
    withPods([pod(), pod({ id: 'other' })], (seen) => {
      expect(seen.nodes?.flatMap(({ aliases }) => aliases)).not.toContain('100.65.0.119');
    }));

  test('started when the API says so, in the form that it really uses', () =>
    withPods([pod({ lastStartedAt: '2025-12-16 17:44:56.715 +0000 UTC' })], (seen) => {
      expect(only(seen.nodes).launchedAt).toBe(Date.parse('2025-12-16T17:44:56.715Z'));
      expect(only(seen.jobs).startedAt).toBe(Date.parse('2025-12-16T17:44:56.715Z'));
    }));

  test('that is rented by bid is spot', () =>
    withPods([pod({ interruptible: true })], (seen) => {
      expect(only(seen.nodes).priceKey?.market).toBe('spot');
    }));

  test('that was stopped ended when its last change says, and has no price of zero', () => {
    const ended = new Date(Date.now() - 3_600_000);
    const stopped = pod({
      desiredStatus: 'EXITED',
      adjustedCostPerHr: 0,
      lastStatusChange: `Exited by Runpod: ${ended.toString()}`,
    });
    return withPods([stopped], (seen) => {
      const endedAt = Math.floor(ended.getTime() / 1000) * 1000;
      expect(only(seen.nodes)).toMatchObject({ state: 'stopped', endedAt });
      expect(only(seen.nodes).rate).toBeUndefined();
      expect(only(seen.jobs)).toMatchObject({ state: 'ended', endedAt });
    });
  });

  test('that was stopped long ago, or nobody knows when, is no job', () =>
    withPods(
      [
        pod({ desiredStatus: 'EXITED', lastStatusChange: 'Exited by Runpod' }),
        pod({
          id: 'old',
          desiredStatus: 'EXITED',
          lastStatusChange: 'Exited by user: Fri Jul 12 2024 17:14:40 GMT-0400',
        }),
      ],
      (seen) => {
        expect(seen.nodes?.map(({ state }) => state)).toEqual(['stopped', 'stopped']);
        expect(seen.jobs).toEqual([]);
      },
    ));
});

describe('RunPod’s telemetry', () => {
  const utilization = {
    xedezhzb9la3ye: { 'GPU-a': 97, 'GPU-b': 0 },
    stopped1: { 'GPU-c': 88 },
    elsewhere: { 'GPU-d': 50 },
  };

  test('is how busy each GPU of a running pod is', () =>
    withPods(
      [pod()],
      (seen) => {
        const node = 'runpod:default:xedezhzb9la3ye';
        expect(seen.samples).toMatchObject([
          { node, gpu: 'GPU-a', model: 'RTX 4090', utilization: 0.97 },
          { node, gpu: 'GPU-b', utilization: 0 },
        ]);
      },
      { utilization },
    ));

  test('leaves out what a stopped pod showed last', () =>
    withPods(
      [pod({ id: 'stopped1', desiredStatus: 'EXITED' })],
      (seen) => {
        expect(seen.samples).toEqual([]);
      },
      { utilization },
    ));
});

describe('stopping a RunPod pod', () => {
  test('keeps its volume, and says what that goes on costing', () =>
    withPods([pod()], async (seen, place) => {
      const plan = await planOf(place, only(seen.jobs));
      expect(plan).toMatchObject({
        action: 'Stop pod train (xedezhzb9la3ye, RunPod)',
        equivalent: 'runpodctl pod stop xedezhzb9la3ye',
        keeps: [expect.stringMatching(/\/workspace \(20 GB\), for \$4\.00 a month while stopped/)],
        reversible: true,
      });
      expect(plan.loses).toEqual([
        expect.stringContaining('container disk of train (50 GB)'),
        expect.stringContaining('Its hold on the GPUs'),
      ]);
      await stopOf(place, only(seen.jobs));
      expect(place.service.asked.at(-1)?.call).toBe('POST /v1/pods/xedezhzb9la3ye/stop');
      const after = await look(place, ['nodes']);
      expect(only(after.nodes).state).toBe('stopped');
    }));

  test('without a volume of its own deletes it, and keeps the network volume', () => {
    const networkVolume = { id: 'agv6w2qcg7', name: 'data', size: 50, dataCenterId: 'EU-RO-1' };
    return withPods([pod({ networkVolume })], async (seen, place) => {
      const plan = await planOf(place, only(seen.jobs));
      expect(plan).toMatchObject({
        action: 'Delete pod train (xedezhzb9la3ye, RunPod)',
        loses: [expect.stringContaining('container disk')],
        keeps: [expect.stringContaining('network volume data (50 GB)')],
        reversible: false,
      });
      await stopOf(place, only(seen.jobs));
      expect(place.service.asked.at(-1)?.call).toBe('DELETE /v1/pods/xedezhzb9la3ye');
      expect((await look(place, ['nodes'])).nodes).toEqual([]);
    });
  });

  test('deletes it with its volume where burnrate.yaml says so, and says that it is lost', () =>
    withPods(
      [pod()],
      async (seen, place) => {
        const plan = await planOf(place, only(seen.jobs));
        expect(plan.equivalent).toBe('runpodctl pod delete xedezhzb9la3ye');
        expect(plan.loses).toContain('The volume disk with /workspace (20 GB)');
      },
      { section: { onStop: 'delete' } },
    ));

  test('is refused where it would delete what was to be stopped', () => {
    const pods = [pod()];
    return withPods(pods, async (seen, place) => {
      const job = only(seen.jobs);
      const plan = await planOf(place, job);
      Object.assign(pods[0] ?? {}, { volumeInGb: 0 });
      await expect(place.connection.stop?.(job, plan, patience)).rejects.toThrow(/have changed/);
      expect(pods[0]?.desiredStatus).toBe('RUNNING');
    });
  });

  test('is refused while it is locked', () =>
    withPods([pod({ locked: true })], async (seen, place) => {
      await expect(planOf(place, only(seen.jobs))).rejects.toThrow(/is locked/);
    }));

  test('is refused for what is not mine', () =>
    withPods(
      [pod()],
      async (seen, place) => {
        const job = { ...only(seen.jobs), mine: true };
        await expect(planOf(place, job)).rejects.toThrow(/not yours/);
      },
      { section: { mine: ['ada-'] } },
    ));
});

describe('finding a RunPod account', () => {
  test.each([
    ['runpodctl', "apikey = 'k1'\napiurl = 'https://api.runpod.io/graphql'\n", true],
    ['the Python package', '[work]\napi_key = "k2"\n\n[default]\napi_key = "k1"\n', true],
    ['a profile alone', '[work]\napi_key = "k2"\n', false],
  ])('reads the key as %s writes it', async (_, text, there) => {
    const readFile = () => Promise.resolve(text);
    const settings = runpod.settings.parse(undefined);
    const { accounts } = await runpod.discover(bareMachine({ readFile }), settings);
    expect(accounts).toHaveLength(there ? 1 : 0);
  });
});
