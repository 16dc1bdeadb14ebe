import { describe, expect, test } from 'vitest';
import { look, lookingAt, only, patience, planOf, stopOf } from '../open_account.ts';
import { azureOf, type Cloud } from './cloud.ts';
import { openAzure, TOKEN } from './open.ts';
import { cluster, instance, pool, run, sku, vm, workspace } from './resources.ts';

const A100 = 'Standard_NC24ads_A100_v4';

function withCloud(cloud: Cloud, task: Parameters<typeof lookingAt>[1]): Promise<void> {
  return lookingAt(openAzure(azureOf(TOKEN, cloud)), task);
}

describe('stopping on Azure', () => {
  test('deallocates a machine, says what is lost, and sees it end at once', () => {
    const machine = vm('a100', A100, {
      properties: { priority: 'Spot', evictionPolicy: 'Delete' },
    });
    const skus = [sku(A100, { GPUs: '1', vCPUs: '24', MaxResourceVolumeMB: '65536' })];
    const cloud: Cloud = { resources: [machine], skus };
    return withCloud(cloud, async (seen, place) => {
      const job = only(seen.jobs);
      expect(await planOf(place, job)).toMatchObject({
        action: `Deallocate machine a100 (${A100} in eastus, Azure)`,
        equivalent: `az vm deallocate --ids ${machine.id}`,
        loses: [
          expect.stringContaining('in its memory'),
          'a100: all data on its temporary disk (64 GB)',
          expect.stringContaining('its hold on the GPUs'),
        ],
        keeps: [
          'a100: disk a100_OsDisk, a100_data, which goes on costing money',
          expect.stringContaining('public address'),
          expect.stringContaining('eviction policy, Delete, is for evictions'),
        ],
        reversible: true,
      });
      await stopOf(place, job);
      // Resource Graph still has it running for a while.
      const late = vm('a100', A100, { properties: { priority: 'Spot' } });
      const whole = azureOf(TOKEN, cloud);
      const behind = azureOf(TOKEN, { ...cloud, resources: [late] });
      place.service.on((ask) => (ask.call.includes('ResourceGraph') ? behind : whole)(ask));
      expect(only((await look(place, ['nodes', 'jobs'])).jobs).state).toBe('stopping');
    });
  });

  test('deallocates also what is stopped and still charged for', () =>
    withCloud({ resources: [vm('a', A100, { power: 'stopped' })] }, async (seen, place) => {
      await stopOf(place, only(seen.jobs));
      expect(place.service.asked.at(-1)?.call).toMatch(/^POST .*\/a\/deallocate$/);
    }));

  test('deallocates all machines of a cluster, and those that are left where one has ended', () => {
    const tags = { 'skypilot-cluster-name': 'train' };
    const cloud = { resources: ['head', 'worker'].map((name) => vm(name, A100, { tags })) };
    return withCloud(cloud, async (seen, place) => {
      const job = only(seen.jobs);
      const plan = await planOf(place, job);
      expect(plan.action).toMatch(/^Deallocate machines head, worker/);
      cloud.resources.shift();
      await place.connection.stop?.(job, plan, patience);
      const orders = place.service.asked.filter(({ call }) => call.endsWith('/deallocate'));
      expect(orders).toHaveLength(1);
    });
  });

  test('does nothing beyond what was agreed to', () => {
    const cloud = { resources: [vm('a', A100)], skus: [] as unknown[] };
    return withCloud(cloud, async (seen, place) => {
      const job = only(seen.jobs);
      const plan = { ...(await planOf(place, job)), loses: [] };
      await expect(place.connection.stop?.(job, plan, patience)).rejects.toThrow(/have changed/);
      expect(place.service.asked.some(({ call }) => call.endsWith('/deallocate'))).toBe(false);
    });
  });

  test.each([
    ['a pool of AKS', pool('aks', A100), /pool gpu of AKS cluster train/, /az aks nodepool scale/],
    [
      'a scale set',
      pool('set', A100).map((one) => ({ ...one, tags: {} })),
      /belongs to scale set set/,
      /az vmss scale --resource-group ml-rg --name set/,
    ],
    [
      'a system disk that would be lost',
      [
        vm('a', A100, {
          properties: { storageProfile: { osDisk: { diffDiskSettings: { option: 'Local' } } } },
        }),
      ],
      /ephemeral system disk/,
      /az vm delete --ids/,
    ],
  ])('is refused for a member of %s, with what to do instead', (_, resources, message, remedy) =>
    withCloud({ resources }, async (seen, place) => {
      const job = { ...only(seen.jobs), mine: true };
      await expect(planOf(place, job)).rejects.toMatchObject({
        message: expect.stringMatching(message),
        remedy: expect.stringMatching(remedy),
      });
    }),
  );

  test('is refused for what is not mine, whatever the job says', () =>
    withCloud({ resources: [vm('a', A100, { tags: { owner: 'bob' } })] }, async (seen, place) => {
      const job = { ...only(seen.jobs), mine: true };
      await expect(planOf(place, job)).rejects.toThrow(/not yours: its owner is bob/);
    }));

  test('cancels a job of Azure ML, and stops a compute instance', () => {
    const cloud: Cloud = {
      resources: [workspace()],
      computes: [cluster('a100s'), instance('ada-notebook')],
      clusterNodes: { a100s: [{ nodeId: 'n', nodeState: 'running', runId: 'tune' }] },
      runs: [run('tune', 'Running')],
    };
    return withCloud(cloud, async ({ jobs = [] }, place) => {
      const [notebook, tune] = jobs;
      if (!notebook || !tune) throw new Error('both are jobs');
      expect(await planOf(place, tune)).toMatchObject({
        action: 'Cancel job tune display (workspace research, Azure)',
        equivalent: expect.stringContaining(
          'az ml job cancel --name tune --workspace-name research',
        ),
        reversible: false,
      });
      await stopOf(place, tune);
      expect(await planOf(place, notebook)).toMatchObject({
        action: 'Stop compute instance ada-notebook (workspace research, Azure)',
        reversible: true,
      });
      await stopOf(place, notebook);
      const after = (await look(place, ['jobs'])).jobs ?? [];
      expect(after.map(({ state }) => state)).toEqual(['stopping', 'stopping']);
    });
  });
});
