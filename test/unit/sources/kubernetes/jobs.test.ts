import { expect, test } from 'vitest';
import { remove } from './answers.ts';
import { lab, patience } from './lab.ts';
import { BEGAN, NOW, node, owner, pod } from './objects.ts';

const MINUTE = 60_000;

test('a job runs from when its first pod held a part of a node, each pod in its own time', async () => {
  const job = owner('batch/v1', 'Job', 'train', { labels: { owner: 'ada' } });
  await using place = await lab([
    node('gpu-1'),
    job,
    pod('early', { on: 'gpu-1', by: job, phase: 'Succeeded', endedAt: BEGAN + MINUTE }),
    // It holds its GPUs while its image is fetched.
    pod('pulling', { on: 'gpu-1', by: job, phase: 'Pending', at: BEGAN + 2 * MINUTE }),
    pod('waiting', { by: job }),
  ]);
  expect(await place.job('train')).toMatchObject({
    state: 'running',
    startedAt: BEGAN,
    shares: [{ node: 'gpu-1', pod: 'pulling', gpus: 1, from: BEGAN + 2 * MINUTE }],
  });
});

test('a job has ended with its last pod, unless its controller will try again', async () => {
  const pods = { on: 'gpu-1', phase: 'Failed' as const, endedAt: BEGAN + 5 * MINUTE };
  const failed = { conditions: [{ type: 'Failed', status: 'True' }] };
  const retry = owner('batch/v1', 'Job', 'retry');
  const over = owner('batch/v1', 'Job', 'over', { status: failed });
  const ray = owner('ray.io/v1', 'RayJob', 'ray', { status: { jobDeploymentStatus: 'Complete' } });
  await using place = await lab([
    node('gpu-1'),
    retry,
    over,
    ray,
    pod('retry-a', { ...pods, by: retry }),
    pod('over-a', { ...pods, by: over }),
    pod('over-b', { ...pods, by: over, at: BEGAN + MINUTE, endedAt: BEGAN + 7 * MINUTE }),
    pod('ray-a', { ...pods, by: ray }),
    pod('bare', pods),
    pod('long-ago', {
      ...pods,
      by: owner('batch/v1', 'Job', 'old'),
      at: NOW - 9 * 3_600_000,
      endedAt: NOW - 2 * 3_600_000,
    }),
  ]);
  const jobs = Object.fromEntries((await place.jobs()).map((job) => [job.name, job]));
  expect(jobs.retry).toMatchObject({ state: 'pending', shares: [] });
  expect(jobs.over).toMatchObject({
    state: 'ended',
    startedAt: BEGAN,
    endedAt: BEGAN + 7 * MINUTE,
    shares: [
      { pod: 'over-a', to: BEGAN + 5 * MINUTE },
      { pod: 'over-b', from: BEGAN + MINUTE, to: BEGAN + 7 * MINUTE },
    ],
  });
  expect(jobs.ray?.state).toBe('ended');
  expect(jobs.bare?.state).toBe('ended');
  // Nobody asks any more what a pod of long ago was.
  expect(place.server.asked.map(({ path }) => path).join()).not.toContain('/jobs/old');
});

test('a job whose pods are being deleted is stopping, and ended once they are gone', async () => {
  await using place = await lab([node('gpu-1'), pod('bare', { on: 'gpu-1' })]);
  const [, thing] = place.server.things;
  if (!thing) throw new Error('no pod');
  thing.metadata.deletionTimestamp = new Date(NOW).toISOString();
  expect((await place.job('bare')).state).toBe('stopping');
  remove(place.server, thing);
  expect(await place.job('bare')).toMatchObject({ state: 'ended', endedAt: NOW });
  // Nothing is known of a job whose pods could not be read.
  place.server.forbids = (_, resource) => resource === 'pods';
  const seen = await place.observe();
  expect(seen.jobs).toBeUndefined();
});

test('pods without GPUs are told only where they are asked for, and hold no GPU', async () => {
  const things = () => [
    node('gpu-1'),
    node('cpu-1', { capacity: {} }),
    pod('web', { on: 'gpu-1', limits: { cpu: '2', memory: '1Gi' } }),
    pod('web-2', { on: 'cpu-1', limits: {}, requests: { cpu: '500m' } }),
  ];
  await using usual = await lab(things());
  expect(await usual.jobs()).toEqual([]);
  await using all = await lab(things(), { settings: { allPods: true } });
  expect((await all.job('web')).shares).toEqual([{ node: 'gpu-1', pod: 'web', gpus: 0, cores: 2 }]);
  expect((await all.job('web-2')).shares).toEqual([{ node: 'cpu-1', pod: 'web-2', cores: 0.5 }]);
  expect((await all.nodes()).map(({ name }) => name)).toEqual(['gpu-1', 'cpu-1']);
});

