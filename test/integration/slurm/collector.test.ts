import { accrued } from '@burnrate/shared/model/money.ts';
import { expect, test } from 'vitest';
import { programFile } from '../../programs.ts';
import { Home, snapshotWhere, until } from '../../unit/collector/live.ts';
import { installSlurm, slurmCluster } from './cluster.ts';

const missing = await installSlurm();
const MAIN = programFile('collector');

test.skipIf(missing !== undefined)(
  `a real sbatch job is found, priced, shown and cancelled${missing ? ` (${missing})` : ''}`,
  async () => {
    await using cluster = await slurmCluster();
    await using home = new Home();
    home.configure({ sources: { slurm: { prices: { gpu: { perGpuHour: 2.5 } } } } });
    const id = await cluster.submit('#!/bin/sh\nsleep 3600\n', '--gres=gpu:2', '--job-name=train');
    await until('the job to run', async () => (await cluster.stateOf(id)) === 'R');
    const env = { ...home.env, ...cluster.env, HOME: home.path };
    const link = await home.connect({ launch: { command: process.execPath, args: [MAIN], env } });
    const jobId = `slurm:lab:${id}`;
    const seen = await snapshotWhere(link, 'the running job', ({ jobs }) =>
      jobs.some((job) => job.id === jobId && job.state === 'running' && job.total.micros > 0),
    );
    // Slurm counts whole seconds: of one that it is cancelled in, there is nothing to be charged.
    const { startedAt = 0 } = seen.jobs.find((one) => one.id === jobId) ?? {};
    await until('the job to have run for 2 s', () => Date.now() >= startedAt + 2_000);
    const job = seen.jobs.find((one) => one.id === jobId);
    // Two GPUs of four, at $2.50 an hour each; what is idle of the node is not the user's.
    expect(job).toMatchObject({
      name: 'train',
      mine: true,
      stoppable: true,
      rate: { micros: 5_000_000, provenance: 'list', unpriced: 0 },
    });
    expect(seen.rate).toMatchObject({ micros: 5_000_000, provenance: 'list' });

    const plan = await link.request('planStop', { jobId });
    expect(plan).toMatchObject({
      action: `Cancel job ${id} (Slurm cluster lab)`,
      equivalent: `scancel ${id}`,
    });
    expect(await cluster.stateOf(id)).toBe('R');
    const stop = await link.request('stop', { jobId, action: plan.action });
    expect(stop).toMatchObject({ state: 'sent', microsPerHour: 5_000_000 });
    const done = await snapshotWhere(link, 'the confirmation', ({ stops }) =>
      stops.some((one) => one.jobId === jobId && one.state === 'confirmed'),
    );
    expect(await cluster.stateOf(id)).toBe('CA');
    const ended = done.jobs.find((one) => one.id === jobId);
    expect(ended).toMatchObject({ state: 'ended' });
    // It began before Burnrate did, and is charged from its start to its end.
    const due = accrued(5_000_000, ended?.startedAt ?? 0, ended?.endedAt ?? 0);
    expect(Math.abs((ended?.total.micros ?? 0) - due)).toBeLessThanOrEqual(2);
    expect(ended?.total.provenance).toBe('list');
    expect(done.rate.micros).toBe(0);
  },
);
