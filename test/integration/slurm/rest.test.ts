import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Job } from '@burnrate/shared/model/job.ts';
import { slurm } from '@burnrate/shared/sources/slurm/index.ts';
import type { Settings } from '@burnrate/shared/sources/slurm/settings.ts';
import type { Surroundings } from '@burnrate/shared/sources/source.ts';
import { thisMachine } from '@burnrate/shared/sources/surroundings.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../unit/collector/live.ts';
import { bareMachine } from '../../unit/sources/bare.ts';
import { conformance } from '../../unit/sources/conformance.ts';
import { type SlurmCluster, slurmCluster } from './cluster.ts';
import { installSlurmrestd, type Slurmrestd, slurmrestd } from './slurmrestd.ts';

const missing = await installSlurmrestd();
const SLEEP = '#!/bin/sh\nsleep 3600\n';
const signal = () => AbortSignal.timeout(30_000);
const parse = (settings: unknown) => slurm.settings.parse(settings) as Settings;

describe.skipIf(missing !== undefined)(`slurmrestd${missing ? ` (${missing})` : ''}`, () => {
  let cluster: SlurmCluster;
  let bySocket: Slurmrestd;
  let byToken: Slurmrestd;

  beforeAll(async () => {
    cluster = await slurmCluster({ tokens: true, weights: 'CPU=0.5,Mem=1G' });
    bySocket = await slurmrestd(cluster, 'local');
    byToken = await slurmrestd(cluster, 'jwt');
  });
  afterEach(() => cluster.cancelAll());
  afterAll(async () => {
    await byToken?.[Symbol.asyncDispose]();
    await bySocket?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  /** A machine without Slurm's commands. */
  const machine = (env: Record<string, string> = {}): Surroundings => ({
    ...thisMachine(),
    env: { PATH: '/nonexistent', ...env },
    user: { name: 'root', uid: 0 },
  });
  const tokenFor = async (user: string, seconds = 600) =>
    (await cluster.command('scontrol', 'token', `username=${user}`, `lifespan=${seconds}`))
      .trim()
      .replace('SLURM_JWT=', '');

  async function open(surroundings: Surroundings, settings: unknown) {
    const { accounts } = await slurm.discover(surroundings, parse(settings));
    const [account] = accounts;
    if (!account) throw new Error('no account');
    const connection = slurm.open(account, surroundings, parse(settings));
    const what = new Set(['jobs', 'nodes'] as const);
    const observe = () => connection.observe({ what, wanted: [], signal: signal() });
    const see = (id: string, state: Job['state']) =>
      until(`job ${id} to be ${state}`, async () => {
        const job = (await observe()).jobs?.find(({ nativeId }) => nativeId === id);
        return job?.state === state && job;
      });
    return { account, connection, observe, see };
  }

  test('over its socket: a job is found with its GPUs, and cancelled as who asks', async () => {
    const settings = { rest: { url: bySocket.url }, prices: { gpu: { perBillingUnitHour: 0.25 } } };
    const { connection, observe, see } = await open(machine(), settings);
    const name = 'train\n~|<img src=x>';
    const id = await cluster.submit(SLEEP, '--gres=gpu:2', `--job-name=${name}`);
    const job = await see(id, 'running');
    expect(job).toMatchObject({
      name,
      owner: 'root',
      mine: true,
      shares: [{ node: 'gpu-1', gpus: 2 }],
    });
    expect(job.shares[0]?.gpuIndexes).toHaveLength(2);
    expect((await observe()).nodes).toMatchObject([
      {
        name: 'gpu-1',
        gpus: { count: 4, model: 'a100' },
        cores: 8,
        state: 'running',
        labels: { partition: 'gpu' },
        rate: { microsPerHour: Math.round(0.25 * (4 + 1000 / 1024) * 1_000_000) },
      },
    ]);
    const plan = await connection.planStop?.(job, signal());
    const socket = bySocket.url.replace('unix:', '');
    expect(plan?.equivalent).toBe(
      `curl -g -X DELETE --unix-socket ${socket} http://localhost/slurm/v0.0.38/job/${id}`,
    );
    if (plan) await connection.stop?.(job, plan, signal());
    await see(id, 'ended');
    // A second time is harmless.
    if (plan) await connection.stop?.(job, plan, signal());
    const checks = await connection.diagnose(signal());
    expect(checks.map(({ ok }) => ok)).toEqual([true, true, true, true]);
    expect(checks[0]?.message).toContain('v0.0.38');
  });

  test('of an array what waits is cancelled alone, and one element alone', async () => {
    const { connection, see } = await open(machine(), { rest: { url: bySocket.url } });
    const { planStop, stop } = connection;
    if (!planStop || !stop) throw new Error('it can stop');
    const array = await cluster.submit(SLEEP, '--gres=gpu:1', '--array=0-7%2');
    await see(`${array}_0`, 'running');
    const element = await see(`${array}_1`, 'running');
    const rest = await see(array, 'pending');
    const plan = await planStop(rest, signal());
    expect(plan.equivalent).toContain(`/job/${array}_%5B2-7%5D`);
    await stop(rest, plan, signal());
    await see(array, 'ended');
    expect(await cluster.stateOf(`${array}_1`)).toBe('R');
    await stop(element, await planStop(element, signal()), signal());
    await see(`${array}_1`, 'ended');
    expect(await cluster.stateOf(`${array}_0`)).toBe('R');
  });

  test('with a token one is who the token says, and cancels none of others', async () => {
    const env = { SLURM_JWT: await tokenFor('nobody') };
    const { connection, see } = await open(machine(env), { rest: { url: byToken.url } });
    const mine = await cluster.submit(SLEEP, '--uid=nobody', '--gres=gpu:1');
    const theirs = await cluster.submit(SLEEP, '--gres=gpu:1');
    const job = await see(mine, 'running');
    expect(job).toMatchObject({ owner: 'nobody', mine: true });
    const other = await see(theirs, 'running');
    expect(other).toMatchObject({ owner: 'root', mine: false });
    for (const told of [other, { ...other, mine: true }])
      await expect(connection.planStop?.(told, signal())).rejects.toMatchObject({ kind: 'denied' });
    const plan = await connection.planStop?.(job, signal());
    if (plan) await connection.stop?.(job, plan, signal());
    await see(mine, 'ended');
    expect(await cluster.stateOf(theirs)).toBe('R');
  });

  test('a token is made where Slurm is at hand, and read anew from a file', async () => {
    const rest = { url: byToken.url };
    const here = await open({ ...machine(), env: cluster.env }, { rest });
    expect((await here.observe()).nodes).toHaveLength(1);
    const tokenFile = join(cluster.folder, 'token');
    const named = await open(machine(), { rest: { ...rest, tokenFile } });
    await expect(named.observe()).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining(`${tokenFile}: no token in it`),
    });
    writeFileSync(tokenFile, `${await tokenFor('root')}\n`);
    expect((await named.observe()).nodes).toHaveLength(1);
  });

  test('a token that is missing, has expired or is of another cluster is said to be', async () => {
    const rest = { url: byToken.url };
    const failure = async (env: Record<string, string>) =>
      (await open(machine(env), { rest })).observe().then(
        () => Promise.reject(new Error('it was read')),
        (error) => error,
      );
    expect(await failure({})).toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('no token in SLURM_JWT'),
      remedy: expect.stringContaining('scontrol token'),
    });
    const short = await tokenFor('root', 1);
    await until('it to expire', () => new Promise((done) => setTimeout(done, 2_000, true)));
    expect(await failure({ SLURM_JWT: short })).toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('has expired'),
    });
    const [head, claims, signature = ''] = (await tokenFor('root')).split('.');
    const forged = `${head}.${claims}.${[...signature].toReversed().join('')}`;
    const refused = await failure({ SLURM_JWT: forged });
    expect(refused.remedy).toContain('scontrol token');
    expect(JSON.stringify([refused.message, refused.remedy])).not.toContain(forged);
  });

  test('what does not answer, or is no slurmrestd, is said to be', async () => {
    const env = { SLURM_JWT: await tokenFor('root') };
    const at = async (url: string, version?: string) =>
      (await open(machine(env), { rest: { url, version } })).observe().then(
        () => Promise.reject(new Error('it was read')),
        (error) => error,
      );
    expect(await at('http://127.0.0.1:1')).toMatchObject({ kind: 'unreachable' });
    expect(await at('unix:/nonexistent.sock')).toMatchObject({ kind: 'unreachable' });
    expect(await at(byToken.url, 'v0.0.99')).toMatchObject({ kind: 'malformed' });
    await cluster.stopController();
    try {
      expect(await at(byToken.url)).toMatchObject({
        kind: 'unreachable',
        remedy: expect.stringContaining('scontrol ping'),
      });
    } finally {
      await cluster.startController();
    }
  });

  conformance('slurm by slurmrestd', {
    source: slurm,
    empty: () => ({ surroundings: bareMachine() }),
    ready: async () => {
      const id = await cluster.submit(SLEEP, '--gres=gpu:2');
      await until('it to run', async () => (await cluster.stateOf(id)) === 'R');
      const canary = await tokenFor('root');
      return {
        surroundings: machine({ SLURM_JWT: canary }),
        settings: parse({ rest: { url: byToken.url } }),
        canary,
        end: async (job) => void (await cluster.command('scancel', job.nativeId)),
        dispose: () => cluster.cancelAll(),
      };
    },
  });
});
