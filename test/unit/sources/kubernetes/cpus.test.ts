import { tieSamples } from '@burnrate/shared/collector/samples.ts';
import type { Observation } from '@burnrate/shared/sources/source.ts';
import { expect, test } from 'vitest';
import { status } from './answers.ts';
import { type Lab, lab, patience } from './lab.ts';
import { NOW, node, owner, pod, usage } from './objects.ts';
import type { Thing } from './server.ts';

const USED = '/apis/metrics.k8s.io/v1beta1/namespaces/ml/pods';

/** Data loaders of mine, of which the last has just begun; a colleague's; and a job with a GPU. */
function things(): Thing[] {
  const etl = owner('batch/v1', 'Job', 'etl', { labels: { owner: 'ada' } });
  const theirs = owner('batch/v1', 'Job', 'theirs', { labels: { owner: 'bob' } });
  const train = owner('batch/v1', 'Job', 'train', { labels: { owner: 'ada' } });
  const cores = (cpu: string) => ({ limits: {}, requests: { cpu } });
  return [
    ...[node('gpu-1'), node('cpu-1', { capacity: {} }), node('cpu-2', { capacity: {} })],
    ...[etl, theirs, train],
    pod('etl-0', { on: 'cpu-1', by: etl, ...cores('8') }),
    pod('etl-1', { on: 'cpu-2', by: etl, ...cores('500m') }),
    pod('etl-2', { on: 'cpu-2', by: etl, ...cores('4') }),
    pod('theirs-0', { on: 'cpu-1', by: theirs, ...cores('4') }),
    pod('train-0', { on: 'gpu-1', by: train }),
    // In two containers; then more than was asked for.
    usage('etl-0', ['1500000000n', '500m']),
    usage('etl-1', ['1920m']),
    usage('theirs-0', ['3']),
    usage('train-0', ['7']),
  ];
}

const look = ({ connection }: Lab): Promise<Observation> =>
  connection.observe({
    what: new Set(['nodes', 'jobs', 'telemetry']),
    wanted: [],
    signal: patience(),
  });
const asked = ({ server }: Lab) => server.asked.filter(({ path }) => path === USED).length;
const telemetry = async ({ connection }: Lab) =>
  (await connection.diagnose(patience())).find(({ capability }) => capability === 'telemetry');
const allPods = { settings: { allPods: true } };

test('how busy the cores are that my pods without GPUs hold, the cluster tells', async () => {
  await using place = await lab(things(), allPods);
  const { samples = [], jobs = [], nodes = [], partial } = await look(place);
  expect(partial).toBeUndefined();
  const common = { at: NOW - 20_000, namespace: 'ml' };
  expect(samples).toEqual([
    { ...common, node: 'cpu-1', pod: 'etl-0', gpu: 'CPU of ml/etl-0', utilization: 0.25 },
    { ...common, node: 'cpu-2', pod: 'etl-1', gpu: 'CPU of ml/etl-1', utilization: 1 },
  ]);
  // It is that job's, also on a node that it shares with another's.
  const ids = new Map(nodes.map((one) => [one.name, one.id]));
  const tied = tieSamples(
    samples,
    jobs,
    new Map(nodes.map((one) => [one.id, one])),
    (name) => ids.get(name) ?? name,
  );
  const etl = jobs.find(({ name }) => name === 'etl');
  expect(tied.map(({ jobIds }) => jobIds)).toEqual([[etl?.id], [etl?.id]]);
  expect((await telemetry(place))?.message).toContain('CPU of 2 of 3 pods of yours without GPUs');
});

test('nothing is asked where there is nothing to ask for, or nobody to answer', async () => {
  await using usual = await lab(things());
  expect((await look(usual)).samples).toEqual([]);
  expect(asked(usual)).toBe(0);
  expect((await telemetry(usual))?.message).not.toContain('without GPUs');
  const bare = things().filter(({ apiVersion }) => !apiVersion.startsWith('metrics'));
  await using without = await lab(bare, allPods);
  expect((await look(without)).samples).toEqual([]);
  expect(asked(without)).toBe(0);
  expect(await telemetry(without)).toMatchObject({
    ok: true,
    message: expect.stringContaining('the cluster has no metrics-server'),
  });
});

test('where it is not allowed nothing is asked, nothing fails, and the doctor says how', async () => {
  await using place = await lab(things(), allPods);
  place.server.instead = ({ path, body }) =>
    path.endsWith('/selfsubjectaccessreviews') && JSON.stringify(body).includes('metrics.k8s.io')
      ? { body: JSON.stringify({ status: { allowed: false } }) }
      : undefined;
  const { samples, partial } = await look(place);
  expect([samples, partial]).toEqual([[], undefined]);
  expect(asked(place)).toBe(0);
  expect(await telemetry(place)).toMatchObject({
    ok: true,
    message: expect.stringContaining('doctor --policy kubernetes/read'),
  });
});

test('a metrics-server that is down is told, and costs neither nodes nor jobs', async () => {
  await using place = await lab(things(), allPods);
  place.server.instead = ({ path }) =>
    path === USED ? status(503, 'ServiceUnavailable', 'service unavailable') : undefined;
  const { samples, nodes, jobs, partial } = await look(place);
  expect(samples).toEqual([]);
  expect([nodes?.length, jobs?.length]).toEqual([3, 3]);
  expect(partial?.[0]?.message).toContain('pods.metrics.k8s.io');
  expect((await telemetry(place))?.ok).toBe(false);
});