test('whose a job is, is shown with the reason', async () => {
  const on = 'gpu-1';
  await using place = await lab(
    [
      node(on),
      pod('address', { on, labels: { owner: 'ada_example.com' } }),
      pod('short', { on, labels: { 'skypilot-user': 'ada' } }),
      pod('bob', { on, labels: { user: 'bob' } }),
      pod('namesake', { on, labels: { user: 'ada_elsewhere.org' } }),
      pod('annotated', { on, annotations: { owner: 'ada@example.com' } }),
      pod('stranger', { on, annotations: { owner: 'ada@elsewhere.org' } }),
      pod('listed', { on, namespace: 'ada-dev' }),
      pod('named', { on, namespace: 'ada' }),
      pod('nobody', { on }),
      pod('alias', { on, labels: { owner: 'lovelace' } }),
    ],
    { settings: { mine: ['ada-dev', 'lovelace'] } },
  );
  const jobs = await place.jobs();
  const told = Object.fromEntries(
    jobs.map((job) => [job.name, [job.mine, job.labels['burnrate:mine-because']]]),
  );
  expect(told).toMatchObject({
    address: [true, 'label owner=ada_example.com is who you are to the cluster'],
    short: [true, 'label skypilot-user=ada is who you are to the cluster'],
    bob: [false, expect.stringContaining('is someone else')],
    namesake: [false, expect.stringContaining('is someone else')],
    annotated: [true, expect.anything()],
    stranger: [false, expect.stringContaining('is someone else')],
    listed: [true, expect.stringContaining('sources.kubernetes.mine')],
    named: [true, expect.stringContaining('named after')],
    nobody: [false, expect.stringContaining('no owner label')],
    alias: [true, expect.stringContaining('in sources.kubernetes.mine')],
  });
  await using own = await lab([node(on), pod('nobody', { on })], {
    settings: { unlabelledAreMine: true },
  });
  expect(await own.job('nobody')).toMatchObject({ mine: true, owner: 'ada@example.com' });
});

test("others' jobs are never stopped, whatever a job claims of itself", async () => {
  await using place = await lab([
    node('gpu-1'),
    pod('hers', { on: 'gpu-1', labels: { owner: 'bob' } }),
  ]);
  const job = await place.job('hers');
  for (const claimed of [job, { ...job, mine: true }]) {
    await expect(place.connection.planStop?.(claimed, patience())).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('bob'),
    });
    const plan = {
      jobId: job.id,
      action: 'x',
      equivalent: 'x',
      loses: [],
      keeps: [],
      reversible: false,
    };
    await expect(place.connection.stop?.(claimed, plan, patience())).rejects.toThrow('not yours');
  }
  expect(place.server.asked.map(({ method }) => method)).not.toContain('DELETE');
});

test('a plan says what is lost, what stays and costs, and how to go on', async () => {
  const set = owner('kubeflow.org/v1', 'PyTorchJob', 'torch', { labels: { owner: 'ada' } });
  await using place = await lab([
    node('gpu-1'),
    node('gpu-2'),
    set,
    pod('torch-0', {
      on: 'gpu-1',
      by: set,
      volumes: [
        { name: 'scratch', emptyDir: {} },
        { name: 'data', persistentVolumeClaim: { claimName: 'dataset' } },
      ],
    }),
    pod('torch-1', { on: 'gpu-2', by: set }),
  ]);
  const job = await place.job('torch');
  const plan = await place.connection.planStop?.(job, patience());
  expect(plan).toMatchObject({
    action: 'Suspend PyTorchJob ml/torch (cluster lab)',
    equivalent: `kubectl --context lab -n ml patch pytorchjobs.kubeflow.org torch --type=merge -p '{"spec":{"runPolicy":{"suspend":true}}}'`,
    reversible: true,
  });
  expect(plan?.loses.join('\n')).toMatch(
    /2 pods get SIGTERM, and SIGKILL 30 s later[\s\S]*scratch/,
  );
  expect(plan?.keeps.join('\n')).toMatch(
    /2 nodes \(gpu-1, gpu-2\): running, and costing money[\s\S]*volume claim dataset[\s\S]*"suspend":false/,
  );
  expect(place.server.asked.map(({ method }) => method)).not.toContain('PATCH');
});

