import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lab } from './lab.ts';
import { node, owner, pod } from './objects.ts';
import type { Thing } from './server.ts';

/** Chains of owners from the top down, each with the pod's own last. */
const CHAINS: [
  kind: string,
  top: string,
  chain: [apiVersion: string, kind: string, name: string][],
][] = [
  ['Job', 'train', [['batch/v1', 'Job', 'train']]],
  [
    'Deployment',
    'serve',
    [
      ['apps/v1', 'Deployment', 'serve'],
      ['apps/v1', 'ReplicaSet', 'serve-5d4f'],
    ],
  ],
  ['StatefulSet', 'shard', [['apps/v1', 'StatefulSet', 'shard']]],
  [
    'JobSet',
    'set',
    [
      ['jobset.x-k8s.io/v1alpha2', 'JobSet', 'set'],
      ['batch/v1', 'Job', 'set-workers-0'],
    ],
  ],
  ['PyTorchJob', 'torch', [['kubeflow.org/v1', 'PyTorchJob', 'torch']]],
  [
    'MPIJob',
    'mpi',
    [
      ['kubeflow.org/v2beta1', 'MPIJob', 'mpi'],
      ['batch/v1', 'Job', 'mpi-launcher'],
    ],
  ],
  [
    'TrainJob',
    'tune',
    [
      ['trainer.kubeflow.org/v1alpha1', 'TrainJob', 'tune'],
      ['jobset.x-k8s.io/v1alpha2', 'JobSet', 'tune'],
      ['batch/v1', 'Job', 'tune-node-0'],
    ],
  ],
  [
    'RayJob',
    'ray',
    [
      ['ray.io/v1', 'RayJob', 'ray'],
      ['ray.io/v1', 'RayCluster', 'ray-x7k2p'],
    ],
  ],
  ['RayCluster', 'notebook', [['ray.io/v1', 'RayCluster', 'notebook']]],
  // Each of its runs is a job.
  [
    'Job',
    'nightly-29',
    [
      ['batch/v1', 'CronJob', 'nightly'],
      ['batch/v1', 'Job', 'nightly-29'],
    ],
  ],
  // Of a kind that nobody here knows, and that may be owned by others.
  ['Workflow', 'flow', [['argoproj.io/v1alpha1', 'Workflow', 'flow']]],
];

test.each(CHAINS)('the pods of a %s are one job: %s', async (kind, name, chain) => {
  const owners: Thing[] = [];
  for (const [apiVersion, each, called] of chain) {
    const by = owners.at(-1);
    const labels = { owner: by ? 'bob' : 'ada' };
    owners.push(owner(apiVersion, each, called, { ...(by && { by }), labels }));
  }
  const by = owners.at(-1);
  if (!by) throw new Error('a chain has an owner');
  // The kinds of others' making are not served by every cluster: those are then not asked for.
  const known = owners.filter((one) => one.kind !== 'Workflow');
  const labels = kind === 'Workflow' ? { owner: 'ada' } : { owner: 'eve' };
  await using place = await lab([
    node('gpu-1'),
    ...known,
    pod(`${name}-a`, { on: 'gpu-1', by, labels, limits: { 'nvidia.com/gpu': '2' } }),
    pod(`${name}-b`, { on: 'gpu-1', by, labels }),
  ]);
  const jobs = await place.jobs();
  expect(jobs).toHaveLength(1);
  const mine = name !== 'nightly-29';
  expect(jobs[0]).toMatchObject({
    name,
    mine,
    state: 'running',
    level: 'scheduler',
    labels: { kind, namespace: 'ml' },
    shares: [
      { node: 'gpu-1', pod: `${name}-a`, gpus: 2 },
      { node: 'gpu-1', pod: `${name}-b`, gpus: 1 },
    ],
  });
});

test('an owner is read once, and not again while its pods are the same', async () => {
  const job = owner('batch/v1', 'Job', 'train');
  const pods = Array.from({ length: 20 }, (_, index) => pod(`train-${index}`, { by: job }));
  await using place = await lab([job, ...pods]);
  await place.jobs();
  await place.jobs();
  const reads = place.server.asked.filter(({ path }) => path.endsWith('/jobs/train'));
  expect(reads).toHaveLength(1);
});

