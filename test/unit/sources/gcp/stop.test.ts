import { describe, expect, test } from 'vitest';
import { look, lookingAt, only, patience, planOf, stopOf } from '../open_account.ts';
import { type Cloud, customJob, googleOf, instance } from './cloud.ts';
import { openGcp, TOKEN } from './open.ts';

const over = (cloud: Omit<Cloud, 'token'>, section = {}) =>
  openGcp(googleOf({ token: TOKEN, ...cloud }), section);

describe('a stop of an instance', () => {
  test('keeps its disks, says so, and is seen to have worked', () =>
    lookingAt(over({ instances: [instance()] }), async ({ jobs }, place) => {
      const plan = await planOf(place, only(jobs));
      expect(plan).toMatchObject({
        action: 'Stop instance train (Google Cloud, ada-lab, us-central1-a)',
        equivalent: 'gcloud compute instances stop train --zone us-central1-a --project ada-lab',
        keeps: ['train: boot disk train (100 GB), which goes on costing money'],
        reversible: true,
      });
      await stopOf(place, only(jobs));
      expect(only((await look(place, ['nodes'])).nodes).state).toBe('stopped');
    }));

  test('says that local SSDs are lost, and a spot machine its place', () => {
    const disks = [{ type: 'SCRATCH', diskSizeGb: '375' }];
    const changes = { disks, scheduling: { provisioningModel: 'SPOT' } };
    return lookingAt(over({ instances: [instance(changes)] }), async ({ jobs }, place) => {
      const plan = await planOf(place, only(jobs));
      expect(plan.equivalent).toContain('--discard-local-ssd=true');
      expect(plan.loses.join()).toMatch(/local SSDs \(1, 375 GB\).*only where capacity is free/);
      // The service refuses without the flag.
      await stopOf(place, only(jobs));
    });
  });

  test('deletes where burnrate.yaml says so, with the disks that are set to go', () => {
    const extra = { type: 'PERSISTENT', source: 'x/disks/data', autoDelete: false };
    const boot = { type: 'PERSISTENT', source: 'x/disks/train', boot: true, autoDelete: true };
    const instances = [instance({ disks: [boot, extra] })];
    return lookingAt(over({ instances }, { onStop: 'delete' }), async ({ jobs }, place) => {
      const plan = await planOf(place, only(jobs));
      expect(plan.loses).toContain('train: boot disk train, which is set to be deleted with it');
      expect(plan.keeps).toEqual(['train: disk data, which goes on costing money']);
      expect(plan.reversible).toBe(false);
      await stopOf(place, only(jobs));
      expect(instances).toEqual([]);
    });
  });

  test.each([
    [
      'GKE’s node',
      {
        labels: {
          owner: 'ada',
          'goog-gke-node': '',
          'goog-k8s-cluster-name': 'lab',
          'goog-k8s-node-pool-name': 'a100',
          'goog-k8s-cluster-location': 'us-central1',
        },
      },
      'gcloud container clusters resize lab --node-pool a100 --num-nodes 0 --location us-central1 --project ada-lab',
    ],
    [
      'a member of an instance group',
      {
        metadata: {
          items: [
            {
              key: 'created-by',
              value: 'projects/4711/zones/us-central1-a/instanceGroupManagers/workers',
            },
          ],
        },
      },
      'gcloud compute instance-groups managed delete-instances workers --instances train --zone us-central1-a --project ada-lab',
    ],
    [
      'a regional group’s member',
      {
        metadata: {
          items: [
            {
              key: 'created-by',
              value: 'projects/4711/regions/us-central1/instanceGroupManagers/workers',
            },
          ],
        },
      },
      'delete-instances workers --instances train --region us-central1',
    ],
  ])('is refused for %s, with what to do instead', (_, changes, remedy) => {
    const instances = [instance(changes)];
    return lookingAt(over({ instances }), async ({ jobs }, place) => {
      const job = { ...only(jobs), mine: true };
      await expect(planOf(place, job)).rejects.toMatchObject({
        remedy: expect.stringContaining(remedy),
      });
      expect(only(instances).status).toBe('RUNNING');
    });
  });

  test('is refused for what is not mine, and where deletion is forbidden', async () => {
    await lookingAt(
      over({ instances: [instance({ labels: { owner: 'bob' } })] }),
      async ({ jobs }, place) => {
        await expect(planOf(place, { ...only(jobs), mine: true })).rejects.toThrow(
          /not yours: its owner is bob/,
        );
      },
    );
    const section = { onStop: 'delete' };
    await lookingAt(
      over({ instances: [instance({ deletionProtection: true })] }, section),
      async ({ jobs }, place) => {
        await expect(planOf(place, only(jobs))).rejects.toThrow(/protected from deletion/);
      },
    );
  });

  test('does nothing beyond what was promised', () => {
    const instances = [instance()];
    return lookingAt(over({ instances }), async ({ jobs }, place) => {
      const plan = await planOf(place, only(jobs));
      Object.assign(instances[0] ?? {}, { disks: [{ type: 'SCRATCH' }] });
      await expect(place.connection.stop?.(only(jobs), plan, patience)).rejects.toThrow(
        /have changed/,
      );
      expect(only(instances).status).toBe('RUNNING');
    });
  });

  test('never touches another machine that has taken the name since', () => {
    const instances = [instance()];
    return lookingAt(over({ instances }), async ({ jobs }, place) => {
      const plan = await planOf(place, only(jobs));
      Object.assign(instances[0] ?? {}, { id: '4711471147114711999' });
      await place.connection.stop?.(only(jobs), plan, patience);
      expect(only(instances).status).toBe('RUNNING');
    });
  });

  test('of a group goes on for those that are left, and not to those that joined', () => {
    const labels = { owner: 'ada', 'burnrate-job': 'run' };
    const other = instance({ labels, id: '4711471147114711002', name: 'worker' });
    const instances = [instance({ labels }), other];
    return lookingAt(over({ instances }), async ({ jobs }, place) => {
      const plan = await planOf(place, only(jobs));
      Object.assign(instances[0] ?? {}, { status: 'TERMINATED' });
      instances.push(instance({ labels, id: '4711471147114711003', name: 'joined' }));
      await place.connection.stop?.(only(jobs), plan, patience);
      expect(instances.map(({ status }) => status)).toEqual([
        'TERMINATED',
        'TERMINATED',
        'RUNNING',
      ]);
    });
  });
});

test('a Vertex AI job is cancelled, and is then seen to be ending', () =>
  lookingAt(over({ jobs: [customJob()] }), async ({ jobs }, place) => {
    const plan = await planOf(place, only(jobs));
    expect(plan.equivalent).toBe(
      'gcloud ai custom-jobs cancel 9001 --region us-central1 --project ada-lab',
    );
    expect(plan.reversible).toBe(false);
    await stopOf(place, only(jobs));
    expect(only((await look(place, ['jobs'])).jobs).state).toBe('stopping');
    // A second click is harmless.
    await stopOf(place, only(jobs));
  }));

test('the doctor says whether a stop would be allowed, without stopping anything', () =>
  lookingAt(
    over({ instances: [instance()], permissions: ['compute.instances.stop'] }),
    async (_, place) => {
      const checks = await place.connection.diagnose(patience);
      expect(checks.find(({ capability }) => capability === 'stop')).toMatchObject({
        ok: false,
        remedy: expect.stringContaining('burnrate doctor --policy gcp/stop'),
      });
      expect(checks.filter(({ ok }) => !ok)).toHaveLength(1);
    },
  ));
