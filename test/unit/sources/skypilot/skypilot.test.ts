import { describe, expect, test } from 'vitest';
import { withWorld } from './open.ts';
import { cluster, HASH, LAUNCHED, past, task, world } from './server.ts';

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

describe('whose they are', () => {
  const two = () =>
    world({
      clusters: [
        cluster(),
        cluster({ name: 'bobs', cluster_hash: 'b', user_hash: 'b0b', user_name: 'bob' }),
      ],
    });

  test("the user's by the hash in ~/.sky; a name is nobody's proof", () =>
    withWorld({ ...two(), clusters: [cluster({ user_hash: 'other' })] }, (_, { jobs }) => {
      expect(jobs?.[0]).toMatchObject({ mine: false, owner: 'ada' });
      expect(jobs?.[0]?.labels['burnrate:mine-because']).toContain('sources.skypilot.mine');
    }));

  test('by the login where the server has logins, whatever this machine says', () =>
    withWorld({ ...two(), user: { id: 'b0b', name: 'bob' } }, (_, { jobs }) => {
      expect(jobs?.map(({ name, mine }) => [name, mine])).toEqual([
        ['train', false],
        ['bobs', true],
      ]);
    }));

  test('also by the names in burnrate.yaml', () =>
    withWorld(
      two(),
      (_, { jobs }) => {
        expect(jobs?.every(({ mine }) => mine)).toBe(true);
      },
      { mine: ['bob'] },
    ));

  test('is told to a server without logins with each request', () =>
    withWorld(two(), ({ service }) => {
      for (const { call, body } of service.asked.filter(({ call }) => call.startsWith('POST')))
        expect([call, (body as { env_vars: unknown }).env_vars]).toEqual([
          call,
          { SKYPILOT_USER_ID: HASH, SKYPILOT_USER: 'ada' },
        ]);
    }));
});

describe('managed jobs', () => {
  test('have clusters of their own, whose machines are known by their addresses', () =>
    withWorld(world({ tasks: [task()] }), (place, { nodes, jobs }) => {
      expect(jobs).toMatchObject([
        {
          id: `${place.account.id}:job/12`,
          name: 'eval',
          state: 'running',
          startedAt: MS + 60_500,
          shares: [{ node: nodes?.[0]?.id }],
        },
      ]);
      expect(nodes?.[0]).toMatchObject({
        aliases: ['10.0.0.9', '3.4.5.9', 'sky-eval-12-fcd1e5cf-head'],
        gpus: { count: 1, model: 'A10G' },
        priceKey: { instanceType: 'g5.xlarge', zone: 'us-east-1a', market: 'spot' },
      });
    }));

  test.each(['PENDING', 'STARTING'])('hold nothing while they are %s', (status) =>
    withWorld(
      world({ tasks: [task({ status, cluster_name_on_cloud: null, start_at: null })] }),
      (_, { nodes, jobs }) => {
        expect(nodes).toEqual([]);
        expect(jobs).toMatchObject([{ state: 'pending', shares: [] }]);
      },
    ),
  );

  test('hold nothing while they wait for another machine after a preemption', () =>
    withWorld(
      world({ tasks: [task({ status: 'RECOVERING', recovery_count: 2 })] }),
      (_, { nodes, jobs }) => {
        expect(nodes).toEqual([]);
        expect(jobs?.[0]).toMatchObject({ state: 'pending', labels: { recoveries: '2' } });
      },
    ));

  test('that ended had the machines that they were seen on', () => {
    const known = world({ tasks: [task()] });
    return withWorld(known, async ({ look }, before) => {
      const end = Date.now() / 1000;
      known.tasks = [
        task({
          status: 'SUCCEEDED',
          end_at: end,
          cluster_name_on_cloud: null,
          internal_external_ips: null,
        }),
      ];
      const { nodes, jobs } = await look();
      expect(jobs).toMatchObject([{ state: 'ended', endedAt: Math.round(end * 1000) }]);
      expect(jobs?.[0]?.shares).toEqual(before.jobs?.[0]?.shares);
      expect(nodes).toMatchObject([{ id: before.nodes?.[0]?.id, state: 'ended' }]);
    });
  });

  test('of several tasks are one job each, with the machines of the task that runs', () =>
    withWorld(
      world({
        tasks: [
          task({ status: 'SUCCEEDED', end_at: LAUNCHED + 500 }),
          task({ task_id: 1, start_at: LAUNCHED + 600, cluster_name_on_cloud: 'eval-12-b' }),
        ],
      }),
      (_, { nodes, jobs }) => {
        expect(jobs).toHaveLength(1);
        expect(nodes).toHaveLength(1);
        expect(jobs?.[0]).not.toHaveProperty('endedAt');
      },
    ));

  test('of a pool share its worker, which stays when one of them ends', () => {
    const onWorker = { pool: 'lab', cluster_name_on_cloud: 'lab-1-x' };
    const known = world({ tasks: [task(onWorker), task({ ...onWorker, job_id: 13 })] });
    return withWorld(known, async ({ look, connection }, { nodes, jobs }) => {
      expect(nodes).toHaveLength(1);
      expect(jobs?.map(({ shares }) => shares[0]?.node)).toEqual([nodes?.[0]?.id, nodes?.[0]?.id]);
      const [job] = jobs ?? [];
      const plan = job && (await connection.planStop?.(job, AbortSignal.timeout(10_000)));
      expect(plan?.loses.join()).not.toContain('disks');
      expect(plan?.keeps.join()).toContain('workers of pool lab, which go on costing');
      known.tasks = [
        task({ ...onWorker, status: 'CANCELLED', end_at: Date.now() / 1000 }),
        task({ ...onWorker, job_id: 13 }),
      ];
      expect((await look()).nodes?.map(({ state }) => state)).toEqual(['running']);
    });
  });

  test('are still seen when hundreds have ended since they began', () =>
    withWorld(
      world({
        tasks: [
          ...Array.from({ length: 300 }, (_, index) =>
            task({ job_id: 1000 - index, status: 'SUCCEEDED', end_at: LAUNCHED }),
          ),
          task(),
        ],
      }),
      (_, { jobs }) => {
        expect(jobs?.map(({ nativeId }) => nativeId)).toContain('job/12');
      },
    ));

  test('that cannot be read are a part that failed, not none', () =>
    withWorld(
      world({ failing: { '/jobs/queue/v2': { type: 'RuntimeError', message: 'ssh failed' } } }),
      (_, { partial }) => {
        expect(partial?.[0]?.message).toContain('ssh failed');
      },
    ));
});
