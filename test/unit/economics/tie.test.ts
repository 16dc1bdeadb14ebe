import { Ties } from '@burnrate/shared/economics/tie.ts';
import type { Job } from '@burnrate/shared/model/job.ts';
import type { JobHint } from '@burnrate/shared/model/progress.ts';
import { expect, test } from 'vitest';

function job(id: string, changes: Partial<Job> = {}): Job {
  const [source = '', account = '', nativeId = ''] = id.split(/:(.*?):/);
  return {
    id,
    source,
    account: `${source}:${account}`,
    nativeId,
    name: nativeId,
    mine: true,
    level: 'scheduler',
    state: 'running',
    shares: [{ node: 'gpu01' }],
    labels: {},
    ...changes,
  };
}

const machine = job('aws:dev:i-1', { level: 'machine' });
const slurm = job('slurm:lab:42', { name: 'train' });
const process = job('local:here:boot-77-1', {
  level: 'process',
  shares: [{ node: 'gpu01', gpus: 2, pids: [77, 78] }],
  labels: { pid: '70' },
});
const pod = job('kubernetes:k:job/uid', {
  shares: [{ node: 'gpu02', gpus: 1, pod: 'train-0' }],
  labels: { namespace: 'ml' },
});
const managed = job('skypilot:api:job/7', { level: 'cluster', nativeId: 'job/7' });
const cluster = job('skypilot:api:dev_a', { level: 'cluster', shares: [{ node: 'gpu09' }] });
const ended = job('slurm:lab:41', { name: 'train', state: 'ended' });
const all = [machine, slurm, process, pod, managed, cluster, ended];
const names: Record<string, string> = { '10.0.0.1': 'gpu01' };
const ties = new Ties(all, (name) => names[name]);

test.each<[string, JobHint, Job | undefined]>([
  ['its id, said on purpose', { job: 'slurm:lab:42', host: 'gpu02' }, slurm],
  ['its name, the one at work before one that has ended', { job: 'train' }, slurm],
  ['a name that nobody has', { job: 'other', host: 'gpu02' }, undefined],
  ['the id that Slurm gave it', { slurmJob: '42', host: 'gpu02' }, slurm],
  ['the same of one that has ended', { slurmJob: '41' }, ended],
  ['its pod', { pod: 'train-0', namespace: 'ml' }, pod],
  ['a pod of that name elsewhere', { pod: 'train-0', namespace: 'other' }, undefined],
  ["SkyPilot's task", { skypilotTask: 'sky-2026-11-25-10-20-30-123456_dev_a_1' }, cluster],
  ['a managed one', { skypilotTask: 'sky-managed-2026-11-25-10-20-30-123456_n_7-0' }, managed],
  ['a process on its GPU', { host: '10.0.0.1', pid: 78 }, process],
  ['the process it began with', { host: 'GPU01', pid: 70 }, process],
  ['the one job on the machine', { host: 'gpu02' }, pod],
  ['the most specific there', { host: 'gpu01', pid: 4711 }, process],
  ['a machine that nobody knows', { host: 'elsewhere' }, undefined],
  ['nothing', {}, undefined],
])('a count is tied to its job by %s', (_, hint, expected) => {
  expect(ties.jobOf(hint)?.id).toBe(expected?.id);
});

test('where two jobs fit, neither gets the count', () => {
  const twin = job('slurm:lab:43', { name: 'train' });
  const two = new Ties([slurm, twin], () => undefined);
  expect(two.jobOf({ job: 'train' })).toBeUndefined();
  expect(two.jobOf({ host: 'gpu01' })).toBeUndefined();
  expect(two.jobOf({ slurmJob: '43' })?.id).toBe(twin.id);
});
