import { describe, expect, test } from 'vitest';
import { only, patience, planOf } from '../open_account.ts';
import { type Place, withWorld } from './open.ts';
import { cluster, task, world } from './server.ts';

const orders = ({ service }: Place) =>
  service.asked
    .filter(({ call }) => /^POST \/(stop|down|jobs\/cancel)$/.test(call))
    .map(({ call, body }) => {
      const { env_vars: _, ...rest } = body as Record<string, unknown>;
      return [call, rest];
    });

const SPOT = '1x[spot](gpus=A100:8, p4d.24xlarge, disk=256)';

describe('stopping with SkyPilot', () => {
  test('stops a cluster that can be started again, and says what goes on costing', () =>
    withWorld(world({ clusters: [cluster()] }), async (place, { jobs }) => {
      const job = only(jobs);
      const plan = await planOf(place, job);
      expect(plan).toMatchObject({ equivalent: 'sky stop -y train', reversible: true });
      expect(plan.action).toBe('Stop cluster train (SkyPilot; 1x p4d.24xlarge on aws us-east-1)');
      expect(plan.keeps.join('\n')).toMatch(/disks of its machine, which go on costing/);
      expect(orders(place)).toEqual([]);
      await place.connection.stop?.(job, plan, patience);
      expect(orders(place)).toEqual([['POST /stop', { cluster_name: 'train' }]]);
    }));

  test.each([
    ['spot machines on AWS', cluster({ resources_str_full: SPOT }), '/down'],
    ['spot machines on GCP', cluster({ cloud: 'GCP', resources_str_full: SPOT }), '/stop'],
    ['Lambda', cluster({ cloud: 'Lambda' }), '/down'],
    ['Kubernetes', cluster({ cloud: 'Kubernetes' }), '/down'],
  ])('does what can be done to %s', (_, record, path) =>
    withWorld(world({ clusters: [record] }), async (place, { jobs }) => {
      const job = only(jobs);
      const plan = await planOf(place, job);
      expect(plan.reversible).toBe(path === '/stop');
      if (path === '/down') expect(plan.loses.join()).toContain('all data on the disks');
      await place.connection.stop?.(job, plan, patience);
      expect(orders(place)).toEqual([[`POST ${path}`, { cluster_name: 'train' }]]);
    }),
  );

  test('terminates where burnrate.yaml says so, and never where it says only to stop', async () => {
    const known = () => world({ clusters: [cluster({ resources_str_full: SPOT })] });
    await withWorld(
      world({ clusters: [cluster()] }),
      async (place, { jobs }) => {
        expect((await planOf(place, only(jobs))).equivalent).toBe('sky down -y train');
      },
      { stop: 'down' },
    );
    await withWorld(
      known(),
      async (place, { jobs }) => {
        await expect(planOf(place, only(jobs))).rejects.toThrow(/cannot stop train/);
      },
      { stop: 'stop' },
    );
  });

  test('cancels a managed job by its number', () =>
    withWorld(world({ tasks: [task()] }), async (place, { jobs }) => {
      const job = only(jobs);
      const plan = await planOf(place, job);
      expect(plan.equivalent).toBe('sky jobs cancel -y 12');
      await place.connection.stop?.(job, plan, patience);
      expect(orders(place)).toEqual([['POST /jobs/cancel', { job_ids: [12] }]]);
    }));

  test("never touches another user's, whatever the job claims", () =>
    withWorld(
      world({ clusters: [cluster({ user_hash: 'b0b', user_name: 'bob' })] }),
      async (place, { jobs }) => {
        const job = { ...only(jobs), mine: true };
        const plan = {
          jobId: job.id,
          action: 'x',
          equivalent: 'x',
          loses: [],
          keeps: [],
          reversible: true,
        };
        await expect(planOf(place, job)).rejects.toThrow(/not yours: its user is bob/);
        await expect(place.connection.stop?.(job, plan, patience)).rejects.toThrow(/not yours/);
        expect(orders(place)).toEqual([]);
      },
    ));

  test("never touches the controllers of others' and of all jobs", () =>
    withWorld(
      world({ clusters: [cluster({ name: 'sky-jobs-controller-fcd1e5cf' })] }),
      async (place, { jobs }) => {
        await expect(planOf(place, only(jobs))).rejects.toThrow(/manager of jobs/);
      },
    ));

  test('is refused where the cluster is another than when the person agreed', () => {
    const known = world({ clusters: [cluster()] });
    return withWorld(known, async (place, { jobs }) => {
      const job = only(jobs);
      const plan = await planOf(place, job);
      known.clusters = [cluster({ resources_str_full: SPOT })];
      await expect(place.connection.stop?.(job, plan, patience)).rejects.toThrow(/have changed/);
      known.clusters = [cluster({ cluster_hash: 'a younger one' })];
      await place.connection.stop?.(job, plan, patience);
      expect(orders(place)).toEqual([]);
    });
  });

  test("fails with SkyPilot's own words where it refuses, unless the cluster is gone by then", () => {
    const known = world({ clusters: [cluster()] });
    return withWorld(known, async (place, { jobs }) => {
      const job = only(jobs);
      const plan = await planOf(place, job);
      known.failing['/stop'] = {
        type: 'NotSupportedError',
        message:
          "\u001b[33mStopping cluster 'train'... skipped.\u001b[0m\n  MIG does not support it.",
      };
      await expect(place.connection.stop?.(job, plan, patience)).rejects.toThrow(
        "SkyPilot, POST /stop: Stopping cluster 'train'... skipped. MIG does not support it.",
      );
      known.failing['/stop'] = { type: 'ClusterDoesNotExist', message: "'train' does not exist." };
      await place.connection.stop?.(job, plan, patience);
    });
  });
});
