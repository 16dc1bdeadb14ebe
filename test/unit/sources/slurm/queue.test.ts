import type { Job } from '@burnrate/shared/model/job.ts';
import { type Entry, phaseOf } from '@burnrate/shared/sources/slurm/entry.ts';
import { jobsOf } from '@burnrate/shared/sources/slurm/jobs.ts';
import { parseQueueJson } from '@burnrate/shared/sources/slurm/queue_json.ts';
import { parseHeld, parseQueueText } from '@burnrate/shared/sources/slurm/queue_text.ts';
import { expect, test } from 'vitest';
import { job as modern, queue as modernQueue } from './modern.ts';
import { RECORDED_AT, recorded } from './recorded.ts';

const me = { name: 'ada', uid: 1000, mine: [] };

function fromJson(text: string): Entry[] {
  const queue = parseQueueJson(text);
  if ('problem' in queue) throw new Error(queue.problem);
  return queue.entries;
}

const byId = (entries: readonly Entry[]): Map<string, Job> =>
  new Map(jobsOf(entries, 'slurm:lab', me, RECORDED_AT).map((job) => [job.nativeId, job]));

const old = byId(fromJson(recorded('squeue.json')));

test('22.05: a job with two of four GPUs, a time limit, and a name meant to break things', () => {
  const job = old.get('2');
  expect(job).toMatchObject({
    id: 'slurm:lab:2',
    name: 'train\n1~|\u001f<img onerror>',
    owner: 'ada',
    mine: true,
    level: 'scheduler',
    state: 'running',
    shares: [{ node: 'gpu-1', gpus: 2, gpuIndexes: [1, 2], cores: 1 }],
    labels: { partition: 'gpu', slurmJob: '2', slurmState: 'running' },
  });
  expect(job?.limitAt).toBe((job?.startedAt ?? 0) + 3_600_000);
});

test('22.05: an array is a job an element, and one for all that wait', () => {
  expect(old.get('6_1')).toMatchObject({
    name: 'arr [1]',
    state: 'running',
    shares: [{ node: 'gpu-2', gpus: 1, gpuIndexes: [1] }],
    labels: { slurmJob: '9' },
  });
  expect(old.get('6_1')?.limitAt).toBeUndefined();
  // A year is what Slurm writes where nobody has set a limit.
  const limits = [...old.values()].map(({ startedAt = 0, limitAt = 0 }) => limitAt - startedAt);
  expect(Math.max(...limits)).toBe(3_600_000);
  expect(old.get('6_0')).toMatchObject({ state: 'ended' });
  expect(old.get('6')).toMatchObject({
    name: 'arr [2-5%1]',
    state: 'pending',
    shares: [],
    labels: { waiting: '2-5%1' },
  });
});

test('22.05: a heterogeneous job is one, with the shares of all its parts', () => {
  expect(old.get('3')).toMatchObject({
    state: 'running',
    shares: [
      { node: 'gpu-1', gpus: 1, gpuIndexes: [3], cores: 1 },
      { node: 'gpu-2', cores: 3 },
    ],
  });
  expect(old.has('4')).toBe(false);
});

test('22.05: a job on two nodes holds of each what Slurm says', () => {
  expect(old.get('5')?.shares).toEqual([
    { node: 'gpu-1', gpus: 1, gpuIndexes: [0], cores: 2 },
    { node: 'gpu-2', gpus: 1, gpuIndexes: [0], cores: 1 },
  ]);
});

test('22.05: of a job that has ended, what it had asked for is what it held', () => {
  const job = old.get('1');
  expect(job).toMatchObject({ state: 'ended', shares: [{ node: 'gpu-1', gpus: 1 }] });
  expect(job?.endedAt).toBeGreaterThanOrEqual(job?.startedAt ?? Infinity);
});

test('text says of the same queue what JSON says, but for the share of each node', () => {
  const text = byId(parseQueueText(recorded('squeue.txt'), '@SEPARATOR@'));
  const bare = (jobs: Map<string, Job>) =>
    new Map(
      [...jobs].map(([id, job]) => [
        id,
        {
          ...job,
          shares: job.shares.map(({ node }) => node),
          gpus: job.shares.reduce((sum, { gpus = 0 }) => sum + gpus, 0),
          cores: job.shares.reduce((sum, { cores = 0 }) => sum + cores, 0),
        },
      ]),
    );
  expect(bare(text)).toEqual(bare(old));
});

test('the details of a job tell the share of each node', () => {
  expect(parseHeld(recorded('job-5.txt'), ['gpu-1', 'gpu-2'])).toEqual([
    { gpus: { count: 1, model: 'a100', indexes: [0] }, cores: 2 },
    { gpus: { count: 1, model: 'a100', indexes: [0] }, cores: 1 },
  ]);
  const both = '     Nodes=n[1-2] CPU_IDs=0-7 Mem=0 GRES=gpu:4(IDX:0-3)\n';
  expect(parseHeld(`   JobState=RUNNING Reason=None\n${both}`, ['n1', 'n2'])).toHaveLength(2);
  expect(parseHeld('JobId=1 JobName=x\n', ['n1'])).toBeUndefined();
});

