import { identify } from '@burnrate/shared/metering/identity.ts';
import { describe, expect, test } from 'vitest';
import { nodeOf } from '../../metering/given.ts';
import { withWorld } from './open.ts';
import { cluster, HASH, LAUNCHED, replica, service, world } from './server.ts';

const MS = LAUNCHED * 1000;
const signal = () => AbortSignal.timeout(20_000);

describe('a service of SkyServe', () => {
  test('is a job with the machines of its replicas, each of which is one of the cloud', () =>
    withWorld(
      world({
        services: [
          service({
            replica_info: [
              replica(),
              replica({
                replica_id: 2,
                name: 'chat-2',
                is_spot: true,
                endpoint: null,
                status: 'STARTING',
              }),
              replica({
                replica_id: 3,
                name: 'chat-3',
                status: 'PENDING',
                launched_at: null,
                cloud: null,
              }),
              // It has failed, and its cluster is gone.
              replica({
                replica_id: 4,
                name: 'chat-4',
                status: 'FAILED',
                launched_at: null,
                cloud: null,
              }),
            ],
          }),
        ],
      }),
      (_, { jobs = [], nodes = [] }) => {
        const [job] = jobs;
        expect(job).toMatchObject({
          nativeId: 'serve/chat',
          name: 'chat',
          owner: 'ada',
          mine: true,
          level: 'cluster',
          state: 'running',
          startedAt: MS,
          labels: { 'skypilot:status': 'READY', 'skypilot:ready': '1 of 4 replicas' },
        });
        expect(nodes.map(({ priceKey }) => priceKey?.market)).toEqual(['on-demand', 'spot']);
        const instance = (id: string, name: string, address: string) =>
          nodeOf({
            id: `aws:dev:${id}`,
            name,
            aliases: [id, address],
            priceKey: {
              provider: 'aws',
              instanceType: 'g5.xlarge',
              region: 'us-east-1',
              market: 'on-demand',
            },
          });
        const instances = [
          instance('i-0123456789abcdef1', `sky-chat-1-${HASH}-head`, '3.4.5.11'),
          instance('i-0123456789abcdef2', `sky-chat-2-${HASH}-head`, '3.4.5.12'),
        ];
        const fleet = identify([...nodes, ...instances]);
        expect(fleet.nodes.map(({ id }) => id)).toEqual(instances.map(({ id }) => id));
        const held = job?.shares.map(({ node }) => fleet.resolve(node)?.id);
        expect(held).toEqual(instances.map(({ id }) => id));
      },
    ));

  test('waits while none of its replicas has a machine, and ends when it is taken down', () =>
    withWorld(
      world({ services: [service({ status: 'REPLICA_INIT', replica_info: [] })] }),
      (_, { jobs = [] }) => {
        expect(jobs).toMatchObject([{ nativeId: 'serve/chat', state: 'pending', shares: [] }]);
      },
    ));

  test('is taken down by its own command, as its plan says', () =>
    withWorld(world({ services: [service()] }), async ({ connection, service: server }, seen) => {
      const [job] = seen.jobs ?? [];
      if (!job) throw new Error('no job');
      const plan = await connection.planStop?.(job, signal());
      expect(plan).toMatchObject({
        action: 'Take down service chat (SkyPilot), which runs on 1 machine',
        equivalent: 'sky serve down -y chat',
        reversible: false,
      });
      expect(plan?.loses.join()).toContain('requests to it fail');
      if (plan) await connection.stop?.(job, plan, signal());
      const sent = server.asked.filter(({ call }) => call === 'POST /serve/down');
      expect(sent.map(({ body }) => body)).toMatchObject([
        { service_names: ['chat'], all: false, purge: false },
      ]);
    }));

  test("of somebody else's is shown as theirs, and not taken down", () =>
    withWorld(
      world({ services: [service({ user_hash: 'deadbeef', user_name: 'bob' })] }),
      async ({ connection }, { jobs = [] }) => {
        const [job] = jobs;
        expect(job).toMatchObject({ owner: 'bob', mine: false });
        if (job)
          await expect(
            connection.planStop?.({ ...job, mine: true }, signal()),
          ).rejects.toMatchObject({ kind: 'denied' });
      },
    ));

  const failing = {
    '/serve/status': { type: 'RuntimeError', message: 'Failed to refresh services status' },
  };

  test('where their controller cannot be asked, all else is told, and so is that', () =>
    withWorld(
      world({ clusters: [cluster({ name: 'sky-serve-controller-fcd1e5cf' })], failing }),
      (_, { jobs, partial }) => {
        expect(jobs).toHaveLength(1);
        expect(partial?.[0]?.message).toContain('Failed to refresh services status');
      },
    ));

  test('are not missed where nobody is known to have any', () =>
    withWorld(world({ clusters: [cluster()], failing }), (_, { jobs, partial }) => {
      expect(jobs).toHaveLength(1);
      expect(partial).toBeUndefined();
    }));

  test('that were seen, and cannot be asked for now, are not taken to have ended', () => {
    const changing = world({ services: [service()] });
    return withWorld(changing, async ({ look }) => {
      changing.failing = failing;
      expect((await look()).partial).toHaveLength(1);
    });
  });
});
