import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Home, snapshotWhere } from '../collector/live.ts';
import { burnrate } from './burnrate.ts';

/** A home whose collector watches one running job, `train`. */
async function watching() {
  const home = new Home();
  const folder = home.folder('cluster');
  home.configure({ sources: { processes: { folders: [folder] } } });
  const job = home.job(folder, { name: 'train' });
  home.start();
  const link = await home.connect();
  await snapshotWhere(link, 'the job', ({ jobs }) => jobs.length > 0);
  return { home, job, link };
}

test('a job gets a budget of its own, which every face sees, and loses it again', async () => {
  const { home, link } = await watching();
  await using _ = home;
  const set = await burnrate(home, ['budget', 'train', '--limit', '$2000000', '--stop']);
  expect(set).toMatchObject({ code: 0, stdout: '' });
  expect(set.stderr).toBe(
    'burnrate: train may cost $2,000,000 in all; then it is stopped, after a notice.\n',
  );
  const { jobs } = await link.request('snapshot', {});
  expect(jobs[0]?.budget).toEqual({ ceiling: 2e12, action: 'stop' });
  // Set anew, it is in the place of the earlier one.
  await burnrate(home, ['budget', 'train', '--max-rate', '20']);
  const said = await snapshotWhere(link, 'the alert', ({ alerts }) =>
    alerts.some(({ state }) => state === 'firing'),
  );
  expect(said.jobs[0]?.budget).toEqual({ ceilingPerHour: 20e6, action: 'notify' });
  expect(said.alerts.map(({ title }) => title)).toEqual([
    'train costs $32.00/h, more than its ceiling of $20.00/h',
  ]);
  expect((await burnrate(home, ['budget', 'train', '--clear'])).code).toBe(0);
  await snapshotWhere(link, 'no budget', (one) => one.jobs[0]?.budget === undefined);
  expect((await burnrate(home, ['budget', 'train'])).code).toBe(2);
  expect((await burnrate(home, ['budget', 'train', '--limit', '-3'])).code).toBe(2);
});

test('what a launcher launches is tied to its budget, before it is seen', async () => {
  const { home, link, job } = await watching();
  await using _ = home;
  const sbatch = join(home.path, 'sbatch');
  writeFileSync(sbatch, '#!/bin/sh\necho "Submitted batch job $1"; echo warned >&2\n');
  chmodSync(sbatch, 0o755);
  const ran = await burnrate(home, ['run', '--budget', '50', '--', sbatch, '4711']);
  expect(ran).toMatchObject({ code: 0, stdout: 'Submitted batch job 4711\n' });
  expect(ran.stderr).toBe(
    'warned\nburnrate: Slurm job 4711 may cost $50.00 in all; then you are told.\n',
  );
  // It is of another source than the job that runs here.
  expect((await link.request('snapshot', {})).jobs[0]).toMatchObject({ id: job.id });
  expect((await link.request('snapshot', {})).jobs[0]?.budget).toBeUndefined();
});

test('a command runs as it is: its output, its exit code, its options', async () => {
  const { home } = await watching();
  await using _ = home;
  const command = ['sh', '-c', 'echo "$0 $1"; exit 7', '--stop', '-x'];
  const ran = await burnrate(home, ['run', '--max-rate', '9', '--', ...command]);
  expect(ran).toMatchObject({ code: 7, stdout: '--stop -x\n' });
  const missing = await burnrate(home, ['run', '--budget', '9', '--', '/nowhere/train']);
  expect(missing.code).toBe(2);
  expect(missing.stderr).toContain('/nowhere/train could not be started');
  const failed = await burnrate(home, ['run', '--', 'true']);
  expect(failed.stderr).toContain('Say what it may cost');
});

test('a launcher that names no job is no success', async () => {
  const { home } = await watching();
  await using _ = home;
  const sbatch = join(home.path, 'sbatch');
  writeFileSync(sbatch, '#!/bin/sh\necho queued\n');
  chmodSync(sbatch, 0o755);
  const ran = await burnrate(home, ['run', '--budget', '50', '--', sbatch]);
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain('no budget is set');
});