test('nothing is stopped where the way to do it has changed since the plan', async () => {
  const job = owner('batch/v1', 'Job', 'train', { labels: { owner: 'ada' } });
  await using place = await lab([node('gpu-1'), job, pod('train-0', { on: 'gpu-1', by: job })]);
  const seen = await place.job('train');
  const plan = await place.connection.planStop?.(seen, patience());
  if (!plan) throw new Error('no plan');
  // Kueue has taken the job over.
  place.server.things.push(
    owner('kueue.x-k8s.io/v1beta1', 'Workload', 'job-train', {
      by: job,
      spec: { queueName: 'team', podSets: [] },
      status: { conditions: [{ type: 'Admitted', status: 'True' }] },
    }),
  );
  place.connection.close?.();
  await expect(place.connection.stop?.(seen, plan, patience())).rejects.toMatchObject({
    kind: 'denied',
    message: expect.stringMatching(/^Nothing was stopped.*workloads\.kueue\.x-k8s\.io job-train/),
  });
  expect(job.spec).toEqual({});
});

test('what cannot be suspended is left alone, with the command that ends it', async () => {
  const service = owner('ray.io/v1', 'RayService', 'llm', { labels: { owner: 'ada' } });
  const cluster = owner('ray.io/v1', 'RayCluster', 'llm-x', { by: service });
  const flow = owner('argoproj.io/v1alpha1', 'Workflow', 'flow');
  await using place = await lab([
    node('gpu-1'),
    service,
    cluster,
    pod('llm-0', { on: 'gpu-1', by: cluster }),
    pod('flow-0', { on: 'gpu-1', by: flow, labels: { owner: 'ada' } }),
  ]);
  for (const [name, kind] of [
    ['llm', 'rayservices.ray.io'],
    ['flow', 'workflow'],
  ] as const)
    await expect(
      place.connection.planStop?.(await place.job(name), patience()),
    ).rejects.toMatchObject({ remedy: expect.stringContaining(`delete ${kind} ${name}`) });
});

test('a RayJob is made to give up its cluster, which KubeRay asks for before it suspends one', async () => {
  const keeping = owner('ray.io/v1', 'RayJob', 'keeping', { labels: { owner: 'ada' } });
  const leaving = owner('ray.io/v1', 'RayJob', 'leaving', {
    labels: { owner: 'ada' },
    spec: { shutdownAfterJobFinishes: true },
  });
  await using place = await lab([
    node('gpu-1'),
    keeping,
    leaving,
    pod('keeping-head', { on: 'gpu-1', by: keeping }),
    pod('leaving-head', { on: 'gpu-1', by: leaving }),
  ]);
  for (const name of ['keeping', 'leaving']) {
    const job = await place.job(name);
    const plan = await place.connection.planStop?.(job, patience());
    if (!plan) throw new Error('no plan');
    await place.connection.stop?.(job, plan, patience());
    expect((await place.job(name)).state).toBe('ended');
  }
  const both = { suspend: true, shutdownAfterJobFinishes: true };
  expect([keeping.spec, leaving.spec]).toEqual([both, both]);
  const sent = place.server.asked.filter(({ method }) => method === 'PATCH');
  expect(sent.map(({ body }) => body?.spec)).toEqual([both, { suspend: true }]);
});

test('a stop that an old controller would not heed has failed, and says so', async () => {
  const torch = owner('kubeflow.org/v1', 'PyTorchJob', 'torch', { labels: { owner: 'ada' } });
  await using place = await lab([node('gpu-1'), torch, pod('torch-0', { on: 'gpu-1', by: torch })]);
  const job = await place.job('torch');
  const plan = await place.connection.planStop?.(job, patience());
  if (!plan) throw new Error('no plan');
  // Fields that a definition does not have are dropped.
  place.server.instead = ({ method }) =>
    method === 'PATCH' ? { body: JSON.stringify(torch) } : undefined;
  await expect(place.connection.stop?.(job, plan, patience())).rejects.toMatchObject({
    kind: 'denied',
    message: expect.stringContaining('too old'),
    remedy: expect.stringContaining('delete pytorchjobs.kubeflow.org torch'),
  });
});
