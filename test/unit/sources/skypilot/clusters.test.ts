import { describe, expect, test } from 'vitest';
import { withWorld } from './open.ts';
import { cluster, LAUNCHED, past, world } from './server.ts';

const MS = LAUNCHED * 1000;
const ssh = (host: string, ip: string) => `Host ${host}\n  HostName ${ip}\n  User ubuntu\n`;

describe("SkyPilot's clusters", () => {
  test('are jobs whose machines are known by the names that their cloud gives them', () =>
    withWorld(world({ clusters: [cluster()], history: [past()] }), (place, { nodes, jobs }) => {
      expect(nodes).toMatchObject([
        {
          name: 'sky-train-fcd1e5cf-head',
          aliases: ['sky-train-fcd1e5cf-head'],
          gpus: { count: 8, model: 'A100' },
          cores: 96,
          state: 'running',
          launchedAt: MS,
          mine: true,
          priceKey: {
            provider: 'aws',
            instanceType: 'p4d.24xlarge',
            region: 'us-east-1',
            market: 'on-demand',
          },
        },
      ]);
      expect(jobs).toMatchObject([
        {
          id: `${place.account.id}:train`,
          level: 'cluster',
          state: 'running',
          startedAt: MS,
          owner: 'ada',
          mine: true,
          shares: [{ node: nodes?.[0]?.id }],
        },
      ]);
      expect(nodes?.[0]).not.toHaveProperty('rate');
    }));

  test('cost what the catalogue says for one machine, where nobody names another price', () =>
    withWorld(
      world({
        clusters: [cluster({ nodes: 2, resources_str_full: '2x[spot](g5.xlarge, disk=256)' })],
        history: [past({ num_nodes: 2, duration: 1800, total_cost: 0.4 })],
      }),
      (_, { nodes, quotes }) => {
        expect(quotes).toMatchObject([
          { nodeId: nodes?.[0]?.id, key: { market: 'spot' }, rate: { microsPerHour: 400_000 } },
        ]);
        expect(quotes?.[0]?.rate.provenance).toBe('list');
      },
    ));

  test("run since their machines do, not since the user's last `sky launch`", () =>
    withWorld(
      world({
        clusters: [cluster({ launched_at: LAUNCHED + 7200 })],
        history: [
          past({
            usage_intervals: [
              [LAUNCHED - 9000, LAUNCHED - 5000],
              [LAUNCHED, null],
            ],
          }),
        ],
      }),
      (_, { nodes, jobs }) => {
        expect(nodes?.[0]?.launchedAt).toBe(MS);
        expect(jobs?.[0]?.startedAt).toBe(MS);
      },
    ));

  test('have workers that are told apart by the addresses that SkyPilot wrote for ssh', () =>
    withWorld(
      world({
        clusters: [
          cluster({
            nodes: 3,
            node_names: 'sky-train-x-head,sky-train-x-worker,sky-train-x-worker',
          }),
        ],
      }),
      (_, { nodes }) => {
        expect(nodes?.map(({ aliases }) => aliases)).toEqual([
          ['3.4.5.6', 'sky-train-x-head'],
          ['3.4.5.7'],
          ['3.4.5.8'],
        ]);
      },
      {},
      {
        'generated/ssh/train':
          ssh('train', '3.4.5.6') +
          ssh('train-worker1', '3.4.5.7') +
          ssh('train-worker2', '3.4.5.8'),
      },
    ));

  test('leave workers that nobody could tell apart to their cloud, and doctor says how to know them', () =>
    withWorld(
      world({
        clusters: [
          cluster({
            nodes: 3,
            node_names: 'sky-train-x-head,sky-train-x-worker,sky-train-x-worker',
          }),
        ],
      }),
      async ({ connection }, { nodes, jobs }) => {
        expect(nodes?.map(({ name }) => name)).toEqual(['sky-train-x-head']);
        expect(jobs?.[0]?.labels['skypilot:not-recognised']).toBe('2 machines');
        const checks = await connection.diagnose(AbortSignal.timeout(10_000));
        const line = checks.find(({ capability }) => capability === 'nodes');
        expect(line).toMatchObject({ ok: false });
        expect(line?.remedy).toContain('sky status train');
      },
    ));

  test('hold GPUs of machines that Kubernetes hands out, which are not theirs', () =>
    withWorld(
      world({
        clusters: [
          cluster({
            cloud: 'Kubernetes',
            region: 'gke-lab',
            nodes: 2,
            accelerators: "{'H100': 4}",
            resources_str_full: '2x(gpus=H100:4, cpus=32, mem=128, disk=256)',
            node_names: 'gpu-1,gpu-2',
          }),
        ],
      }),
      (_, { nodes, jobs }) => {
        expect(nodes).toEqual([]);
        expect(jobs?.[0]?.shares).toEqual([
          { node: 'gpu-1', gpus: 4 },
          { node: 'gpu-2', gpus: 4 },
        ]);
      },
    ));

  test.each([
    ['INIT', false, 'pending', 'starting'],
    ['INIT', true, 'running', 'running'],
    ['PENDING', false, 'pending', 'starting'],
    ['AUTOSTOPPING', true, 'stopping', 'stopping'],
    ['STOPPED', true, 'ended', 'stopped'],
    ['SOMETHING_NEW', true, 'running', 'running'],
  ])('in state %s (was up: %s) are %s', (status, everUp, state, machine) =>
    withWorld(
      world({ clusters: [cluster({ status, cluster_ever_up: everUp })] }),
      (_, { nodes, jobs }) => {
        expect(jobs?.[0]?.state).toBe(state);
        expect(nodes?.[0]?.state).toBe(machine);
      },
    ),
  );

  test('that were stopped ended when their machines did', () =>
    withWorld(
      world({
        clusters: [cluster({ status: 'STOPPED' })],
        history: [past({ status: 'STOPPED', usage_intervals: [[LAUNCHED, LAUNCHED + 60]] })],
      }),
      (_, { nodes, jobs }) => {
        expect(jobs?.[0]).toMatchObject({ state: 'ended', startedAt: MS, endedAt: MS + 60_000 });
        expect(nodes?.[0]).toMatchObject({ state: 'stopped', endedAt: MS + 60_000 });
      },
    ));

  test('that were terminated are told of for an hour, with the machines that they had', () => {
    const known = world({ clusters: [cluster()], history: [past()] });
    return withWorld(known, async ({ look }, before) => {
      const now = Math.floor(Date.now() / 1000);
      known.clusters = [];
      known.history = [
        past({ status: null, node_names: null, usage_intervals: [[now - 600, now]] }),
      ];
      const { nodes, jobs } = await look();
      expect(jobs).toMatchObject([
        { id: before.jobs?.[0]?.id, state: 'ended', endedAt: now * 1000 },
      ]);
      expect(nodes).toMatchObject([{ id: before.nodes?.[0]?.id, state: 'ended' }]);
      expect(nodes?.[0]?.aliases).toEqual(before.nodes?.[0]?.aliases);
      known.history = [past({ status: null, usage_intervals: [[now - 9000, now - 3700]] })];
      expect((await look()).jobs).toEqual([]);
    });
  });

  test('of an older server that ended unseen may be those of managed jobs, and are not told of', () => {
    const now = Math.floor(Date.now() / 1000);
    const ended = past({ name: 'eval-12', status: null, usage_intervals: [[now - 60, now]] });
    return withWorld(world({ history: [ended], apiVersion: 40 }), (_, { jobs }) => {
      expect(jobs).toEqual([]);
    });
  });

  test('say when idleness ends them, and never claim to know the moment', () =>
    withWorld(world({ clusters: [cluster({ autostop: 30, to_down: true })] }), (_, { jobs }) => {
      expect(jobs?.[0]?.labels.autostop).toBe('terminated after 30 min without a job');
      expect(jobs?.[0]).not.toHaveProperty('limitAt');
    }));

  test('are read all the same where the history cannot be', () =>
    withWorld(
      world({
        clusters: [cluster()],
        failing: { '/cost_report': { type: 'CloudError', message: 'no catalogue' } },
      }),
      (_, { jobs, quotes, partial }) => {
        expect(jobs?.[0]?.startedAt).toBe(MS);
        expect(quotes).toEqual([]);
        expect(partial?.map(({ kind }) => kind)).toEqual(['unreachable']);
      },
    ));
});
