import { describe, expect, test } from 'vitest';
import { lookingAt, only } from '../open_account.ts';
import { azureOf, type Cloud } from './cloud.ts';
import { openAzure, TOKEN, withCloud } from './open.ts';
import { cluster, instance, run, sku, workspace } from './resources.ts';

const A100 = 'Standard_NC24ads_A100_v4';

describe('Azure ML', () => {
  const cloud: Cloud = {
    resources: [workspace()],
    computes: [cluster('a100s'), instance('ada-notebook')],
    clusterNodes: {
      a100s: [
        { nodeId: 'tvmps_1_d', nodeState: 'running', runId: 'tune' },
        { nodeId: 'tvmps_2_d', nodeState: 'idle', runId: null },
        { nodeId: 'tvmps_3_d', nodeState: 'preempted', runId: null },
      ],
    },
    runs: [
      run('tune', 'Running'),
      run('later', 'Queued'),
      run('done', 'Completed'),
      run('bare', 'Running', {
        computeId: null,
        resources: { instanceCount: 2, instanceType: A100 },
        tags: { owner: 'bob' },
      }),
      // Its machines are those of a Kubernetes cluster, whose source shows it.
      run('pods', 'Running', { computeId: '/subscriptions/x/computes/aks' }),
    ],
    skus: [sku(A100, { GPUs: '1', vCPUs: '24' })],
    busy: { tvmps_1_d: [80, 90, null] },
  };

  test('jobs hold the machines that run them, on clusters and without', () =>
    withCloud(cloud, ({ jobs = [], nodes = [] }) => {
      const nameOf = new Map(nodes.map(({ id, name }) => [id, name]));
      const held = jobs.map(({ name, state, mine, shares }) => [
        name,
        state,
        mine,
        shares.map(({ node }) => nameOf.get(node)),
      ]);
      expect(held).toEqual([
        ['ada-notebook', 'running', true, ['ada-notebook']],
        ['tune display', 'running', true, ['tvmps_1_d']],
        ['later display', 'pending', true, []],
        ['bare display', 'running', false, ['bare display-0', 'bare display-1']],
      ]);
    }));

  test('machines are paid for while they are there, at the price of low priority', () =>
    withCloud(cloud, ({ nodes = [] }) => {
      const cluster = nodes.filter(({ scheduled }) => scheduled);
      expect(cluster.map(({ state }) => state)).toEqual(['running', 'running', 'ended']);
      expect(cluster[0]).toMatchObject({
        gpus: { count: 1, model: 'NVIDIA A100 80GB' },
        // Azure ML wrote it in capitals.
        priceKey: { instanceType: `${A100} Low Priority`, market: 'spot', region: 'eastus' },
      });
      expect(nodes.find(({ name }) => name === 'ada-notebook')).toMatchObject({
        launchedAt: Date.parse('2026-11-25T06:00:00Z'),
        owner: 'ada@example.com',
        priceKey: { instanceType: 'Standard_NC6s_v3', market: 'on-demand' },
      });
    }));

  test('GPUs are as busy as Azure Monitor last knew', () =>
    withCloud(cloud, ({ samples }) => {
      expect(only(samples)).toMatchObject({
        gpuIndex: 0,
        utilization: 0.9,
        at: Date.parse('2026-11-25T11:51:00Z'),
        model: 'NVIDIA A100 80GB',
      });
    }));

  test('a job that began long before the latest ones is found by the machine it holds', () => {
    const old = run('old', 'Running');
    const whole = azureOf(TOKEN, {
      ...cloud,
      clusterNodes: { a100s: [{ nodeId: 'n', nodeState: 'running', runId: 'old' }] },
      runs: [old],
    });
    const opening = openAzure((ask) =>
      ask.call.endsWith('/jobs') ? { body: '{"value": []}' } : whole(ask),
    );
    return lookingAt(opening, ({ jobs = [] }) => {
      expect(jobs.map(({ name }) => name)).toContain('old display');
    });
  });
});
