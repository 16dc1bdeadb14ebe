import { describe, expect, test } from 'vitest';
import { withWorld } from './open.ts';
import { LAUNCHED, task, world } from './server.ts';

const MS = LAUNCHED * 1000;

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
