import { namesIn } from '@burnrate/shared/metering/names.ts';
import { gcp } from '@burnrate/shared/sources/gcp/index.ts';
import { ownershipOf } from '@burnrate/shared/sources/gcp/owners.ts';
import { describe, expect, test } from 'vitest';
import { only } from '../open_account.ts';
import { instance } from './cloud.ts';
import { seeing } from './open.ts';

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
