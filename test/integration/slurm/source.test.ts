import type { Job } from '@burnrate/shared/model/job.ts';
import { slurm } from '@burnrate/shared/sources/slurm/index.ts';
import type { Observable, Surroundings } from '@burnrate/shared/sources/source.ts';
import { thisMachine } from '@burnrate/shared/sources/surroundings.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../unit/collector/live.ts';
import { conformance } from '../../unit/sources/conformance.ts';
import { installSlurm, type SlurmCluster, slurmCluster } from './cluster.ts';

const missing = await installSlurm();
const SLEEP = '#!/bin/sh\nsleep 3600\n';
const signal = () => AbortSignal.timeout(30_000);
const settings = slurm.settings.parse({ prices: { gpu: { perGpuHour: 2.5 } } });

/** This machine, with that cluster's Slurm on it. */
function machineOf(cluster: SlurmCluster): Surroundings {
  return { ...thisMachine(), env: cluster.env, user: { name: 'root', uid: 0 } };
}

async function open(cluster: SlurmCluster, onlyMine = false) {
  const surroundings = machineOf(cluster);
  const chosen = slurm.settings.parse({ ...(settings as object), onlyMine });
  const { accounts } = await slurm.discover(surroundings, chosen);
  const [account] = accounts;
  if (!account) throw new Error('no cluster was found');
  const connection = slurm.open(account, surroundings, chosen);
  const observe = async () => {
    const what = new Set<Observable>(['nodes', 'jobs']);
    const observation = await connection.observe({ what, wanted: [], signal: signal() });
    const jobs = new Map((observation.jobs ?? []).map((job) => [job.nativeId, job]));
    return { ...observation, byId: jobs };
  };
  /** The job, once it is as wanted. */
  const see = (id: string, state: Job['state']) =>
    until(
      `job ${id} to be ${state}`,
      async () => {
        const job = (await observe()).byId.get(id);
        return job?.state === state && job;
      },
      60_000,
    );
  return { account, connection, observe, see };
}

