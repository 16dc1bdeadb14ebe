import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kubeconfig } from '../../unit/sources/kubernetes/machine.ts';
import { owner, pod } from '../../unit/sources/kubernetes/objects.ts';
import type { Thing } from '../../unit/sources/kubernetes/server.ts';
import { folderWith, installApiServer, installKubectl } from './apiserver.ts';
import { batch, Cluster, jobs, live, named, selector, signal, template } from './cluster.ts';

const skipped = await installApiServer();
const noKubectl = skipped === undefined ? await installKubectl() : skipped;
const why = skipped === undefined ? '' : ` (skipped: ${skipped})`;
const HALF_HOUR = 30 * 60_000;

describe.skipIf(skipped !== undefined)(`stopping at a real API server${why}`, () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start();
  }, HALF_HOUR);

  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  const stoppable: [kind: string, top: Thing, path: string, halted: unknown][] = [
    [
      'Job',
      owner('batch/v1', 'Job', 'train', { spec: batch }),
      '/apis/batch/v1/namespaces/ml/jobs/train',
      { suspend: true },
    ],
    [
      'Deployment',
      owner('apps/v1', 'Deployment', 'serve', { spec: { replicas: 2, selector, template } }),
      '/apis/apps/v1/namespaces/ml/deployments/serve',
      { replicas: 0 },
    ],
    [
      'StatefulSet',
      owner('apps/v1', 'StatefulSet', 'shard', {
        spec: { replicas: 1, serviceName: 'x', selector, template },
      }),
      '/apis/apps/v1/namespaces/ml/statefulsets/shard',
      { replicas: 0 },
    ],
    [
      'JobSet',
      owner('jobset.x-k8s.io/v1alpha2', 'JobSet', 'set'),
      '/apis/jobset.x-k8s.io/v1alpha2/namespaces/ml/jobsets/set',
      { suspend: true },
    ],
    [
      'PyTorchJob',
      owner('kubeflow.org/v1', 'PyTorchJob', 'torch', {
        spec: { runPolicy: { cleanPodPolicy: 'None' } },
      }),
      '/apis/kubeflow.org/v1/namespaces/ml/pytorchjobs/torch',
      { runPolicy: { suspend: true, cleanPodPolicy: 'None' } },
    ],
    [
      'TrainJob',
      owner('trainer.kubeflow.org/v1alpha1', 'TrainJob', 'tune', {
        spec: { runtimeRef: { name: 'torch-distributed' } },
      }),
      '/apis/trainer.kubeflow.org/v1alpha1/namespaces/ml/trainjobs/tune',
      { suspend: true, runtimeRef: { name: 'torch-distributed' } },
    ],
    [
      'RayJob',
      owner('ray.io/v1', 'RayJob', 'ray'),
      '/apis/ray.io/v1/namespaces/ml/rayjobs/ray',
      { suspend: true },
    ],
  ];

  test.each(stoppable)(
    'with stop.yaml beside it a %s is suspended, and its end is seen',
    async (kind, top, path, halted) => {
      top.metadata.labels = { owner: 'ada' };
      const made = await cluster.make(top);
      const its = await cluster.make(pod(`${top.metadata.name}-0`, { on: 'gpu-1', by: made }));
      const connection = await cluster.ada();
      const before = named(await jobs(connection), top.metadata.name);
      if (!before) throw new Error('the job is not there');
      expect(before).toMatchObject({ state: 'running', mine: true, labels: { kind } });
      const plan = await connection.planStop?.(before, signal());
      if (!plan) throw new Error('no plan');
      expect(plan.reversible).toBe(true);
      await connection.stop?.(before, plan, signal());
      expect((await cluster.api.ask<Thing>('GET', path)).spec).toMatchObject(halted as object);
      // What the controller does then.
      await cluster.drop(`/api/v1/namespaces/ml/pods/${its.metadata.name}`);
      expect(named(await jobs(connection), top.metadata.name)?.state).toBe('ended');
      await connection.stop?.(before, plan, signal());
      await connection.close?.();
      await cluster.drop(path);
    },
  );

  test('a bare pod is deleted, and not another that has taken its name since', async () => {
    await cluster.make(pod('alone', { on: 'gpu-1', labels: { owner: 'ada' } }));
    const connection = await cluster.ada();
    const job = named(await jobs(connection), 'alone');
    if (!job) throw new Error('the job is not there');
    const plan = await connection.planStop?.(job, signal());
    if (!plan) throw new Error('no plan');
    expect(plan.reversible).toBe(false);
    const path = '/api/v1/namespaces/ml/pods/alone';
    await cluster.drop(path);
    const other = await cluster.make(pod('alone', { on: 'gpu-1', labels: { owner: 'ada' } }));
    await connection.stop?.(job, plan, signal());
    expect((await cluster.api.ask<Thing>('GET', path)).metadata.uid).toBe(other.metadata.uid);
    const second = named(
      (await jobs(connection)).filter(({ state }) => state !== 'ended'),
      'alone',
    );
    if (!second) throw new Error('the second is not there');
    await connection.stop?.(second, { ...plan, jobId: second.id }, signal());
    const left = await cluster.api.ask<Thing>('GET', path).catch(() => undefined);
    // Nothing runs a kubelet here, which would see it off.
    expect(left === undefined || left.metadata.deletionTimestamp !== undefined).toBe(true);
    if (left) await cluster.drop(path);
    await connection.close?.();
  });

  test.skipIf(noKubectl !== undefined)(
    `what a plan shows does the same in a terminal, and is undone as it says${noKubectl ? ` (skipped: ${noKubectl})` : ''}`,
    async () => {
      await using home = await folderWith(
        kubeconfig(cluster.api, `token: ${cluster.api.tokens.root}`),
      );
      const type = (command: string) =>
        promisify(execFile)('sh', ['-c', command], {
          env: { ...process.env, KUBECONFIG: home.path },
        });
      const connection = await cluster.ada();
      for (const [, top, path, halted] of stoppable) {
        const before = await cluster.make(top);
        const { name } = top.metadata;
        await cluster.make(pod(`${name}-0`, { on: 'gpu-1', by: before }));
        const job = named(await live(connection), name);
        const plan = job && (await connection.planStop?.(job, signal()));
        if (!plan) throw new Error(`no plan for ${name}`);
        await type(plan.equivalent);
        expect((await cluster.api.ask<Thing>('GET', path)).spec, plan.equivalent).toMatchObject(
          halted as object,
        );
        const undo = plan.keeps.join('\n').split('to start it again: ')[1] ?? '';
        await type(undo);
        const { spec } = await cluster.api.ask<Thing>('GET', path);
        expect(spec, undo).not.toMatchObject(halted as object);
        await cluster.drop(`/api/v1/namespaces/ml/pods/${name}-0`);
        await cluster.drop(path);
      }
      await connection.close?.();
    },
  );

  test('what Kueue queues waits, and is stopped by way of Kueue', async () => {
    const job = await cluster.make(
      owner('batch/v1', 'Job', 'queued', {
        labels: { owner: 'ada' },
        spec: { ...batch, suspend: true },
      }),
    );
    const workload = owner('kueue.x-k8s.io/v1beta1', 'Workload', 'job-queued-1', {
      by: job,
      spec: {
        queueName: 'team-a',
        active: true,
        podSets: [
          {
            name: 'main',
            count: 1,
            template: {
              spec: {
                containers: [
                  { name: 'main', image: 'x', resources: { limits: { 'nvidia.com/gpu': '8' } } },
                ],
              },
            },
          },
        ],
      },
    });
    await cluster.make(workload);
    const connection = await cluster.ada();
    const waiting = named(await jobs(connection), 'queued');
    if (!waiting) throw new Error('the job is not there');
    expect(waiting).toMatchObject({ state: 'pending', shares: [], labels: { queue: 'team-a' } });
    const plan = await connection.planStop?.(waiting, signal());
    if (!plan) throw new Error('no plan');
    expect(plan.loses).toEqual(['its place in the queue']);
    await connection.stop?.(waiting, plan, signal());
    const path = '/apis/kueue.x-k8s.io/v1beta1/namespaces/ml/workloads/job-queued-1';
    expect((await cluster.api.ask<Thing>('GET', path)).spec).toMatchObject({
      active: false,
      queueName: 'team-a',
    });
    expect(named(await jobs(connection), 'queued')?.state).toBe('ended');
    await connection.close?.();
  });
});
