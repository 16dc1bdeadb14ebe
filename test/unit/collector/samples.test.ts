import { tieSamples } from '@burnrate/shared/collector/samples.ts';
import type { Job, Level, Share } from '@burnrate/shared/model/job.ts';
import { type Node, PER_SECOND } from '@burnrate/shared/model/node.ts';
import type { Sample } from '@burnrate/shared/model/sample.ts';
import { expect, test } from 'vitest';

const node: Node = {
  id: 'aws:main:i-1',
  source: 'aws',
  account: 'aws:main',
  name: 'i-1',
  aliases: ['ip-10-0-0-1'],
  gpus: { count: 8 },
  state: 'running',
  billing: PER_SECOND,
  mine: true,
  labels: {},
};
const nodes = new Map([[node.id, node]]);
const resolve = (name: string) =>
  name === node.id || name === 'ip-10-0-0-1' ? node.id : undefined;

function job(id: string, share: Partial<Share>, level: Level = 'scheduler', extra = {}): Job {
  return {
    id: `slurm:lab:${id}`,
    source: 'slurm',
    account: 'slurm:lab',
    nativeId: id,
    name: id,
    mine: true,
    level,
    state: 'running',
    shares: [{ node: 'ip-10-0-0-1', ...share }],
    labels: {},
    ...extra,
  };
}

/** Eight GPUs; those in `busy` work. */
function readings(busy: readonly number[], extra: Partial<Sample> = {}): Sample[] {
  return Array.from({ length: 8 }, (_, gpuIndex) => ({
    at: 1,
    node: 'ip-10-0-0-1',
    gpu: `GPU-${gpuIndex}`,
    gpuIndex,
    engineActive: busy.includes(gpuIndex) ? 0.9 : 0.01,
    ...extra,
  }));
}

/** The job ids of each GPU, by index. */
function owners(samples: Sample[], jobs: Job[]): string[] {
  return tieSamples(samples, jobs, nodes, resolve).map((sample) =>
    sample.jobIds.map((id) => id.split(':').at(-1)).join('+'),
  );
}

const all = (id: string) => Array.from({ length: 8 }, () => id);

test('a reading is tied to the node by any of its names; of no job and no machine, it is left out', () => {
  const [known] = tieSamples(readings([]), [], nodes, resolve);
  expect(known).toMatchObject({ nodeId: node.id, jobIds: [] });
  expect(known).not.toHaveProperty('node');
  const elsewhere = [{ at: 1, node: 'elsewhere', gpu: 'G', gpuIndex: 0 }];
  expect(tieSamples(elsewhere, [], nodes, resolve)).toEqual([]);
  // A job's own reading is kept, be its machine in sight or not.
  const [its] = tieSamples(elsewhere, [job('1', { node: 'elsewhere' })], nodes, resolve);
  expect(its).toMatchObject({ nodeId: 'elsewhere', jobIds: [expect.stringMatching(/:1$/)] });
});

test('the sole job on the whole node has all its readings', () => {
  expect(owners(readings([]), [job('1', {})])).toEqual(all('1'));
  expect(owners(readings([]), [job('1', { gpus: 8 })])).toEqual(all('1'));
  const processOnly = job('1', { cores: 4 });
  expect(owners(readings([]), [processOnly])).toEqual(all(''));
  expect(owners(readings([]), [job('1', {}, 'scheduler', { state: 'ended' })])).toEqual(all(''));
});

test('the most specific job wins a GPU, and whoever started the machine has the rest', () => {
  const machine = job('vm', {}, 'machine');
  const rest = (id: string) => [id, id, '1', id, id, '1', id, id];
  const held = { gpus: 2, gpuIndexes: [2, 5] };
  expect(owners(readings([]), [machine, job('1', held, 'process')])).toEqual(rest('vm'));
  // What a scheduler has not handed out is idle, whoever started the machine.
  expect(owners(readings([]), [machine, job('1', held)])).toEqual(rest(''));
});

test("the exporter's own word for the job decides first", () => {
  const jobs = [job('1', { gpus: 4 }), job('2', { gpus: 4 })];
  const named = readings([]).map((reading, index) => ({
    ...reading,
    slurmJob: index < 4 ? '2' : '1',
  }));
  expect(owners(named, jobs)).toEqual(['2', '2', '2', '2', '1', '1', '1', '1']);
  const pod = job('ml/train-0', {}, 'process');
  expect(owners(readings([], { pod: 'train-0', namespace: 'ml' }), [pod])).toEqual(
    all('ml/train-0'),
  );
});

test('a job of several pods has the readings of each of them', () => {
  const pods = (id: string, names: string[]) =>
    job(id, {}, 'scheduler', {
      shares: names.map((pod) => ({ node: 'ip-10-0-0-1', gpus: 2, pod })),
      labels: { namespace: 'ml' },
    });
  const jobs = [pods('1', ['a-0', 'a-1']), pods('2', ['b-0', 'b-1'])];
  const names = ['a-0', 'a-0', 'b-0', 'b-0', 'a-1', 'a-1', 'b-1', 'b-1'];
  const named = (namespace: string) =>
    readings([]).map((reading, index) => ({ ...reading, pod: names[index] ?? '', namespace }));
  expect(owners(named('ml'), jobs)).toEqual(['1', '1', '2', '2', '1', '1', '2', '2']);
  expect(owners(named('other'), jobs)).toEqual(all(''));
  // Where no pod is named, its shares are counted together: it is one job all the same.
  expect(owners(readings([0, 3, 4, 7]), jobs.slice(0, 1))).toEqual([
    '1',
    '',
    '',
    '1',
    '1',
    '',
    '',
    '1',
  ]);
});

test('a lone job whose GPUs nobody names is credited with the busiest', () => {
  expect(owners(readings([3, 6]), [job('1', { gpus: 2 })])).toEqual([
    '',
    '',
    '',
    '1',
    '',
    '',
    '1',
    '',
  ]);
});

test('where two jobs cannot be told apart, a reading has no job', () => {
  const jobs = [job('1', { gpus: 4 }), job('2', { gpus: 4 }), job('vm', {}, 'machine')];
  expect(owners(readings([0, 1, 2, 3]), jobs)).toEqual(all(''));
});
