import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { slurm } from '@burnrate/shared/sources/slurm/index.ts';
import type { Settings } from '@burnrate/shared/sources/slurm/settings.ts';
import { shellOver } from '@burnrate/shared/sources/slurm/ssh.ts';
import type { Surroundings } from '@burnrate/shared/sources/source.ts';
import { thisMachine } from '@burnrate/shared/sources/surroundings.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../unit/collector/live.ts';
import { bareMachine } from '../../unit/sources/bare.ts';
import { conformance } from '../../unit/sources/conformance.ts';
import { type SlurmCluster, slurmCluster } from './cluster.ts';
import { installLogin, type LoginNode, loginNode } from './sshd.ts';

const missing = await installLogin();
const SLEEP = '#!/bin/sh\nsleep 3600\n';
const signal = () => AbortSignal.timeout(30_000);
const parse = (settings: unknown) => slurm.settings.parse(settings) as Settings;

describe.skipIf(missing !== undefined)(`Slurm over ssh${missing ? ` (${missing})` : ''}`, () => {
  let cluster: SlurmCluster;
  let login: LoginNode;

  beforeAll(async () => {
    cluster = await slurmCluster({ weights: 'CPU=0.5,Mem=1G' });
    // Such variables would make squeue print and filter otherwise.
    const SLURM_CONF = cluster.env.SLURM_CONF;
    login = await loginNode({ SLURM_CONF, SQUEUE_FORMAT: '%i', SQUEUE_STATES: 'PD' });
  });
  afterEach(async () => {
    login.configure(login.config);
    await cluster.cancelAll();
  });
  afterAll(async () => {
    await login?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  /** A laptop without Slurm, whose ssh knows the login node. */
  function laptop(): Surroundings {
    return {
      ...thisMachine(),
      env: { PATH: `${login.bin}:/nonexistent`, HOME: '/nonexistent' },
      user: { name: 'ada', uid: 1000 },
    };
  }

  async function open(settings: unknown = { ssh: 'login' }) {
    const { accounts } = await slurm.discover(laptop(), parse(settings));
    const [account] = accounts;
    if (!account) throw new Error('no account');
    return { account, connection: slurm.open(account, laptop(), parse(settings)) };
  }

  async function failureWith(...lines: string[]) {
    login.configure(lines);
    const { connection } = await open();
    const what = new Set(['jobs'] as const);
    const { message, kind, remedy } = await connection
      .observe({ what, wanted: [], signal: signal() })
      .then(
        () => Promise.reject(new Error('it was read')),
        (error) => error,
      );
    return { kind, message, remedy };
  }

  test('a job is found, priced by billing units, and cancelled as the user of the login node', async () => {
    const prices = { gpu: { perBillingUnitHour: 0.25 } };
    const { account, connection } = await open({ ssh: 'login', prices });
    expect(account).toMatchObject({ id: 'slurm:login', name: 'login' });
    const name = `it's "$(id)"\n\`id\`; ~|<b>`;
    const id = await cluster.submit(SLEEP, '--gres=gpu:2', `--job-name=${name}`);
    const job = await until('the job to run', async () => {
      const what = new Set(['jobs', 'nodes'] as const);
      const { jobs, nodes } = await connection.observe({ what, wanted: [], signal: signal() });
      const one = jobs?.find(({ nativeId }) => nativeId === id);
      // 8 CPUs at a half, and 1000 MB at 1 a GB, at $0.25 a unit.
      const microsPerHour = Math.round(0.25 * (4 + 1000 / 1024) * 1_000_000);
      if (one?.state !== 'running') return undefined;
      expect(nodes).toMatchObject([{ id: 'slurm:login:gpu-1', rate: { microsPerHour } }]);
      return one;
    });
    // It is root who logs in there, and ada who sits here.
    expect(job).toMatchObject({ id: `slurm:login:${id}`, name, owner: 'root', mine: true });
    const plan = await connection.planStop?.(job, signal());
    expect(plan).toMatchObject({ equivalent: `ssh login scancel ${id}` });
    if (plan) await connection.stop?.(job, plan, signal());
    await until('the job to end', async () => (await cluster.stateOf(id)) !== 'R');
  });

  test('one’s own jobs alone are read as text, with which GPUs they have', async () => {
    const { connection } = await open({ ssh: 'login', onlyMine: true });
    const id = await cluster.submit(SLEEP, '--gres=gpu:2');
    const theirs = await cluster.submit(SLEEP, '--gres=gpu:1', '--uid=nobody');
    await until('both to run', async () => (await cluster.stateOf(theirs)) === 'R');
    const what = new Set(['jobs'] as const);
    const job = await until('the job to run', async () => {
      const { jobs } = await connection.observe({ what, wanted: [], signal: signal() });
      expect(jobs?.some(({ nativeId }) => nativeId === theirs)).toBe(false);
      return jobs?.find(({ nativeId, state }) => nativeId === id && state === 'running');
    });
    expect(job.shares).toMatchObject([{ node: 'gpu-1', gpus: 2 }]);
    expect(job.shares[0]?.gpuIndexes).toHaveLength(2);
  });

  test('no word is taken on the login node for anything but itself', async () => {
    const shell = shellOver('login', 'slurm:login', laptop());
    const words = [
      "it's",
      '$(id)',
      '`id`',
      '!!',
      '"; id; "',
      '\\',
      '*',
      '',
      ' ',
      '-n',
      'a\nb',
      '\u001b',
    ];
    const variables = { EVIL: "$(id)'; id; '" };
    const run = (program: string, args: string[]) =>
      shell.run(program, args, { signal: signal(), variables });
    const { stdout, stderr } = await run('printf', ['<%s>', ...words]);
    expect(stdout).toBe(words.map((word) => `<${word}>`).join(''));
    expect(stderr).toBe('');
    expect((await run('printenv', ['EVIL'])).stdout).toBe(`${variables.EVIL}\n`);
    expect((await run('sh', ['-c', 'exit 3'])).code).toBe(3);
  });

  test("a connection that the person's ssh config shares is the only one", async () => {
    const socket = join(login.bin, '..', 'control');
    login.configure([
      ...login.config,
      '  ControlMaster auto',
      `  ControlPath ${socket}`,
      '  ControlPersist 60',
    ]);
    const { connection } = await open();
    const before = login.logins();
    const [connect] = await connection.diagnose(signal());
    expect(connect).toMatchObject({
      ok: true,
      message: /the connection that your ssh config shares/,
    });
    for (let times = 0; times < 3; times += 1) await connection.diagnose(signal());
    // The first two may begin at once.
    expect(login.logins() - before).toBeLessThanOrEqual(2);
    await thisMachine().run(join(login.bin, 'ssh'), ['-O', 'exit', 'login'], { signal: signal() });
    login.configure(login.config);
    const [alone] = await (await open()).connection.diagnose(signal());
    expect(alone).toMatchObject({ ok: true, message: /ControlMaster auto/ });
  });

  test('a host that is not known, or shows another key, is not logged in to', async () => {
    const without = login.config.filter((line) => !line.includes('UserKnownHostsFile'));
    expect(await failureWith(...without, '  UserKnownHostsFile /dev/null')).toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('Host key verification failed'),
      remedy: expect.stringMatching(/fingerprint.*ssh login$/),
    });
    const before = login.logins();
    const other = join(login.bin, 'known_hosts');
    const port = /Port (\d+)/.exec(login.config.join())?.[1];
    const stranger = readFileSync(join(login.bin, '..', 'stranger.pub'), 'utf8');
    writeFileSync(other, `[127.0.0.1]:${port} ${stranger}`);
    expect(await failureWith(...without, `  UserKnownHostsFile ${other}`)).toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('REMOTE HOST IDENTIFICATION HAS CHANGED'),
      remedy: expect.stringContaining('ssh-keygen -R login'),
    });
    expect(login.logins()).toBe(before);
  });

  test('what keeps one out is said, with what to do', async () => {
    const change = (from: RegExp, to: string) => login.config.map((line) => line.replace(from, to));
    expect(await failureWith(...change(/(IdentityFile .*)user$/, '$1stranger'))).toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('Permission denied (publickey)'),
      remedy: expect.stringContaining('ssh-add'),
    });
    expect(await failureWith(...change(/Port \d+/, 'Port 1'))).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('Connection refused'),
    });
    expect(await failureWith('Host login', '  HostName nowhere.invalid')).toMatchObject({
      kind: 'unreachable',
      remedy: expect.stringContaining('sources.slurm.ssh'),
    });
    expect(await failureWith('Hots login')).toMatchObject({
      kind: 'not-configured',
      message: expect.stringContaining('Bad configuration option: hots'),
    });
    login.configure(login.config);
    const { connection } = await open({ ssh: 'login', commands: '/opt/nowhere/bin' });
    const [connect] = await connection.diagnose(signal());
    expect(connect).toMatchObject({
      ok: false,
      message: expect.stringContaining('/opt/nowhere/bin/scontrol is not there'),
      remedy: expect.stringContaining('sources.slurm.commands'),
    });
  });

  conformance('slurm over ssh', {
    source: slurm,
    empty: () => ({ surroundings: bareMachine() }),
    ready: async () => {
      const id = await cluster.submit(SLEEP, '--gres=gpu:2');
      await until('it to run', async () => (await cluster.stateOf(id)) === 'R');
      return {
        surroundings: laptop(),
        settings: parse({ ssh: 'login' }),
        end: async (job) => void (await cluster.command('scancel', job.nativeId)),
        dispose: () => cluster.cancelAll(),
      };
    },
    troubles: {
      'not-configured': () => ({
        surroundings: bareMachine(),
        settings: parse({ ssh: 'login' }),
      }),
    },
  });
});