describe.skipIf(missing !== undefined)(`a real Slurm${missing ? ` (${missing})` : ''}`, () => {
  let cluster: SlurmCluster;

  beforeAll(async () => {
    cluster = await slurmCluster({ nodes: 2 });
  });
  // A test that fails must not make others fail for the GPUs that its jobs hold.
  afterEach(() => cluster.cancelAll());
  afterAll(() => cluster[Symbol.asyncDispose]());

  test.each([
    ['JSON', false],
    ['text', true],
  ])('is seen as it is, read as %s', async (_, onlyMine) => {
    const { account, observe, see, connection } = await open(cluster, onlyMine);
    expect(account).toMatchObject({ id: 'slurm:lab', name: 'lab' });
    const name = 'train\n~|<img src=x onerror=alert(1)>\u001b[31m';
    const args = ['--gres=gpu:2', '--nodelist=gpu-1', '--time=60', `--job-name=${name}`];
    const train = await cluster.submit(SLEEP, ...args);
    const array = await cluster.submit(SLEEP, '--gres=gpu:1', '--array=0-3%1', '--nodelist=gpu-1');
    const waiting = await cluster.submit(SLEEP, `--dependency=afterok:${train}`);
    const short = await cluster.submit('#!/bin/sh\nexit 0\n', '--nodelist=gpu-2', '--gres=gpu:1');

    const job = await see(train, 'running');
    expect(job).toMatchObject({
      name,
      owner: 'root',
      mine: true,
      shares: [{ node: 'gpu-1', gpus: 2 }],
      limitAt: (job.startedAt ?? 0) + 3_600_000,
    });
    expect(job.shares[0]?.gpuIndexes).toHaveLength(2);
    expect(Math.abs((job.startedAt ?? 0) - Date.now())).toBeLessThan(120_000);
    const element = await see(`${array}_0`, 'running');
    expect(element.shares).toMatchObject([{ node: 'gpu-1', gpus: 1 }]);
    expect(job.shares[0]?.gpuIndexes).not.toContain(element.shares[0]?.gpuIndexes?.[0]);
    expect(await see(array, 'pending')).toMatchObject({ labels: { waiting: '1-3%1' } });
    expect(await see(waiting, 'pending')).toMatchObject({ shares: [] });
    const ended = await see(short, 'ended');
    expect(ended.endedAt).toBeGreaterThanOrEqual(ended.startedAt ?? Infinity);
    expect(ended.shares).toMatchObject([{ node: 'gpu-2', gpus: 1 }]);

    const { nodes } = await observe();
    expect(nodes).toMatchObject([
      {
        id: 'slurm:lab:gpu-1',
        gpus: { count: 4, model: 'a100' },
        cores: 8,
        state: 'running',
        scheduled: true,
        mine: false,
        rate: { microsPerHour: 10_000_000, provenance: 'list', basis: 'your burnrate.yaml' },
      },
      { id: 'slurm:lab:gpu-2' },
    ]);
    const checks = await connection.diagnose(signal());
    expect(checks.map(({ capability, ok }) => [capability, ok])).toEqual([
      ['connect', true],
      ['nodes', true],
      ['jobs', true],
      ['stop', true],
    ]);
    for (const id of [waiting, array, train]) await cluster.command('scancel', id);
    expect(await see(train, 'ended')).toMatchObject({ shares: job.shares });
    await see(`${array}_0`, 'ended');
  });

  test('of an array what waits is cancelled alone, and one element alone', async () => {
    const { connection, see } = await open(cluster);
    const { planStop, stop } = connection;
    if (!planStop || !stop) throw new Error('it can stop');
    const array = await cluster.submit(SLEEP, '--gres=gpu:1', '--array=0-7%2');
    const kept = await see(`${array}_0`, 'running');
    const element = await see(`${array}_1`, 'running');
    const rest = await see(array, 'pending');
    const plan = await planStop(rest, signal());
    expect(plan.equivalent).toBe(`scancel --state=PENDING ${array}`);
    await stop(rest, plan, signal());
    await see(array, 'ended');
    await stop(element, await planStop(element, signal()), signal());
    await see(element.nativeId, 'ended');
    expect((await see(kept.nativeId, 'running')).shares).toEqual(kept.shares);
    await stop(kept, await planStop(kept, signal()), signal());
    await see(kept.nativeId, 'ended');
    await stop(kept, { ...plan, equivalent: `scancel ${kept.nativeId}` }, signal());
  });

  test('a heterogeneous job is one job, and cancelled whole', async () => {
    const { connection, see } = await open(cluster);
    const { planStop, stop } = connection;
    if (!planStop || !stop) throw new Error('it can stop');
    const parts = ['--ntasks=1', '--gres=gpu:1', '--nodelist=gpu-1', ':', '--nodelist=gpu-2'];
    const id = await cluster.submit(SLEEP, ...parts);
    const job = await see(id, 'running');
    expect(job.shares).toMatchObject([{ node: 'gpu-1', gpus: 1 }, { node: 'gpu-2' }]);
    await stop(job, await planStop(job, signal()), signal());
    await see(id, 'ended');
    await until('all of it to end', async () => (await cluster.command('squeue', '-h')) === '');
  });

  test("someone else's job is seen, and not cancelled", async () => {
    const { connection, see } = await open(cluster);
    const id = await cluster.submit(SLEEP, '--uid=nobody', '--gres=gpu:1', '--job-name=theirs');
    const job = await see(id, 'running');
    expect(job).toMatchObject({ owner: 'nobody', mine: false, shares: [{ gpus: 1 }] });
    const refusal = { kind: 'denied', message: `job ${id} is not yours: its owner is nobody` };
    for (const told of [job, { ...job, mine: true }])
      await expect(connection.planStop?.(told, signal())).rejects.toMatchObject(refusal);
    expect(await cluster.stateOf(id)).toBe('R');
    await cluster.command('scancel', id);
    await see(id, 'ended');
  });

  test('a job that is requeued waits again under its number', async () => {
    const { see } = await open(cluster);
    const id = await cluster.submit(SLEEP, '--gres=gpu:1', '--requeue');
    await see(id, 'running');
    await cluster.command('scontrol', 'requeuehold', id);
    expect(await see(id, 'pending')).toMatchObject({ shares: [] });
    await cluster.command('scancel', id);
    await see(id, 'ended');
  });

  test('a controller that is down is said to be, and not taken for an empty queue', async () => {
    const { connection, observe, account } = await open(cluster);
    await observe();
    await cluster.stopController();
    try {
      await expect(observe()).rejects.toMatchObject({
        kind: 'unreachable',
        account: 'slurm:lab',
        remedy: expect.stringContaining('scontrol ping'),
      });
      const [connect] = await connection.diagnose(signal());
      expect(connect).toMatchObject({ capability: 'connect', ok: false });
      // The account stays: else its ledger would be taken for one of a cluster that is gone.
      const { accounts } = await slurm.discover(machineOf(cluster), settings);
      expect(accounts).toEqual([account]);
    } finally {
      await cluster.startController();
    }
    expect((await observe()).nodes).toHaveLength(2);
  });

  conformance('slurm, a real one,', {
    source: slurm,
    empty: () => ({ surroundings: { ...thisMachine(), env: { PATH: '/nonexistent' } } }),
    ready: async () => {
      const id = await cluster.submit(SLEEP, '--gres=gpu:2');
      await until('it to run', async () => (await cluster.stateOf(id)) === 'R');
      return {
        surroundings: machineOf(cluster),
        end: async (job) => void (await cluster.command('scancel', job.nativeId)),
        dispose: () => cluster.cancelAll(),
      };
    },
  });
});