test('where an owner may not be read its pods are told by its name, with what is missing', async () => {
  const deployment = owner('apps/v1', 'Deployment', 'serve', { labels: { owner: 'ada' } });
  const set = owner('apps/v1', 'ReplicaSet', 'serve-5d4f', { by: deployment });
  await using place = await lab([
    node('gpu-1'),
    deployment,
    set,
    pod('p', { on: 'gpu-1', by: set }),
  ]);
  place.server.forbids = (verb, resource) => verb === 'get' && resource === 'replicasets';
  const { jobs, partial } = await place.observe();
  expect(jobs).toMatchObject([{ name: 'serve-5d4f', mine: false }]);
  expect(partial).toMatchObject([
    {
      kind: 'denied',
      message: expect.stringContaining('replicasets'),
      remedy: expect.stringContaining('--verb=get --resource=replicasets.apps'),
    },
  ]);
});

test('an owner that has only the name of the real one lends it no labels', async () => {
  const gone = owner('batch/v1', 'Job', 'train', { labels: { owner: 'ada' } });
  const other = owner('batch/v1', 'Job', 'train', { labels: { owner: 'ada' } });
  other.metadata.uid = 'another-uid';
  await using place = await lab([node('gpu-1'), other, pod('train-a', { on: 'gpu-1', by: gone })]);
  expect(await place.job('train')).toMatchObject({ mine: false, state: 'running' });
});

test('a job made anew under its old name is another job', async () => {
  const first = owner('batch/v1', 'Job', 'train');
  await using place = await lab([node('gpu-1'), first, pod('train-a', { on: 'gpu-1', by: first })]);
  const before = await place.job('train');
  const second = { ...owner('batch/v1', 'Job', 'train') };
  second.metadata = { ...second.metadata, uid: 'another-uid' };
  place.server.things.splice(
    0,
    9,
    node('gpu-1'),
    second,
    pod('train-b', { on: 'gpu-1', by: second }),
  );
  const now = await place.jobs();
  expect(now.map(({ id, state }) => ({ same: id === before.id, state }))).toEqual([
    { same: false, state: 'running' },
    { same: true, state: 'ended' },
  ]);
});

/** Owners above one another, by how each is made from the one above it. */
const LINKS: readonly [apiVersion: string, kind: string][] = [
  ['ray.io/v1', 'RayJob'],
  ['jobset.x-k8s.io/v1alpha2', 'JobSet'],
  ['ray.io/v1', 'RayCluster'],
  ['apps/v1', 'StatefulSet'],
  ['batch/v1', 'Job'],
];

test('whatever owns what, each pod is of one job, and no node is held more than it is', async () => {
  const forest = fc.array(
    fc.record({
      // Which links a chain has, from the top down.
      chain: fc.subarray([...LINKS], { minLength: 0 }),
      pods: fc.array(
        fc.record({ node: fc.integer({ min: 0, max: 2 }), gpus: fc.integer({ min: 1, max: 4 }) }),
        { minLength: 1, maxLength: 4 },
      ),
    }),
    { minLength: 1, maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(forest, async (trees) => {
      const free = [8, 8, 8];
      const things: Thing[] = free.map((_, index) => node(`n${index}`));
      const tops = new Map<string, string>();
      for (const [at, tree] of trees.entries()) {
        const owners: Thing[] = [];
        for (const [depth, [apiVersion, kind]] of tree.chain.entries()) {
          const by = owners.at(-1);
          owners.push(owner(apiVersion, kind, `o${at}-${depth}`, { ...(by && { by }) }));
        }
        for (const [number, { node: on, gpus }] of tree.pods.entries()) {
          // What does not fit waits, as the scheduler has it.
          const fits = (free[on] ?? 0) >= gpus;
          if (fits) free[on] = (free[on] ?? 0) - gpus;
          const by = owners.at(-1);
          const name = `p${at}-${number}`;
          tops.set(name, owners[0]?.metadata.name ?? name);
          things.push(
            pod(name, {
              ...(by && { by }),
              ...(fits && { on: `n${on}` }),
              limits: { 'nvidia.com/gpu': String(gpus) },
            }),
          );
        }
        things.push(...owners);
      }
      await using place = await lab(things);
      const jobs = await place.jobs();
      expect(new Set(jobs.map(({ name }) => name))).toEqual(new Set(tops.values()));
      const shares = jobs.flatMap((job) =>
        job.shares.map((share) => ({ ...share, job: job.name })),
      );
      expect(new Set(shares.map((share) => share.pod)).size).toBe(shares.length);
      for (const share of shares) expect(tops.get(share.pod ?? '')).toBe(share.job);
      for (const [index, left] of free.entries()) {
        const there = shares.filter((share) => share.node === `n${index}`);
        const held = there.reduce((sum, { gpus = 0 }) => sum + gpus, 0);
        expect(held).toBe(8 - left);
      }
    }),
    { numRuns: 30 },
  );
});