test('of a job that has ended since the queue was read, its details are not what it held', () => {
  const running = recorded('job-5.txt');
  const ended = running
    .replace('JobState=RUNNING', 'JobState=COMPLETED')
    .replaceAll(/GRES=\S+/g, 'GRES=');
  expect(ended).not.toBe(running);
  expect(parseHeld(ended, ['gpu-1', 'gpu-2'])).toBeUndefined();
});

test('24.05: numbers that say whether they are set, states as a list, nodes by their place', () => {
  const jobs = byId(
    fromJson(
      modernQueue(
        modern({
          job_id: 12,
          nodes: 'n[07-08]',
          gres_detail: ['gpu:h100:8(IDX:0-7)', 'gpu:h100:4(IDX:0,2,4,6)'],
          tres_alloc_str: 'cpu=96,mem=1T,node=2,billing=96,gres/gpu=12,gres/gpu:h100=12',
          allocation: [
            { name: 'n07', cpus: 64 },
            { name: 'n08', cpus: 32 },
          ],
        }),
        modern({ job_id: 13, job_state: ['COMPLETING', 'CANCELLED'] }),
        modern({ job_id: 14, job_state: ['RUNNING', 'CONFIGURING'], limit: undefined }),
        modern({ job_id: 15, job_state: ['PENDING', 'REQUEUE_HOLD'], nodes: '' }),
        modern({ job_id: 16, array_job_id: 10, array_task_id: 0 }),
        modern({
          job_id: 10,
          array_job_id: 10,
          array_task_string: '1-9',
          job_state: ['PENDING'],
          nodes: '',
        }),
      ),
    ),
  );
  expect(jobs.get('12')).toMatchObject({
    state: 'running',
    limitAt: 1_746_700_512_000,
    shares: [
      { node: 'n07', gpus: 8, gpuIndexes: [0, 1, 2, 3, 4, 5, 6, 7], cores: 64 },
      { node: 'n08', gpus: 4, gpuIndexes: [0, 2, 4, 6], cores: 32 },
    ],
  });
  expect(jobs.get('13')?.state).toBe('stopping');
  expect(jobs.get('14')).toMatchObject({ state: 'running' });
  expect(jobs.get('14')?.limitAt).toBeUndefined();
  expect(jobs.get('15')).toMatchObject({ state: 'pending', shares: [] });
  expect(jobs.get('10_0')?.state).toBe('running');
  expect(jobs.get('10')).toMatchObject({ state: 'pending', labels: { waiting: '1-9' } });
});

test('where only a sum is known it is spread evenly over the nodes', () => {
  const entries = fromJson(
    modernQueue(
      modern({ job_id: 1, nodes: 'n[1-2]', gres_detail: [], tres_alloc_str: 'cpu=8,gres/gpu=3' }),
    ),
  );
  expect(byId(entries).get('1')?.shares).toMatchObject([{ gpus: 1.5 }, { gpus: 1.5 }]);
});

test('a job of somebody else is not mine, and one of a further name of mine is', () => {
  const entries = fromJson(modernQueue(modern({ job_id: 1, user_name: 'grace' })));
  const [theirs] = jobsOf(entries, 'slurm:lab', me, RECORDED_AT);
  const [mine] = jobsOf(entries, 'slurm:lab', { ...me, mine: ['grace'] }, RECORDED_AT);
  expect(theirs).toMatchObject({ mine: false, owner: 'grace' });
  expect(mine?.mine).toBe(true);
});

test('an empty list with errors is a failure, not an empty queue', () => {
  const errors = [{ source: 'slurm_load_jobs', description: 'Failed while looking for jobs' }];
  expect(parseQueueJson(JSON.stringify({ errors, jobs: [] }))).toEqual({
    problem: 'slurm_load_jobs: Failed while looking for jobs',
  });
  expect(parseQueueJson('{"jobs":[],"errors":[]}')).toEqual({ entries: [] });
  for (const text of ['', '<html>', '[]', '{"jobs":[{}]}', '{"jobs":[{"job_id":1}]}'])
    expect(() => parseQueueJson(text)).toThrow();
});

test.each([
  [['RUNNING'], 'running'],
  [['SUSPENDED'], 'running'],
  [['COMPLETING'], 'stopping'],
  [['COMPLETED'], 'ended'],
  [['NODE_FAIL'], 'ended'],
  [['PENDING', 'REQUEUED'], 'pending'],
  [['SOMETHING_NEW'], 'running'],
] as const)('the state %s', (states, phase) => {
  expect(phaseOf({ states: [...states], nodes: ['n1'] })).toBe(phase);
});
